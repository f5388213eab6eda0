"""List todos: filters, search words, sort orders and pages."""

from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from api.http.large_answers import MAX_PAGE_BYTES
from shared.ids import new_id
from tests.support.every_zone import expected_instant
from tests.support.features.list_builder import EDITOR, OWNER, ListBuilder, recorded_statements
from tests.support.folding_cases import FOUND
from tests.support.world_builder import World

DUES: list[dict[str, str] | None] = [
    {"date": "2026-12-24"},
    None,
    {"at": "2026-12-24T09:00:00"},
    {"at": "2026-12-24T09:00:00", "zone": "Asia/Tokyo"},
    None,
]
# In their order: without regard to case and accents, "ß" as "ss". Titles that begin with the same 200
# characters are sorted by id.
TITLES = [
    "Apples", "apples 2", "Bread", "butter", "Crème", "é", "Öl", "ßa", "x", "x y", "z" * 500, "z" * 500,
]  # fmt: skip


async def _titles(builder: ListBuilder, actor: Any, query: str) -> list[str]:
    listed = await builder.request(actor, "GET", f"/todos?{query}")
    assert listed.status_code == 200, listed.text
    return [todo["title"] for todo in listed.json()["items"]]


async def test_each_filter_finds_its_todos_and_all_must_match(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    work = await builder.make_list({ana: OWNER})
    label = await builder.make_label(home, "Shop")
    parent = await builder.add_todo(ana, home, "A", priority=5, assignees=[ana.user_id])
    await builder.add_todo(
        ana, home, "B", status="completed", labels=[label], parent_id=parent["id"]
    )
    await builder.add_todo(ana, home, "C", status="cancelled", priority=2, assignees=[ben.user_id])
    await builder.add_todo(ana, work, "D", priority=3, due={"date": "2026-12-24"})
    expected = {
        f"list_id={home}": "ABC",
        "status=completed": "B",
        "status=completed&status=cancelled": "BC",
        "status=completed,cancelled": "BC",
        "priority=2,5": "AC",
        "min_priority=3": "AD",
        "min_priority=3&priority=2": "",
        "priority=0": "B",
        "assignee=me": "A",
        f"assignee={ben.user_id}": "C",
        f"label={label}": "B",
        f"label={label}&status=pending": "",
        f"parent_id={parent['id']}": "B",
        f"assignee={new_id()}": "",
        "due_after=2026-12-24&due_before=2026-12-25": "D",
        "due_before=2026-12-24": "",
        "due_after=2026-12-24T00:00:01Z&zone=UTC": "",
        "due_after=2026-12-24t00:00:00z&due_before=2026-12-24t00:00:01z&zone=UTC": "D",
        "due_after=2026-12-24T01:00:00%2B01:00&due_before=2026-12-25&zone=UTC": "D",
        "trash=true": "",
    }

    found = {query: "".join(sorted(await _titles(builder, ana, query))) for query in expected}

    assert found == expected
    assert await _titles(builder, ben, "assignee=me") == ["C"]
    assert await _titles(builder, ben, "min_priority=3") == ["A"]


async def test_only_the_lists_of_the_caller_are_searched(
    builder: ListBuilder, world: World
) -> None:
    ana, eve = await world.user("Ana"), await world.user("Eve")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home)

    assert await _titles(builder, eve, "search=milk") == []
    assert await _titles(builder, eve, f"parent_id={todo['id']}") == []
    for list_id in (home, new_id(), "nonsense"):
        assert (await builder.request(eve, "GET", f"/todos?list_id={list_id}")).status_code == 404


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("100%", ["Save 100%"]),
        ("%", ["Save 100%"]),
        ("snake_case", ["snake_case"]),
        ("_", ["snake_case"]),
        ("\\", ["back\\slash"]),
        ("\\slash", ["back\\slash"]),
        ("straße", ["STRASSE", "Straße"]),
        ("MÜLL", ["Müll"]),
        ("ÅNGSTRÖM", ["ångström"]),
        ("save milk", ["Save 100%"]),
        ("milk save", ["Save 100%"]),
        ("save  absent", []),
        ("%%", []),
        ("' OR 1=1 --", []),
        ("", ["Save 100%", "snake_case", "back\\slash", "STRASSE", "Straße", "Müll", "ångström"]),
    ],
)
async def test_search_words_are_matched_literally_and_all_must_occur(
    builder: ListBuilder, world: World, search: str, found: list[str]
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    await builder.add_todo(ana, home, "Save 100%", description="of the Milk")
    for title in ("snake_case", "back\\slash", "STRASSE", "Straße", "Müll", "ångström"):
        await builder.add_todo(ana, home, title)

    assert await _titles(builder, ana, f"search={quote(search)}") == found


@pytest.mark.parametrize(("search", "title", "is_found"), FOUND)
async def test_a_search_finds_what_its_words_mean(
    builder: ListBuilder, world: World, search: str, title: str, *, is_found: bool
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    await builder.add_todo(ana, home, title)

    found = await _titles(builder, ana, f"search={quote(search)}")

    assert found == ([title] if is_found else [])


@pytest.mark.parametrize("order", ["rank", "created_at", "updated_at", "due", "priority", "title"])
@pytest.mark.parametrize("sign", ["", "-"])
async def test_pages_by_cursor_have_every_todo_once_and_in_order(
    builder: ListBuilder, world: World, order: str, sign: str
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    for number in range(12):
        await builder.add_todo(
            ana, home, TITLES[number], priority=number % 3, due=DUES[number % 5], description="x"
        )
    everything = await builder.request(
        ana, "GET", f"/todos?list_id={home}&sort={sign}{order}&limit=100"
    )

    pages: list[Any] = []
    cursor = ""
    while True:
        page = (
            await builder.request(
                ana, "GET", f"/todos?list_id={home}&sort={sign}{order}&limit=5{cursor}"
            )
        ).json()
        pages.append(page)
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    todos = [todo for page in pages for todo in page["items"]]
    assert todos == everything.json()["items"]
    assert [(len(page["items"]), page["total"]) for page in pages] == [
        (5, 12),
        (5, None),
        (2, None),
    ]
    if order == "title":
        titles = [todo["title"] for todo in todos]
        assert titles == (TITLES[::-1] if sign else TITLES)
        return
    keys = [_key(todo, order) for todo in todos]
    known = [key for key in keys if key[0] is not None]
    assert keys[len(known) :] == [(None, todo["id"]) for todo in todos[len(known) :]]
    assert known == sorted(known, reverse=sign == "-")


def _key(todo: dict[str, Any], order: str) -> tuple[Any, str]:
    value = todo[order]
    if order == "due" and value is not None:
        local = datetime.fromisoformat(value.get("at") or value["date"])
        value = expected_instant(local, value.get("zone") or "Europe/Berlin")
    return value, todo["id"]


async def test_pages_by_number_say_how_many_there_are(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    await builder.insert_todos(home, 5)

    async def page(number: int) -> Any:
        return (await builder.request(ana, "GET", f"/todos?page={number}&page_size=2")).json()

    first, last, beyond = await page(1), await page(3), await page(9)
    assert {name: first[name] for name in first if name != "items"} == {
        "total": 5, "page": 1, "page_size": 2, "total_pages": 3, "has_next": True, "has_prev": False,
    }  # fmt: skip
    assert [todo["title"] for todo in last["items"]] == ["Number 4"]
    assert (last["has_next"], last["has_prev"]) == (False, True)
    assert (beyond["items"], beyond["has_next"]) == ([], False)


async def test_a_todo_added_between_two_pages_neither_repeats_nor_hides_another(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    ids = await builder.insert_todos(home, 4)
    first = (await builder.request(ana, "GET", f"/todos?list_id={home}&limit=2")).json()

    await builder.add_todo(ana, home, "In front", before_id=ids[0])
    await builder.request(ana, "DELETE", f"/todos/{ids[1]}")

    query = f"list_id={home}&limit=2&cursor={first['next_cursor']}"
    assert await _titles(builder, ana, query) == ["Number 2", "Number 3"]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "page=0", "page_size=101&page=1", "sort=colour", "sort=--rank",
     "status=done", "priority=7", "assignee=you", "label=x", "unknown=1", "due_after=tomorrow",
     "due_after=2026-12-24T09:00:00", "due_after=2026-12-24 09:00:00Z", "due_after=20261224",
     "due_after=2026-12-24T09:00Z", "due_after=2026-W52-4", "due_after=1798102800",
     "due_before=9999-12-31T23:59:59-12:00", "search=%01",
     "search=a+b+c+d+e+f+g+h+i+j+k", "cursor=nonsense", "cursor=W10", "cursor=%C3%A9",
     "cursor=WyJyYW5rIixmYWxzZSxudWxsLCJ4Il0", "page=1&cursor=x"],
)  # fmt: skip
async def test_an_invalid_query_is_refused(builder: ListBuilder, world: World, query: str) -> None:
    ana = await world.user("Ana")

    assert (await builder.request(ana, "GET", f"/todos?{query}")).status_code == 422


async def test_an_offset_whose_plus_became_a_space_is_explained(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")

    answer = await builder.request(ana, "GET", "/todos?due_after=2026-12-24T09:00:00+01:00")

    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (422, "due_after")
    assert "%2B" in error["message"]


async def test_a_cursor_of_another_order_is_refused(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    await builder.insert_todos(home, 3)
    page = (await builder.request(ana, "GET", "/todos?sort=rank&limit=1")).json()

    for sort in ("-rank", "priority", "due"):
        answer = await builder.request(
            ana, "GET", f"/todos?sort={sort}&cursor={page['next_cursor']}"
        )
        assert answer.status_code == 422


async def test_reads_take_one_round_trip_however_many_todos_there_are(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    few, many = await builder.make_list({ana: OWNER}), await builder.make_list({ana: OWNER})
    await builder.insert_todos(few, 10)
    ids = await builder.insert_todos(many, 1000)
    for _ in range(10):
        await builder.make_list({ana: OWNER})
    await builder.request(ana, "GET", "/todos")
    paths = (
        f"/todos?list_id={few}",
        f"/todos?list_id={many}&limit=100",
        "/todos?search=number",
        f"/todos/{ids[0]}",
        f"/lists/{many}/snapshot",
    )

    counts = []
    for path in (*paths, "/todos?page=2"):
        async with recorded_statements(builder.served, with_boundaries=True) as statements:
            assert (await builder.request(ana, "GET", path)).status_code == 200
        counts.append(len(statements))

    # A page by number needs the number of all todos first, of the same moment.
    assert counts == [1, 1, 1, 1, 1, 4]


async def test_only_the_first_page_is_counted_and_not_if_nobody_asks(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    await builder.insert_todos(home, 3)
    path = f"/todos?list_id={home}&limit=1"

    totals, counted = [], []
    cursor = (await builder.request(ana, "GET", path)).json()["next_cursor"]
    for query in (path, f"{path}&total=false", f"{path}&cursor={cursor}"):
        async with recorded_statements(builder.served) as statements:
            totals.append((await builder.request(ana, "GET", query)).json()["total"])
        counted.append("count(*)" in " ".join(statements))

    assert totals == [3, None, None]
    assert counted == [True, False, False]


async def test_the_last_page_by_number_is_read_from_the_end(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    for number in range(9):
        await builder.add_todo(ana, home, str(number), due=DUES[number % 5], priority=number % 3)

    for sort in ("rank", "-created_at", "due", "-due", "priority"):
        query = f"list_id={home}&sort={sort}"
        everything = await _titles(builder, ana, f"{query}&limit=100")
        pages = [
            await _titles(builder, ana, f"{query}&page={page}&page_size=2") for page in range(1, 6)
        ]
        assert [title for page in pages for title in page] == everything


async def test_a_page_of_large_todos_has_fewer_of_them(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    ids = await builder.insert_todos(home, 12, description="🚲" * 50_000)

    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await builder.request(ana, "GET", f"/todos?list_id={home}{cursor}")
        assert len(answer.content) < 1.2 * MAX_PAGE_BYTES
        found += [todo["id"] for todo in answer.json()["items"]]
        cursor = answer.json()["next_cursor"] and f"&cursor={answer.json()['next_cursor']}"
    numbered = await builder.request(ana, "GET", f"/todos?list_id={home}&page=1&page_size=12")

    assert found == ids
    assert [todo["id"] for todo in numbered.json()["items"]] == ids


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00"])
async def test_a_forged_cursor_beyond_the_calendar_is_refused(
    builder: ListBuilder, world: World, at: str
) -> None:
    ana = await world.user("Ana")
    forged = urlsafe_b64encode(orjson.dumps(["created_at", False, at, new_id()])).decode()

    answer = await builder.request(
        ana, "GET", f"/todos?sort=created_at&cursor={forged.rstrip('=')}"
    )

    assert answer.status_code == 422
