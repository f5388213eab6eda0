"""Filter and sort todos by due date as the reader's clocks show it, all kinds of due dates on one scale."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.resources import Resources
from tests.support.api_tokens import insert_api_token
from tests.support.every_zone import expected_instant
from tests.support.features.list_builder import OWNER, ListBuilder
from tests.support.world_builder import World

ALL_DAY = {"date": "2026-12-24"}
EARLY, LATE = {"at": "2026-12-24T00:00:00"}, {"at": "2026-12-24T23:59:59"}
ZONES = (
    "UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland", "Asia/Kolkata",
    "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Sao_Paulo", "Africa/Cairo",
)  # fmt: skip


def instant_of(due: dict[str, str], zone: str) -> datetime:
    """Return when a reader in `zone` has this due, computed without the product."""
    if "date" in due:
        return expected_instant(datetime.combine(date.fromisoformat(due["date"]), time()), zone)
    return expected_instant(datetime.fromisoformat(due["at"]), due.get("zone") or zone)


async def titles(builder: ListBuilder, actor: Any, query: str) -> list[str]:
    answer = await builder.request(actor, "GET", f"/todos?{query}")
    assert answer.status_code == 200, answer.text
    return [todo["title"] for todo in answer.json()["items"]]


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Europe/Berlin", "Pacific/Auckland"])
@pytest.mark.parametrize("by_parameter", [False, True])
async def test_a_day_begins_and_ends_with_the_readers_clocks(
    builder: ListBuilder, world: World, zone: str, by_parameter: bool
) -> None:
    ana = await world.user("Ana", time_zone="Asia/Tokyo" if by_parameter else zone)
    home = await builder.make_list({ana: OWNER})
    midnight = expected_instant(datetime(2026, 12, 24), zone)  # noqa: DTZ001
    fixed = {
        title: {"at": at.strftime("%Y-%m-%dT%H:%M:%S"), "zone": "UTC"}
        for title, at in {
            "before": midnight - timedelta(seconds=1),
            "first": midnight,
            "last": midnight + timedelta(days=1, seconds=-1),
            "after": midnight + timedelta(days=1),
        }.items()
    }
    dues = fixed | {"all day": ALL_DAY, "early": EARLY, "late": LATE}
    dues |= {"eve": {"date": "2026-12-23"}, "morrow": {"date": "2026-12-25"}}
    for title, due in dues.items():
        await builder.add_todo(ana, home, title, due=due)
    of_zone = f"&zone={zone}" if by_parameter else ""

    found = await titles(
        builder, ana, f"due_after=2026-12-24&due_before=2026-12-25&sort=due{of_zone}"
    )
    overdue = await titles(builder, ana, f"due_before=2026-12-24{of_zone}")

    assert set(found[:3]) == {"all day", "early", "first"}
    assert set(found[3:]) == {"late", "last"}
    assert set(overdue) == {"eve", "before"}


async def test_a_changed_zone_of_the_account_counts_at_once(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana", time_zone="America/Los_Angeles")
    home = await builder.make_list({ana: OWNER})
    await builder.add_todo(ana, home, due=EARLY)
    of_tokyo = "due_after=2026-12-23T15:00:00Z&due_before=2026-12-23T15:00:01Z"
    assert await titles(builder, ana, of_tokyo) == []

    await builder.request(ana, "PATCH", "/users/me", {"time_zone": "Asia/Tokyo"})

    assert len(await titles(builder, ana, of_tokyo)) == 1


async def test_an_api_token_reads_in_the_zone_of_its_account(
    builder: ListBuilder, world: World, resources: Resources
) -> None:
    ana = await world.user("Ana", time_zone="Asia/Tokyo")
    home = await builder.make_list({ana: OWNER})
    await builder.add_todo(ana, home, due=EARLY)
    token = await insert_api_token(resources, ana)

    query = "due_after=2026-12-23T15:00:00Z&due_before=2026-12-23T15:00:01Z"
    found = await builder.client.get(f"/api/v1/todos?{query}", headers=token.headers)

    assert len(found.json()["items"]) == 1


async def test_clocks_that_change_in_the_night_do_not_disturb_the_order(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana", time_zone="Europe/Berlin")
    home = await builder.make_list({ana: OWNER})
    # 02:30 is skipped, so it is 03:30; then 02:30 occurs twice, and the first is meant.
    dues = {
        "A": {"at": "2026-03-29T01:59:00"},
        "B": {"at": "2026-03-29T01:10:00", "zone": "UTC"},
        "C": {"at": "2026-03-29T02:30:00"},
        "D": {"at": "2026-03-29T01:31:00", "zone": "UTC"},
        "E": {"at": "2026-10-25T02:30:00"},
        "F": {"at": "2026-10-25T01:00:00", "zone": "UTC"},
        "G": {"at": "2026-10-25T03:00:00"},
    }
    for title in "GBDFACE":
        await builder.add_todo(ana, home, title, due=dues[title])

    assert "".join(await titles(builder, ana, "sort=due")) == "ABCDEFG"
    assert "".join(await titles(builder, ana, "sort=-due&page=1")) == "GFEDCBA"


async def test_a_page_is_not_continued_in_another_zone(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana", time_zone="Europe/Berlin")
    home = await builder.make_list({ana: OWNER})
    for _ in range(3):
        await builder.add_todo(ana, home, due=EARLY)
    first = await builder.request(ana, "GET", "/todos?sort=due&limit=1")
    cursor = first.json()["next_cursor"]

    elsewhere = await builder.request(
        ana, "GET", f"/todos?sort=due&limit=1&cursor={cursor}&zone=Asia/Tokyo"
    )
    same = await builder.request(
        ana, "GET", f"/todos?sort=due&limit=1&cursor={cursor}&zone=Europe/Berlin"
    )

    [error] = elsewhere.json()["errors"]
    assert (elsewhere.status_code, error["field"]) == (422, "cursor")
    assert "Asia/Tokyo" in error["message"]
    assert same.status_code == 200


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "europe/berlin", "Factory", "UTC+1"])
async def test_an_unknown_zone_is_refused(builder: ListBuilder, world: World, zone: str) -> None:
    ana = await world.user("Ana")

    answer = await builder.request(ana, "GET", f"/todos?zone={quote(zone)}")

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (422, "zone")


# The nights in which clocks change in some of the zones, and their neighbours.
DAYS = st.sampled_from(
    [date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 4, 24), date(2026, 10, 25)]
).flatmap(lambda day: st.integers(-1, 1).map(lambda days: day + timedelta(days=days)))
LOCALS = st.builds(
    datetime.combine,
    DAYS | st.dates(date(1980, 1, 2), date(2069, 12, 30)),
    st.sampled_from([time(0), time(1, 30), time(2, 15), time(2, 30), time(12), time(23, 59, 59)]),
)
TIMES = st.builds(lambda at, zone: {"at": at.isoformat()} | zone, LOCALS, st.just({}) | st.builds(
    lambda zone: {"zone": zone}, st.sampled_from(ZONES)
))  # fmt: skip
DUES = st.none() | TIMES | st.builds(lambda day: {"date": day.isoformat()}, DAYS)


@dataclass(frozen=True)
class Case:
    dues: list[dict[str, str] | None]
    zone: str
    after: date | datetime | None
    before: date | datetime | None
    descending: bool
    limit: int


BOUNDS = st.none() | DAYS | LOCALS.map(lambda local: local.replace(tzinfo=UTC))
CASES = st.builds(
    Case,
    st.lists(DUES, min_size=1, max_size=12),
    st.sampled_from(ZONES),
    BOUNDS,
    BOUNDS,
    st.booleans(),
    st.sampled_from([1, 4, 50]),
)


def expected(case: Case, todos: list[dict[str, Any]]) -> list[str]:
    """Return the ids in order, as Python computes them."""

    def bound(value: date | datetime) -> datetime:
        if isinstance(value, datetime):
            return value
        return expected_instant(datetime.combine(value, time()), case.zone)

    dated = {
        todo["id"]: instant_of(todo["due"], case.zone) for todo in todos if todo["due"] is not None
    }
    undated = sorted((todo["id"] for todo in todos if todo["due"] is None), reverse=case.descending)
    if case.after is not None:
        dated = {each: at for each, at in dated.items() if at >= bound(case.after)}
    if case.before is not None:
        dated = {each: at for each, at in dated.items() if at < bound(case.before)}
    ordered = sorted(dated, key=lambda each: (dated[each], each), reverse=case.descending)
    return ordered + (undated if case.after is None and case.before is None else [])


async def read_pages(builder: ListBuilder, actor: Any, query: str) -> list[str]:
    ids: list[str] = []
    cursor = ""
    while True:
        page = (await builder.request(actor, "GET", f"/todos?{query}{cursor}")).json()
        ids += [todo["id"] for todo in page["items"]]
        if page["next_cursor"] is None:
            return ids
        cursor = f"&cursor={page['next_cursor']}"


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(case=CASES)
async def test_filters_orders_and_pages_equal_those_of_python(
    builder: ListBuilder, world: World, case: Case
) -> None:
    ana = await world.user("Ana", time_zone=case.zone)
    home = await builder.make_list({ana: OWNER})
    body = {"list_id": home, "todos": [{"title": "x", "due": due} for due in case.dues]}
    created = await builder.request(ana, "POST", "/todos/bulk/create", body)
    assert created.status_code == 201, created.text
    todos = created.json()["items"]
    query = f"sort={'-' if case.descending else ''}due&limit={case.limit}"
    for name, value in (("due_after", case.after), ("due_before", case.before)):
        if value is not None:
            query += f"&{name}={quote(value.isoformat())}"

    of_list = await read_pages(builder, ana, f"{query}&list_id={home}")
    of_all = await read_pages(builder, ana, query)
    by_word = await read_pages(builder, ana, f"{query}&search=x")
    numbered = await builder.request(ana, "GET", f"/todos?{query}&skip=1")

    right = expected(case, todos)
    assert of_list == right
    assert of_all == right
    assert by_word == right
    ids = [todo["id"] for todo in numbered.json()["items"]]
    assert (ids, numbered.json()["total"]) == (right[1:][: case.limit], len(right))
