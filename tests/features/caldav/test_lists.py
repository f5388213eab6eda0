"""MKCALENDAR, PROPPATCH and DELETE of lists, and requests that no client should send."""

import httpx
import pytest
from sqlalchemy import update

from shared.contract.api_tokens import TokenScope
from shared.contract.shapes import Role
from shared.lists.commands import create_inbox
from shared.resources import Resources
from shared.tables.accounts import UserRow
from tests.support.caldav_client import caldav_client, multistatus, xml
from tests.support.features.list_builder import ListBuilder
from tests.support.world_builder import World

NEW = """<C:mkcalendar><D:set><D:prop><D:displayname>Trip</D:displayname>
<A:calendar-color>#FF2968FF</A:calendar-color><C:calendar-description>x</C:calendar-description>
<C:supported-calendar-component-set><C:comp name="{}"/></C:supported-calendar-component-set>
</D:prop></D:set></C:mkcalendar>"""
EDIT = "<D:propertyupdate><D:set><D:prop>{}</D:prop></D:set></D:propertyupdate>"


async def test_an_app_makes_a_list_at_its_own_address(
    client: httpx.AsyncClient, resources: Resources, world: World
) -> None:
    ana = await world.user("Ana")
    app = await caldav_client(client, resources, ana)
    path = app.path("5A8F-uuid")

    made = await app.request("MKCALENDAR", path, xml(NEW.format("VTODO")))
    again = await app.request("MKCALENDAR", path, xml(NEW.format("VTODO")))
    found = await app.propfind(app.path(), "D:displayname", "A:calendar-color", depth="1")
    put = await app.put("5A8F-uuid", "a1.ics", "SUMMARY:A")
    listed = await app.sync("5A8F-uuid")
    deleted = await app.request("DELETE", path)
    new = await app.request("MKCOL", path)

    assert (made.status_code, again.status_code) == (201, 403)
    assert found.hrefs == [app.path(), path]
    assert found.values("D:displayname") == ["Lists", "Trip"]
    assert found.values("A:calendar-color") == ["#FF2968FF"]
    assert (put.status_code, listed.names) == (201, ["a1.ics"])
    assert (deleted.status_code, new.status_code) == (204, 201)
    assert (await app.sync("5A8F-uuid")).names == []


async def test_what_holds_events_or_needs_more_rights_is_not_made(
    client: httpx.AsyncClient, resources: Resources, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    app = await caldav_client(client, resources, ana)
    limited = await caldav_client(client, resources, ana, lists=(list_id,))
    reading = await caldav_client(client, resources, ana, TokenScope.READ)
    body = xml(NEW.format("VTODO"))

    events = await app.request("MKCALENDAR", app.path("new"), xml(NEW.format("VEVENT")))
    taken = await app.request("MKCALENDAR", app.path(list_id), body)
    statuses = [
        (await each.request("MKCALENDAR", each.path("new"), body)).status_code
        for each in (limited, reading)
    ]

    assert (events.status_code, "supported-calendar-component" in events.text) == (403, True)
    assert (taken.status_code, statuses) == (403, [403, 403])


async def test_colour_and_place_are_of_one_user_and_the_name_is_of_the_owners(
    client: httpx.AsyncClient, resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, Role.VIEWER), name="Old")
    owner, viewer = [await caldav_client(client, resources, each) for each in (ana, ben)]
    colour = "<A:calendar-color>#123456</A:calendar-color><A:calendar-order>3</A:calendar-order>"
    name = "<D:displayname>New</D:displayname>"

    coloured = await viewer.request("PROPPATCH", viewer.path(list_id), xml(EDIT.format(colour)))
    refused = await viewer.request(
        "PROPPATCH", viewer.path(list_id), xml(EDIT.format(name + colour.replace("3", "4")))
    )
    renamed = await owner.request("PROPPATCH", owner.path(list_id), xml(EDIT.format(name)))
    unknown = await owner.request("PROPPATCH", owner.path(list_id), xml(EDIT.format("<D:odd/>")))
    of_viewer, of_owner = [
        await app.propfind(
            app.path(list_id), "D:displayname", "A:calendar-color", "A:calendar-order"
        )
        for app in (viewer, owner)
    ]

    assert "200 OK" in coloured.text
    assert multistatus(refused).xpath("//D:propstat[contains(D:status, '403')]//D:displayname")
    assert multistatus(refused).xpath("//D:propstat[contains(D:status, '424')]//A:calendar-color")
    assert "200 OK" in renamed.text
    assert "403 Forbidden" in unknown.text
    assert of_viewer.values("A:calendar-color") == ["#123456"]
    assert of_viewer.values("A:calendar-order") == ["3"]
    assert of_owner.values("A:calendar-color") != ["#123456"]
    assert of_owner.values("D:displayname") == ["New"]


@pytest.mark.parametrize(
    ("sent", "colour"),
    [("#FF9500FF", "orange"), ("#FFCC00", "yellow"), ("#1badf8ff", "blue"), ("#A0A0A0", "grey")],
)
async def test_a_list_that_an_app_makes_has_the_nearest_colour_in_the_browser(
    client: httpx.AsyncClient,
    resources: Resources,
    builder: ListBuilder,
    world: World,
    sent: str,
    colour: str,
) -> None:
    ana = await world.user("Ana")
    app = await caldav_client(client, resources, ana)
    body = xml(NEW.format("VTODO").replace("#FF2968FF", sent))

    await app.request("MKCALENDAR", app.path("new"), body)
    [made] = (await builder.request(ana, "GET", "/lists")).json()["items"]
    shown = await app.propfind(app.path("new"), "A:calendar-color")

    assert made["colour"] == colour
    assert shown.values("A:calendar-color") == [sent]


async def test_the_colour_that_an_owner_chooses_in_an_app_is_that_of_the_list(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, Role.EDITOR))
    owner, editor = [await caldav_client(client, resources, each) for each in (ana, ben)]
    colours, shown = [], []

    async def note() -> None:
        answer = await builder.request(ana, "GET", f"/lists/{list_id}")
        colours.append(answer.json()["colour"])
        for app in (owner, editor):
            found = await app.propfind(app.path(list_id), "A:calendar-color")
            shown.extend(found.values("A:calendar-color"))

    for app, colour in ((editor, "#63DA38"), (owner, "#CC73E1")):
        body = EDIT.format(f"<A:calendar-color>{colour}</A:calendar-color>")
        await app.request("PROPPATCH", app.path(list_id), xml(body))
        await note()
    await builder.request(ana, "PATCH", f"/lists/{list_id}", {"colour": "red"})
    await note()

    assert colours == ["blue", "purple", "red"]
    assert shown == ["#2563EBFF", "#63DA38", "#CC73E1", "#63DA38", "#DC2626FF", "#63DA38"]


async def test_only_owners_delete_a_list_and_nobody_the_inbox(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, Role.EDITOR))
    inbox = await builder.make_list({ana: Role.OWNER}, inbox_of=ana)
    owner, editor = [await caldav_client(client, resources, each) for each in (ana, ben)]

    statuses = [
        (await app.request("DELETE", app.path(each))).status_code
        for app, each in ((editor, list_id), (owner, inbox), (owner, list_id), (owner, list_id))
    ]

    assert statuses == [403, 409, 204, 404]
    restored = await builder.request(ana, "POST", f"/lists/{list_id}/restore")
    assert restored.status_code == 200


@pytest.mark.parametrize("method", ["PROPFIND", "REPORT", "PROPPATCH", "MKCALENDAR"])
# Refused before the database is asked.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_hostile_bodies_are_refused(
    client: httpx.AsyncClient, resources: Resources, world: World, method: str
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    app = await caldav_client(client, resources, ana)
    path = app.path("new" if method == "MKCALENDAR" else list_id)

    for body in (b"<a>" * 100_000, b"<!DOCTYPE a []><a/>", b"\0", b"<a" + b" " * 2_000_000):
        answer = await app.request(method, path, body)
        assert answer.status_code == (413 if len(body) > 1_048_576 else 400)
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_methods_that_an_address_does_not_have_are_answered(
    client: httpx.AsyncClient, resources: Resources, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    app = await caldav_client(client, resources, ana)

    for method, path in (
        ("POST", app.path(list_id)),
        ("LOCK", app.object_path(list_id, "a.ics")),
        ("COPY", app.object_path(list_id, "a.ics")),
        ("PUT", app.path(list_id)),
        ("DELETE", app.path()),
        ("PROPPATCH", "/caldav/"),
    ):
        answer = await app.request(method, path)
        assert answer.status_code == 405, (method, path)
        assert "PROPFIND" in answer.headers["allow"]


async def test_the_inbox_has_its_name_in_the_language_of_the_account(
    client: httpx.AsyncClient, resources: Resources, world: World
) -> None:
    ana = await world.user("Ana")
    inbox = await world.run(create_inbox, ana.user_id)
    app = await caldav_client(client, resources, ana)
    names = []
    for language in ("en", "de"):
        async with resources.begin() as work:
            of_ana = update(UserRow).where(UserRow.id == ana.user_id)
            await work.connection.execute(of_ana.values(language=language))
        names += (await app.propfind(app.path(inbox.id), "D:displayname")).values("D:displayname")

    assert names == ["Inbox", "Eingang"]
