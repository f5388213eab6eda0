"""What an app of one member could do to the apps of others, and to the server."""

import httpx
import pytest

from shared.caldav.collections import read_collection
from shared.contract.shapes import Role
from shared.ids import list_stream, user_stream
from shared.members.commands import join_list, remove_member
from shared.resources import Resources
from tests.support.caldav_client import caldav_client
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
