"""What an app of one member could do to the apps of others, and to the server."""

import logging
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.http.large_answers import MAX_ANSWERS_OF_USER, LargeAnswers
from api.http.write_quota import WriteQuota
from shared.caldav.collections import read_collection
from shared.contract.shapes import Role
from shared.ids import list_stream, user_stream
from shared.members.commands import join_list, remove_member
from shared.resources import Resources
from tests.support.caldav_client import caldav_client, vtodo, xml
from tests.support.features.list_builder import ListBuilder
from tests.support.settings import plain_settings
from tests.support.world_builder import World


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_object_or_list_has_a_name_that_clients_take_out_of_a_path(
    client: httpx.AsyncClient, resources: Resources, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    app = await caldav_client(client, resources, ana)

    for name in ("%2E", "%2e%2E"):
        put = await app.put(list_id, name, "SUMMARY:A", uid="a1")
        made = await app.request("MKCALENDAR", app.path(name))
        assert (put.status_code, made.status_code) == (403, 403), name
    assert (await app.sync(list_id)).names == []


async def test_addresses_that_are_none_are_refused(
    client: httpx.AsyncClient, resources: Resources, world: World
) -> None:
    ana = await world.user("Ana")
    list_id, target = await world.list(ana), await world.list(ana)
    app = await caldav_client(client, resources, ana)
    await app.put(list_id, "a1.ics", "SUMMARY:A")
    hrefs = [app.object_path(list_id, "a%00.ics"), "http://[", "http://[/caldav/", "/caldav/%ff"]
    hrefs += [app.object_path(list_id, "a1%0D%0AX-Odd:%201.ics"), "//evil.example/", "\u2603"]

    found = await app.report(
        app.path(list_id),
        "<C:calendar-multiget><D:prop><D:getetag/></D:prop>"
        + "".join(f"<D:href>{href}</D:href>" for href in hrefs)
        + "</C:calendar-multiget>",
    )
    moved = [
        await app.request("MOVE", app.object_path(list_id, "a1.ics"), destination=destination)
        for destination in (
            "http://[/caldav/", app.object_path("%00", "a1.ics"), app.path(target), ""
        )
    ]  # fmt: skip

    assert found.hrefs == hrefs
    assert len(found.gone) == len(hrefs)
    assert [answer.status_code for answer in moved] == [403, 403, 403, 403]
    assert (await app.sync(list_id)).names == ["a1.ics"]


async def test_a_name_that_was_used_again_is_not_reported_as_gone(
    client: httpx.AsyncClient, resources: Resources, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    app = await caldav_client(client, resources, ana)
    await app.put(list_id, "a1.ics", "SUMMARY:A", uid="first")
    token = (await app.sync(list_id)).sync_token

    deleted = await app.request("DELETE", app.object_path(list_id, "a1.ics"))
    put = await app.put(list_id, "a1.ics", "SUMMARY:B", uid="second", if_none_match="*")
    found = await app.sync(list_id, token)

    assert (deleted.status_code, put.status_code) == (204, 201)
    assert (found.names, found.gone) == (["a1.ics"], [])
    assert "SUMMARY:B" in (await app.get(list_id, "a1.ics")).text


async def test_the_address_of_a_list_that_was_left_can_be_used_again(
    client: httpx.AsyncClient, resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    app = await caldav_client(client, resources, ana)
    made = await app.request("MKCALENDAR", app.path("trip"))
    list_id = (await world.query(read_collection, ana, "trip")).list_id
    async with resources.begin() as work:
        await work.lock_streams([list_stream(list_id), user_stream(ben.user_id)])
        await join_list(work, ben, list_id, Role.OWNER)

    await world.run(remove_member, ana, list_id, ana.user_id)
    again = await app.request("MKCALENDAR", app.path("trip"))

    assert (made.status_code, again.status_code) == (201, 201)
    assert (await world.query(read_collection, ana, "trip")).list_id != list_id


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_all_writes_count_against_the_quota_and_reads_do_not(
    app: FastAPI, client: httpx.AsyncClient, resources: Resources, world: World, tmp_path: Path
) -> None:
    ana = await world.user("Ana")
    list_id, target = await world.list(ana), await world.list(ana)
    caller = await caldav_client(client, resources, ana)
    path, body = caller.object_path(list_id, "a1.ics"), vtodo("UID:a1")
    edit = (
        "<D:propertyupdate><D:set><D:prop><A:calendar-order>1</A:calendar-order></D:prop></D:set>"
    )
    edit = xml(edit + "</D:propertyupdate>")
    await caller.put(list_id, "a1.ics")
    app.state.write_quota = WriteQuota(
        plain_settings(tmp_path, writes_per_hour=1, rate_limits=True)
    )
    first = await caller.put(list_id, "a1.ics", "SUMMARY:A")

    refused = [
        await caller.request("PUT", path, body, content_type="text/calendar"),
        await caller.request("MOVE", path, destination=caller.object_path(target, "a1.ics")),
        await caller.request("PROPPATCH", caller.path(list_id), edit),
        await caller.request("MKCALENDAR", caller.path("new")),
        await caller.request("MKCOL", caller.path("new")),
        await caller.request("DELETE", path),
        await caller.request("DELETE", caller.path(list_id)),
    ]
    read = await caller.sync(list_id)

    assert first.status_code == 204
    assert [answer.status_code for answer in refused] == [429] * 7
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert read.names == ["a1.ics"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_each_method_has_a_request_id_and_a_line_in_the_log(
    client: httpx.AsyncClient, resources: Resources, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    app = await caldav_client(client, resources, ana)
    methods = ("PROPFIND", "REPORT", "PUT", "MOVE", "DELETE", "GET", "HEAD", "OPTIONS", "LOCK")

    with caplog.at_level(logging.INFO, logger="api.http.middleware.request_middleware"):
        for method in methods:
            path = app.object_path(list_id, "a%0Ab.ics")
            answer = await app.request(method, path, x_request_id=f"of-{method}")
            assert answer.headers["x-request-id"] == f"of-{method}", method
    lines = [vars(record) for record in caplog.records if "milliseconds" in vars(record)]

    assert [line["method"] for line in lines] == [*methods[:-1], "other"]
    assert {line["route"] for line in lines[:-1]} == {"/caldav/{user_id}/lists/{segment}/{name}"}
    assert all(r"a\nb.ics" in line["path"] for line in lines)
    assert app.token not in caplog.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_long_answer_counts_until_its_reader_has_it_also_if_it_has_one_page(
    app: FastAPI,
    client: httpx.AsyncClient,
    resources: Resources,
    builder: ListBuilder,
    world: World,
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    await builder.insert_todos(list_id, 2, description="x" * 50_000)
    [short] = await builder.insert_todos(list_id, 1)
    caller = await caldav_client(client, resources, ana)
    answers: LargeAnswers = app.state.large_answers
    get = "<C:calendar-multiget><D:prop><C:calendar-data/></D:prop>{}</C:calendar-multiget>"

    def body(*ids: str) -> str:
        paths = (caller.object_path(list_id, f"{each}.ics") for each in ids)
        return xml(get.format("".join(f"<D:href>{path}</D:href>" for path in paths)))

    async def statuses() -> list[int]:
        of_all = xml("<C:calendar-query><D:prop><C:calendar-data/></D:prop></C:calendar-query>")
        path = caller.path(list_id)
        found = [await caller.request("REPORT", path, each) for each in (of_all, body(short))]
        return [answer.status_code for answer in found]

    free = [await statuses() for _ in range(MAX_ANSWERS_OF_USER + 1)]
    for _ in range(MAX_ANSWERS_OF_USER):
        answers.begin(ana.user_id, 1)
    full = await statuses()

    assert free == [[207, 207]] * (MAX_ANSWERS_OF_USER + 1)
    assert full == [429, 207]
