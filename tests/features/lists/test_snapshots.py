"""Snapshots and events over REST: consistency, pages, and the events after a snapshot."""

from typing import Any

import orjson
import pytest
from sqlalchemy import select

from api.http.large_answers import MAX_PAGE_BYTES
from shared import event_log
from shared.contract.shapes import ListSnapshot, Role
from shared.ids import TodoId, list_stream
from shared.labels.commands import create_label
from shared.labels.queries import read_labels
from shared.lists.commands import ListEdit, edit_list
from shared.lists.queries import read_my_list
from shared.members.queries import read_members
from shared.resources import Resources
from shared.snapshots import events, lists
from shared.snapshots.lists import Cursor
from shared.tables.streams import EventRow
from shared.todos.commands import move, trash
from shared.todos.rules.todo_edits import Placement
from tests.support.features.list_builder import ListBuilder, recorded_statements
from tests.support.realtime.snapshots import read_list
from tests.support.world_builder import World

EDITOR, VIEWER = Role.EDITOR, Role.VIEWER


async def test_a_snapshot_holds_the_whole_list_at_its_position(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, VIEWER))
    label = await world.run(create_label, ana, list_id, "work")
    todo = await builder.add_todo(ana, list_id, "Milk", labels=[label.id])
    trashed = await builder.add_todo(ana, list_id, "Gone")
    await world.run(trash.delete_todo, ana, TodoId(trashed["id"]))

    snapshot = (await builder.request(ben, "GET", f"/lists/{list_id}/snapshot")).json()

    head = (await world.events(list_stream(list_id)))[-1]["seq"]
    assert snapshot["stream"] == snapshot["list"]["stream"]
    assert snapshot["stream"]["seq"] == head
    assert snapshot["list"]["role"] == "viewer"
    assert [member["user"]["name"] for member in snapshot["members"]] == ["Ana", "Ben"]
    assert snapshot["labels"] == [label.model_dump(mode="json")]
    assert snapshot["todos"] == [todo]
    assert snapshot["next_cursor"] is None


async def test_pages_carry_the_position_of_the_first(builder: ListBuilder, world: World) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    ids = await builder.insert_todos(list_id, lists.TODOS_PER_PAGE + 3)

    first = (await builder.request(ana, "GET", f"/lists/{list_id}/snapshot")).json()
    await builder.add_todo(ana, list_id, "Between the pages")
    path = f"/lists/{list_id}/snapshot?cursor={first['next_cursor']}"
    second = (await builder.request(ana, "GET", path)).json()

    assert [todo["id"] for todo in first["todos"]] == ids[:500]
    assert [todo["id"] for todo in second["todos"]][:3] == ids[500:]
    assert second["stream"] == second["list"]["stream"] == first["stream"]
    assert (second["members"], second["labels"]) == ([], [])
    assert second["next_cursor"] is None


@pytest.mark.parametrize("between", ["moved_up", "moved_down", "trashed", "edited", "added"])
async def test_pages_and_the_events_after_them_equal_a_fresh_snapshot(
    builder: ListBuilder, world: World, between: str
) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    ids = [TodoId((await builder.add_todo(ana, list_id, str(number)))["id"]) for number in range(5)]
    pages = [await world.query(read_list, ana, list_id, limit=2)]

    match between:
        case "moved_up":
            await world.run(move.move_todo, ana, ids[4], None, Placement(before_id=ids[0]))
        case "moved_down":
            await world.run(move.move_todo, ana, ids[0], None, Placement(after_id=ids[4]))
        case "trashed":
            await world.run(trash.delete_todo, ana, ids[0])
            await world.run(trash.delete_todo, ana, ids[4])
        case "edited":
            await builder.request(ana, "PATCH", f"/todos/{ids[0]}", {"title": "first"})
            await builder.request(ana, "PATCH", f"/todos/{ids[4]}", {"title": "last"})
        case "added":
            await builder.add_todo(ana, list_id, "new", before_id=ids[0])
    while (cursor := pages[-1].next_cursor) is not None:
        pages.append(await world.query(read_list, ana, list_id, cursor, limit=2))

    todos = [todo.model_dump(mode="json") for page in pages for todo in page.todos]
    events = await world.events(list_stream(list_id), pages[0].stream.seq)
    fresh = await world.query(read_list, ana, list_id)
    assert apply_events(todos, events) == {
        todo.id: todo.model_dump(mode="json") for todo in fresh.todos
    }


async def test_a_page_after_trimmed_events_is_refused(
    builder: ListBuilder, world: World, resources: Resources
) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    await builder.insert_todos(list_id, lists.TODOS_PER_PAGE + 1)
    first = (await builder.request(ana, "GET", f"/lists/{list_id}/snapshot")).json()
    await world.run(edit_list, ana, list_id, ListEdit(name="Other"))
    async with resources.begin() as work:
        (head,) = (await work.lock_streams([list_stream(list_id)])).values()
        await event_log.trim(work.connection, head.stream, head.seq)

    path = f"/lists/{list_id}/snapshot?cursor={first['next_cursor']}"
    answer = await builder.request(ana, "GET", path)

    assert (answer.status_code, answer.json()["code"]) == (409, "reset")


@pytest.mark.parametrize(
    "cursor",
    [
        "x", "é", "W10", "bnVsbA", Cursor("e", -1, 0, "V", "0" * 26).encode(),
        Cursor("e", 1, 0, "\0", "0" * 26).encode(), Cursor("e", 1, 0, "V", "no id").encode(),
        Cursor("e", 2**53, 0, "V", "0" * 26).encode(),
        Cursor("e", 1, -1, "V", "0" * 26).encode(), Cursor("e", 1, 2**31, "V", "0" * 26).encode(),
    ],
)  # fmt: skip
async def test_a_malformed_cursor_is_refused(
    builder: ListBuilder, world: World, cursor: str
) -> None:
    ana = await world.user()
    list_id = await world.list(ana)

    answer = await builder.request(ana, "GET", f"/lists/{list_id}/snapshot?cursor={cursor}")

    assert answer.status_code == 422


async def test_a_cursor_of_another_epoch_is_refused(builder: ListBuilder, world: World) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    cursor = Cursor("another", 1, 0, "V", "0" * 26).encode()

    answer = await builder.request(ana, "GET", f"/lists/{list_id}/snapshot?cursor={cursor}")

    assert (answer.status_code, answer.json()["code"]) == (409, "reset")


async def test_a_snapshot_takes_one_statement_however_large_it_is(
    builder: ListBuilder, world: World, resources: Resources
) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    await builder.insert_todos(list_id, 1)

    async with recorded_statements(resources) as few:
        await world.query(read_list, ana, list_id)
    await builder.insert_todos(list_id, 400)
    for number in range(20):
        await world.run(create_label, ana, list_id, str(number))
    async with recorded_statements(resources) as many:
        await world.query(read_list, ana, list_id)

    assert len(few) == len(many) == 1


async def test_events_equal_the_stored_frames_byte_for_byte(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, VIEWER))
    await world.run(create_label, ana, list_id, "Käse “frisch”")
    stream = (await builder.request(ben, "GET", f"/lists/{list_id}")).json()["stream"]

    answer = await builder.request(
        ben, "GET", f"/lists/{list_id}/events?epoch={stream['epoch']}&since=2"
    )

    async with world.resources.begin_read() as read:
        frames = await read.connection.scalars(
            select(EventRow.frame)
            .where(EventRow.stream_id == list_id, EventRow.seq > 2)
            .order_by(EventRow.seq)
        )
    assert answer.status_code == 200
    assert answer.json()["stream"] == stream
    body = orjson.dumps(stream)
    items = ",".join(frames).encode()
    assert answer.content == b'{"items":[' + items + b'],"stream":' + body + b"}"


async def test_events_come_in_bounded_batches_with_their_position(
    builder: ListBuilder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MAX_EVENTS_PER_CALL", 2)
    ana = await world.user()
    list_id = await world.list(ana)
    await world.run(create_label, ana, list_id, "one")
    stream = (await builder.request(ana, "GET", f"/lists/{list_id}")).json()["stream"]

    seqs, since = [], 0
    while True:
        path = f"/lists/{list_id}/events?epoch={stream['epoch']}&since={since}"
        batch = (await builder.request(ana, "GET", path)).json()
        if not batch["items"]:
            break
        assert len(batch["items"]) <= 2
        seqs += [event["seq"] for event in batch["items"]]
        since = batch["stream"]["seq"]

    assert seqs == [1, 2, 3]
    assert batch["stream"] == stream


@pytest.mark.parametrize("case", ["epoch", "ahead", "trimmed"])
async def test_unavailable_events_are_answered_with_reset(
    builder: ListBuilder, world: World, resources: Resources, case: str
) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    stream = (await builder.request(ana, "GET", f"/lists/{list_id}")).json()["stream"]
    epoch, since = stream["epoch"], stream["seq"]
    if case == "epoch":
        epoch = "another"
    if case == "ahead":
        since += 1
    if case == "trimmed":
        since = 0
        async with resources.begin() as work:
            await work.lock_streams([list_stream(list_id)])
            await event_log.trim(work.connection, list_stream(list_id), 1)

    answer = await builder.request(
        ana, "GET", f"/lists/{list_id}/events?epoch={epoch}&since={since}"
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "reset")


@pytest.mark.parametrize("query", ["", "?epoch=a", "?since=1", "?epoch=a&since=-1",
                                   "?epoch=a&since=9007199254740992", "?epoch=a&since=x"])  # fmt: skip
async def test_events_need_a_position(builder: ListBuilder, world: World, query: str) -> None:
    ana = await world.user()
    list_id = await world.list(ana)

    answer = await builder.request(ana, "GET", f"/lists/{list_id}/events{query}")

    assert answer.status_code == 422


def apply_events(loaded_todos: list[Any], events: Any) -> dict[str, Any]:
    """Apply events to the todos of all pages like a client: keep the higher of two versions."""
    todos: dict[str, Any] = {}
    for todo in loaded_todos:
        _keep_newer(todos, todo)
    for event in events:
        data = event["data"]
        if "todo" in data:
            _keep_newer(todos, data["todo"])
        elif event["event"] in ("todo.deleted", "todo.purged", "todo.moved_out"):
            todos.pop(data["todo_id"], None)
    return todos


def _keep_newer(todos: dict[str, Any], todo: Any) -> None:
    before = todos.get(todo["id"])
    if before is None or todo["version"] >= before["version"]:
        todos[todo["id"]] = todo


async def test_a_snapshot_has_the_todos_by_rank_byte_by_byte_then_by_id(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    ids = [
        (await builder.insert_todos(list_id, 1, rank=rank))[0]
        for rank in ("a", "Z", "9", "a", "aB", "ab")
    ]

    found = await world.query(read_list, ana, list_id)

    tied = sorted([ids[0], ids[3]])
    assert [todo.id for todo in found.todos] == [ids[2], ids[1], *tied, ids[4], ids[5]]


async def test_the_json_of_a_list_equals_its_shapes(builder: ListBuilder, world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ödön 🚲")
    list_id = await world.list(ana, (ben, VIEWER), name='Käse "frisch"\\')
    for name in ("zebra", "Äpfel", "äpfel 2", "apple", "🚲", "\ue000"):
        await world.run(create_label, ana, list_id, name)
    await builder.add_todo(ana, list_id, status="completed")
    await builder.add_todo(ana, list_id)

    answer = (await builder.request(ben, "GET", f"/lists/{list_id}/snapshot")).json()

    async with world.resources.begin_read() as read:
        mine = await read_my_list(read, ben.user_id, list_id)
        members = await read_members(read, ben, list_id)
        labels = await read_labels(read, ben, list_id)
    assert answer["list"] == mine.model_dump(mode="json")
    assert answer["members"] == [member.model_dump(mode="json") for member in members]
    assert answer["labels"] == [label.model_dump(mode="json") for label in labels]
    assert answer == ListSnapshot.model_validate(answer).model_dump(mode="json")
    assert list(answer) == list(ListSnapshot.model_fields)


async def test_later_pages_repeat_the_count_of_the_first_one_without_counting(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user()
    list_id = await builder.make_list({ana: Role.OWNER})
    await builder.insert_todos(list_id, lists.TODOS_PER_PAGE + 1)
    path = f"/lists/{list_id}/snapshot"

    async with recorded_statements(builder.served) as first_read:
        first = (await builder.request(ana, "GET", path)).json()
    await builder.add_todo(ana, list_id)
    async with recorded_statements(builder.served) as second_read:
        answer = await builder.request(ana, "GET", f"{path}?cursor={first['next_cursor']}")

    assert first["list"]["open_count"] == lists.TODOS_PER_PAGE + 1
    assert answer.json()["list"]["open_count"] == first["list"]["open_count"]
    assert ["count(*)" in read[0] for read in (first_read, second_read)] == [True, False]


async def test_an_inbox_is_marked_as_one(builder: ListBuilder, world: World) -> None:
    ana = await world.user()
    inbox = await builder.make_list({ana: Role.OWNER}, inbox_of=ana)

    answer = (await builder.request(ana, "GET", f"/lists/{inbox}/snapshot")).json()

    assert answer["list"]["is_inbox"] is True


async def test_a_snapshot_of_large_todos_comes_in_pages_of_about_a_megabyte(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    ids = await builder.insert_todos(list_id, 30, description="🚲" * 50_000)

    found: list[str] = []
    sizes: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await builder.request(ana, "GET", f"/lists/{list_id}/snapshot{cursor}")
        page = answer.json()
        found += [todo["id"] for todo in page["todos"]]
        sizes.append(len(answer.content))
        cursor = page["next_cursor"] and f"?cursor={page['next_cursor']}"

    assert found == ids
    assert max(sizes) < 2 * MAX_PAGE_BYTES
