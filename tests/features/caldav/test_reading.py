"""Discovery, properties, queries and texts of CalDAV."""

import httpx
import pytest

from shared.contract.api_tokens import TokenScope
from shared.contract.shapes import Role
from shared.resources import Resources
from tests.support.caldav_client import caldav_client, xml
from tests.support.features.list_builder import ListBuilder, recorded_statements
from tests.support.world_builder import World


async def test_an_app_finds_the_lists_from_the_address_of_the_site(
    client: httpx.AsyncClient, resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    own = await world.list(ana, name="Groceries & more")
    shared = await world.list(ben, (ana, Role.VIEWER), name="Holiday")
    await world.list(ben, name="Private")
    app = await caldav_client(client, resources, ana)

    found = await app.request("PROPFIND", "/.well-known/caldav")
    root = await app.propfind(found.headers["location"], "D:current-user-principal")
    [principal] = root.values("D:current-user-principal")
    [home] = (await app.propfind(principal, "C:calendar-home-set")).values("C:calendar-home-set")
    lists = await app.propfind(
        home, "D:displayname", "D:resourcetype", "C:supported-calendar-component-set", depth="1"
    )

    assert found.status_code == 301
    assert lists.hrefs == [home, app.path(own), app.path(shared)]
    assert lists.values("D:displayname") == ["Lists", "Groceries & more", "Holiday"]
    assert len(lists.xpath("//D:resourcetype/C:calendar")) == 2
    assert [each.get("name") for each in lists.xpath("//C:comp")] == ["VTODO", "VTODO"]


async def test_privileges_follow_the_role_and_the_scope(
    client: httpx.AsyncClient, resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, Role.VIEWER))
    writing = await caldav_client(client, resources, ana)
    reading = await caldav_client(client, resources, ana, TokenScope.READ)
    viewer = await caldav_client(client, resources, ben)

    for app, may_write in ((writing, True), (reading, False), (viewer, False)):
        found = await app.propfind(app.path(list_id), "D:current-user-privilege-set")
        names = {each.tag for each in found.xpath("//D:privilege/*")}
        assert ("{DAV:}write-content" in names) is may_write
        assert "{DAV:}read" in names


async def test_a_token_of_some_lists_sees_these_alone(
    client: httpx.AsyncClient, resources: Resources, world: World
) -> None:
    ana = await world.user("Ana")
    own, other = await world.list(ana), await world.list(ana)
    app = await caldav_client(client, resources, ana, lists=(own,))

    lists = await app.propfind(app.path(), "D:displayname", depth="1")
    hidden = await app.request("PROPFIND", app.path(other))

    assert lists.hrefs == [app.path(), app.path(own)]
    assert hidden.status_code == 404


async def test_paths_of_another_user_are_unknown(
    client: httpx.AsyncClient, resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ben, (ana, Role.OWNER))
    app = await caldav_client(client, resources, ana)

    answer = await app.request("PROPFIND", f"/caldav/{ben.user_id}/lists/{list_id}/", depth="0")

    assert answer.status_code == 404


async def test_without_a_token_the_answer_says_how_to_make_one(client: httpx.AsyncClient) -> None:
    answer = await client.request("PROPFIND", "/caldav/")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert "Settings → API tokens" in answer.json()["detail"]


async def test_a_todo_is_a_text_with_its_labels_and_own_reminders(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await builder.make_list({ana: Role.OWNER, ben: Role.EDITOR})
    label = await builder.make_label(list_id, "shop, cheap")
    todo = await builder.add_todo(
        ana, list_id, "Milk", labels=[label], due={"date": "2099-12-24"}, priority=5
    )
    path = f"/todos/{todo['id']}/reminders"
    assert (await builder.request(ana, "POST", path, {"minutes_before": 60})).is_success
    subtask = await builder.add_todo(ana, list_id, "Oats", parent_id=todo["id"])
    mine, other = [await caldav_client(client, resources, each) for each in (ana, ben)]

    text = (await mine.get(list_id, f"{todo['id']}.ics")).text
    foreign = (await other.get(list_id, f"{todo['id']}.ics")).text
    below = (await mine.get(list_id, f"{subtask['id']}.ics")).text

    assert "SUMMARY:Milk\r\n" in text
    assert "CATEGORIES:shop\\, cheap\r\n" in text
    assert "DUE;VALUE=DATE:20991224\r\n" in text
    assert "PRIORITY:1\r\n" in text
    assert "BEGIN:VALARM" in text
    assert "BEGIN:VALARM" not in foreign
    assert f"RELATED-TO;RELTYPE=PARENT:{todo['id']}\r\n" in below


def _count(statements: list[str]) -> int:
    """Return the number of statements without those about the token, which is cached for a while."""
    return sum("api_tokens" not in statement for statement in statements)


async def test_reads_of_500_todos_take_three_statements(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    ids = await builder.insert_todos(list_id, 500)
    app = await caldav_client(client, resources, ana)
    hrefs = "".join(
        f"<D:href>{app.object_path(list_id, f'{id_}.ics')}</D:href>" for id_ in ids[:25]
    )

    async with recorded_statements(builder.served) as statements:
        tags = await app.propfind(app.path(list_id), "D:getetag", depth="1")
    of_tags = _count(statements)
    async with recorded_statements(builder.served) as statements:
        texts = await app.report(
            app.path(list_id),
            f"<C:calendar-multiget><D:prop><D:getetag/><C:calendar-data/></D:prop>{hrefs}"
            "</C:calendar-multiget>",
        )

    assert (len(set(tags.values("D:getetag"))), of_tags) == (500, 3)
    assert (len(texts.values("C:calendar-data")), _count(statements)) == (25, 3)


async def test_multiget_says_what_does_not_exist(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id, other = [await builder.make_list({ana: Role.OWNER}) for _ in range(2)]
    [kept] = await builder.insert_todos(list_id, 1)
    [elsewhere] = await builder.insert_todos(other, 1)
    app = await caldav_client(client, resources, ana)
    paths = [
        app.object_path(list_id, f"{kept}.ics"),
        app.object_path(other, f"{elsewhere}.ics"),
        app.object_path(list_id, f"{elsewhere}.ics"),
        app.object_path(list_id, "no.ics"),
        "/etc/passwd",
    ]

    found = await app.report(
        app.path(list_id),
        "<C:calendar-multiget><D:prop><D:getetag/></D:prop>"
        + "".join(f"<D:href>{path}</D:href>" for path in paths)
        + "</C:calendar-multiget>",
    )

    assert found.hrefs == paths
    assert len(found.gone) == 4


TODO = (
    '<C:comp-filter name="VCALENDAR"><C:comp-filter name="VTODO">{}</C:comp-filter></C:comp-filter>'
)
OPEN = TODO.format('<C:prop-filter name="COMPLETED"><C:is-not-defined/></C:prop-filter>')
NOT_CANCELLED = TODO.format(
    '<C:prop-filter name="STATUS"><C:text-match negate-condition="yes">CANCELLED</C:text-match>'
    "</C:prop-filter>"
)
MILK = TODO.format(
    '<C:prop-filter name="SUMMARY"><C:text-match>MILK</C:text-match></C:prop-filter>'
)
DECEMBER = TODO.format('<C:time-range start="20991201T000000Z" end="21000101T000000Z"/>')
EVENTS = '<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter>'


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        (TODO.format(""), ["Cancelled", "Done", "Milk", "Xmas"]),
        (OPEN, ["Cancelled", "Milk", "Xmas"]),
        (NOT_CANCELLED, ["Done", "Milk", "Xmas"]),
        (MILK, ["Milk"]),
        (DECEMBER, ["Cancelled", "Milk", "Xmas"]),
        (EVENTS, []),
    ],
)
# The filters are rules on texts, whatever the database.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_queries_return_what_their_filter_asks_for(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World,
    wanted: str, titles: list[str],
) -> None:  # fmt: skip
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    await builder.add_todo(ana, list_id, "Milk")
    await builder.add_todo(ana, list_id, "Xmas", due={"date": "2099-12-24"})
    await builder.add_todo(ana, list_id, "Done", status="completed")
    await builder.add_todo(ana, list_id, "Cancelled", status="cancelled")
    app = await caldav_client(client, resources, ana)

    found = await app.report(
        app.path(list_id),
        f"<C:calendar-query><D:prop><C:calendar-data/></D:prop><C:filter>{wanted}</C:filter>"
        "</C:calendar-query>",
    )

    texts = found.values("C:calendar-data")
    summaries = [
        line.removeprefix("SUMMARY:")
        for text in texts
        for line in text.splitlines()
        if line.startswith("SUMMARY:")
    ]
    assert sorted(summaries) == titles


async def test_an_unchanged_text_is_not_sent_again(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    [todo_id] = await builder.insert_todos(list_id, 1)
    app = await caldav_client(client, resources, ana)
    path = app.object_path(list_id, f"{todo_id}.ics")
    first = await app.request("GET", path)

    again = await app.request("GET", path, if_none_match=first.headers["etag"])
    head = await app.request("HEAD", path)

    assert (again.status_code, again.content) == (304, b"")
    assert (head.status_code, head.headers["etag"]) == (200, first.headers["etag"])
    assert first.headers["content-type"] == "text/calendar; charset=utf-8"


async def test_unknown_properties_depths_and_reports_are_answered(
    client: httpx.AsyncClient, resources: Resources, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    app = await caldav_client(client, resources, ana)
    body = xml('<D:propfind><D:prop><z:odd xmlns:z="urn:z&amp;b"/></D:prop></D:propfind>')

    odd = await app.request("PROPFIND", app.path(list_id), body)
    names = await app.request(
        "PROPFIND", app.path(list_id), xml("<D:propfind><D:propname/></D:propfind>")
    )
    endless = await app.request("PROPFIND", app.path(), depth="infinity")
    report = await app.request("REPORT", app.path(list_id), xml("<D:expand-property/>"))
    options = await client.options(app.path(list_id))

    assert (odd.status_code, "404 Not Found" in odd.text) == (207, True)
    assert (names.status_code, "getctag" in names.text) == (207, True)
    assert (endless.status_code, "propfind-finite-depth" in endless.text) == (403, True)
    assert (report.status_code, "supported-report" in report.text) == (403, True)
    assert "calendar-access" in options.headers["dav"]


async def test_long_lists_come_in_pages_that_are_bounded_in_bytes(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    long = await builder.insert_todos(list_id, 30, description="x" * 50_000)
    short = await builder.insert_todos(list_id, 600)
    app = await caldav_client(client, resources, ana)
    names = sorted(f"{each}.ics" for each in [*long, *short])

    async with recorded_statements(builder.served) as statements:
        found = await app.sync(list_id)
    texts = await app.report(
        app.path(list_id),
        "<C:calendar-query><D:prop><C:calendar-data/></D:prop></C:calendar-query>",
    )

    assert sorted(found.names) == names
    assert len(texts.values("C:calendar-data")) == 630
    # The list, then three pages of two: 1 MiB of long todos, and of the others 500.
    assert _count(statements) == 7
