"""Calendar feeds: what they show, who reads them, and when an address stops working."""

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from api.http.rate_limits import CALENDAR_FEED
from api.operations.api_token_uses import save_feed_uses
from shared.accounts.administration import AccountEdit, edit_as_operator
from shared.calendar_feeds import document, queries
from shared.calendar_feeds.commands import MAX_FEEDS
from shared.lists.commands import delete_list, restore_list
from shared.members.commands import remove_member
from shared.settings import Settings
from shared.tables.accounts import AuditRow, SessionRow, UserRow
from shared.tables.interop.calendar_feeds import CalendarFeedRow
from tests.support.api_server import client_of, running_app
from tests.support.calendar_feeds import (
    FEEDS,
    add_todo,
    calendar_of,
    make_feed,
    path_of,
    read_feed,
)
from tests.support.clock import ManualClock
from tests.support.features.list_builder import EDITOR, OWNER, VIEWER, ListBuilder
from tests.support.settings import changed_settings
from tests.support.world_builder import World

DUE: dict[str, Any] = {"due": {"at": "2026-12-24T09:00:00", "zone": "Europe/Berlin"}}
DAILY: dict[str, Any] = {"due": {"date": "2026-12-01"}, "repeat": {"rule": "FREQ=DAILY;COUNT=5"}}


@pytest.fixture
def world(builder: ListBuilder) -> World:
    return World(builder.served)


@pytest_asyncio.fixture
async def limited_client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    limited = changed_settings(settings, rate_limits=True)
    async with running_app(limited) as app, client_of(app) as opened:
        yield opened


async def test_a_feed_shows_the_open_todos_of_a_list(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: OWNER}, name="Home")
    label = await builder.make_label(list_id, "Shop, far")
    milk = await add_todo(builder, ana, list_id, title="Milk; two", labels=[label], **DUE)
    await add_todo(builder, ana, list_id, title="Soy", parent_id=milk)
    await add_todo(builder, ana, list_id, title="Done", status="completed")
    await add_todo(builder, ana, await builder.make_list({ana: OWNER}), title="Elsewhere")

    feed = await make_feed(builder, ana, list_id=list_id, name="My phone")
    answer = await read_feed(builder, feed)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache"
    calendar = calendar_of(answer)
    assert str(calendar["X-WR-CALNAME"]) == "My phone"
    assert "REFRESH-INTERVAL" in calendar
    found = {str(todo["SUMMARY"]): todo for todo in calendar.todos}
    assert set(found) == {"Milk; two", "Soy"}
    assert str(found["Soy"]["RELATED-TO"]) == milk
    assert [str(name) for name in found["Milk; two"]["CATEGORIES"].cats] == ["Shop, far"]
    assert [str(zone["TZID"]) for zone in calendar.timezones] == ["Europe/Berlin"]


async def test_a_feed_says_when_it_was_last_read(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    served = builder.served
    clock = ManualClock(served.clock.now())
    served.clock = clock
    feed = await make_feed(builder, ana, name="My phone")

    async def last_use() -> Any:
        await save_feed_uses(served)
        # Not by a request: the access token does not live so long.
        async with served.begin_read() as read:
            (shown,) = await queries.read_feeds(read, ana)
        return shown.last_used_at

    never = await last_use()
    await read_feed(builder, feed)
    first = await last_use()
    clock.advance(timedelta(minutes=59))
    await read_feed(builder, feed)
    within_the_hour = await last_use()
    clock.advance(timedelta(minutes=2))
    await read_feed(builder, feed)
    later = await last_use()

    assert never is None
    assert first is not None
    assert within_the_hour == first
    assert later is not None
    assert later > first


async def test_a_feed_of_all_lists_leaves_out_archived_ones(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    for name, members in (("Mine", {ana: OWNER}), ("Shared", {ben: OWNER, ana: VIEWER})):
        list_id = await builder.make_list(members, name=name)
        await add_todo(builder, next(iter(members)), list_id, title=name)
    archived = await builder.make_list({ana: OWNER})
    await add_todo(builder, ana, archived, title="Old")
    await builder.request(ana, "PATCH", f"/lists/{archived}", {"archived": True})
    await add_todo(builder, ben, await builder.make_list({ben: OWNER}), title="Of Ben")

    answer = await read_feed(builder, await make_feed(builder, ana))

    calendar = calendar_of(answer)
    assert {str(todo["SUMMARY"]) for todo in calendar.todos} == {"Mine", "Shared"}


async def test_events_stand_at_the_due_times_of_dated_todos(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: OWNER})
    await add_todo(builder, ana, list_id, title="Dentist", **DUE)
    await add_todo(builder, ana, list_id, title="Plants", **DAILY)
    await add_todo(builder, ana, list_id, title="Someday")
    await add_todo(builder, ana, list_id, title="Paid", status="completed", **DUE)

    feed = await make_feed(builder, ana, content="events", include_completed=True, list_id=list_id)
    answer = await read_feed(builder, feed)

    calendar = calendar_of(answer)
    assert not calendar.todos
    events = {str(event["SUMMARY"]): event for event in calendar.events}
    assert set(events) == {"Dentist", "Plants", "✓ Paid"}
    assert events["Dentist"].start.isoformat() == "2026-12-24T09:00:00+01:00"
    assert events["Plants"].start.isoformat() == "2026-12-01"
    assert events["Plants"]["RRULE"]["COUNT"] == [5]
    assert {str(event["TRANSP"]) for event in events.values()} == {"TRANSPARENT"}


async def test_an_unchanged_feed_is_not_sent_again(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: OWNER})
    for number in range(20):
        await add_todo(builder, ana, list_id, title=f"Todo {number}", description="words " * 20)
    feed = await make_feed(builder, ana, list_id=list_id)

    first = await read_feed(builder, feed)
    tag = first.headers["etag"]
    again = await read_feed(builder, feed, **{"If-None-Match": tag})
    head = await builder.client.head(path_of(feed))
    await add_todo(builder, ana, list_id, title="New")
    changed = await read_feed(builder, feed, **{"If-None-Match": tag})

    assert first.headers["content-encoding"] == "gzip"
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert (head.status_code, head.headers["etag"]) == (200, tag)
    assert changed.status_code == 200
    assert "SUMMARY:New" in changed.text


async def test_a_long_list_is_read_a_page_at_a_time(
    builder: ListBuilder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE_TODOS", 2)
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: OWNER})
    titles = {f"Todo {number}" for number in range(5)}
    for title in sorted(titles):
        await add_todo(builder, ana, list_id, title=title)
    feed = await make_feed(builder, ana)

    calendar = calendar_of(await read_feed(builder, feed))
    monkeypatch.setattr(document, "MAX_DOCUMENT_BYTES", 500)
    refused = await read_feed(builder, feed)

    assert sorted(str(todo["SUMMARY"]) for todo in calendar.todos) == sorted(titles)
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


async def test_the_address_is_shown_once_and_stored_hashed(
    builder: ListBuilder, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ana = await world.user("Ana")

    feed = await make_feed(builder, ana)
    await read_feed(builder, feed)
    await builder.client.post(path_of(feed))
    listed = await builder.request(ana, "GET", FEEDS)

    secret = path_of(feed).rpartition("/")[2].removesuffix(".ics")
    assert [item["id"] for item in listed.json()["items"]] == [feed["id"]]
    assert secret not in listed.text
    async with world.resources.begin_read() as read:
        rows = (await read.connection.execute(select(CalendarFeedRow.__table__))).all()
        facts = list(await read.connection.scalars(select(AuditRow.facts)))
    assert secret not in f"{rows} {facts}"
    ours = [record for record in caplog.records if not record.name.startswith("httpx")]
    assert "/api/v1/calendar-feeds/..." in str([vars(record).get("path") for record in ours])
    assert secret not in "".join(f"{record.getMessage()} {vars(record)}" for record in ours)


async def test_a_new_address_replaces_the_old_one(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    old = await make_feed(builder, ana)

    new = (await builder.request(ana, "POST", f"{FEEDS}/{old['id']}/rotate")).json()

    assert new["id"] == old["id"]
    assert (await read_feed(builder, old)).status_code == 404
    assert (await read_feed(builder, new)).status_code == 200
    assert (await builder.request(ana, "DELETE", f"{FEEDS}/{old['id']}")).status_code == 204
    assert (await read_feed(builder, new)).status_code == 404
    async with world.resources.begin_read() as read:
        actions = await read.connection.scalars(select(AuditRow.action).order_by(AuditRow.id))
        feeds = [action for action in actions if action.startswith("calendar_feed.")]
    assert feeds == [f"calendar_feed.{done}" for done in ("created", "rotated", "revoked")]


async def test_a_feed_ends_with_the_access_of_its_user(builder: ListBuilder, world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await builder.make_list({ana: OWNER, ben: EDITOR}, name="Shared")
    await add_todo(builder, ana, list_id, title="Secret plan")
    of_list, of_all = await make_feed(builder, ben, list_id=list_id), await make_feed(builder, ben)
    of_ana = await make_feed(builder, ana, list_id=list_id)
    unknown = await builder.client.get(f"/api/v1/calendar-feeds/llf_{'a' * 43}.ics")

    await world.run(delete_list, ana, list_id)
    in_trash = await read_feed(builder, of_ana)
    await world.run(restore_list, ana, list_id)
    restored = await read_feed(builder, of_ana)
    await world.run(remove_member, ana, list_id, ben.user_id)
    removed, others = await read_feed(builder, of_list), await read_feed(builder, of_all)

    assert (in_trash.status_code, restored.status_code) == (404, 200)
    assert removed.status_code == unknown.status_code == 404
    assert {**removed.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}
    assert others.status_code == 200
    assert "Secret plan" not in others.text


async def test_feeds_end_when_the_account_is_disabled(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    feed = await make_feed(builder, ana)

    email = await world.email_of(ana)

    await world.run(edit_as_operator, email, AccountEdit(disabled=True))
    disabled = await read_feed(builder, feed)
    await world.run(edit_as_operator, email, AccountEdit(disabled=False))

    assert disabled.status_code == (await read_feed(builder, feed)).status_code == 404


async def test_a_feed_waits_while_its_account_is_to_be_deleted(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    feed = await make_feed(builder, ana)

    statuses = []
    for status in ("disabled", "active"):
        async with world.resources.begin() as work:
            of_ana = UserRow.id == ana.user_id
            await work.connection.execute(update(UserRow).where(of_ana).values(status=status))
        statuses.append((await read_feed(builder, feed)).status_code)

    assert statuses == [404, 200]


async def test_feeds_are_made_only_for_lists_that_one_reads(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await builder.make_list({ana: OWNER})
    feed = await make_feed(builder, ana)

    made = await builder.request(ben, "POST", FEEDS, {"name": "Spy", "list_id": list_id})
    rotated = await builder.request(ben, "POST", f"{FEEDS}/{feed['id']}/rotate")
    revoked = await builder.request(ben, "DELETE", f"{FEEDS}/{feed['id']}")

    assert (made.status_code, rotated.status_code, revoked.status_code) == (404, 404, 404)
    assert (await read_feed(builder, feed)).status_code == 200


async def test_an_account_has_few_feeds_and_confirms_before_making_one(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    for _ in range(MAX_FEEDS):
        await make_feed(builder, ana)

    refused = await builder.request(ana, "POST", FEEDS, {"name": "One more"})
    async with world.resources.begin() as work:
        await work.connection.execute(
            update(SessionRow)
            .where(SessionRow.id == ana.session_id)
            .values(authenticated_at=None, created_at=work.now.replace(year=2020))
        )
    unconfirmed = await builder.request(ana, "POST", FEEDS, {"name": "One more"})

    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_calendar_feeds")
    assert (unconfirmed.status_code, unconfirmed.json()["code"]) == (403, "step_up_required")


@pytest.mark.parametrize(
    "file",
    ["llf_short.ics", "x", "llf_" + "a" * 43 + "%0A.ics", "llt_" + "a" * 43 + ".ics", "ü.ics"],
)
async def test_what_cannot_be_an_address_is_unknown(client: httpx.AsyncClient, file: str) -> None:
    answer = await client.get(f"/api/v1/calendar-feeds/{file}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_address_is_asked_for_a_limited_number_of_times(
    limited_client: httpx.AsyncClient,
) -> None:
    path = f"/api/v1/calendar-feeds/llf_{'a' * 43}.ics"

    statuses = [
        (await limited_client.get(path)).status_code for _ in range(CALENDAR_FEED.max_attempts + 1)
    ]
    other = await limited_client.get(path.replace("aaa", "bbb"))

    assert set(statuses[:-1]) == {404}
    assert statuses[-1] == 429
    assert other.status_code == 404
