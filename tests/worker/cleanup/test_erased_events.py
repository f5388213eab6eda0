"""The job that erases names from events: one reading of the log for many users, in pages, restartable."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, insert, select

from shared import failpoints
from shared.comments.commands import add_comment, delete_comment, edit_comment
from shared.contract.jobs import EraseEvents, EraseFromEvents
from shared.contract.shapes import Role
from shared.ids import CommentId, TodoId
from shared.resources import Resources
from shared.share_links.links import revoke_link
from shared.tables.interop.calendar_objects import CalendarObjectRow
from shared.tables.jobs import JobRow
from shared.tables.streams import EventRow
from shared.tables.todos import OccurrenceRow
from shared.todos.commands.complete import skip_occurrence
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.caldav_client import caldav_client, occurrence_part
from tests.support.clock import ManualClock
from tests.support.share_links import make_guest, make_link
from tests.support.worker.table_rows import column_values, run_chore
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.cleanup import erased_events
from worker.cleanup.guests import GUEST_RETENTION

GUESTS = 50


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where the pages begin that are read of the log."""
    begins: list[tuple[str, int]] = []
    read_page = erased_events._read_page

    async def remember(resources: Resources, after: tuple[str, int]) -> Any:
        begins.append(after)
        return await read_page(resources, after)

    monkeypatch.setattr(erased_events, "_read_page", remember)
    return begins


async def _delete_guests(resources: Resources, world: World, count: int) -> None:
    """Make guests with names that occur in events, and delete them after their time."""
    clock = ManualClock(resources.clock.now())
    resources.clock = clock
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    link = await make_link(resources, ana, list_id)
    for number in range(count):
        await make_guest(resources, link, f"Zqxmarker {number}")
    await world.run(revoke_link, ana, list_id, link.id)
    clock.advance(GUEST_RETENTION + timedelta(hours=1))
    await run_chore(resources, "guests")


async def _frames_with_names(resources: Resources) -> list[str]:
    frames = await column_values(resources, EventRow.frame)
    return [frame for frame in frames if "Zqxmarker" in frame]


async def test_the_log_is_read_once_for_all_guests_that_are_deleted_together(
    resources: Resources, world: World, worker: WorkerHarness, pages: list[tuple[str, int]]
) -> None:
    await _delete_guests(resources, world, GUESTS)
    before = await _frames_with_names(resources)

    for _ in range(3):
        await worker.run_once()

    assert len(before) >= GUESTS
    assert await _frames_with_names(resources) == []
    # The second page is the end.
    assert len(pages) == 2


async def test_an_interrupted_erasure_goes_on_where_it_stopped(
    resources: Resources,
    world: World,
    worker: WorkerHarness,
    pages: list[tuple[str, int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(erased_events, "PAGE_EVENTS", 2)
    monkeypatch.setattr(erased_events, "_PAGE", erased_events._page_statement())
    await _delete_guests(resources, world, 5)

    failpoints.arm("events_erased:raise:2")
    try:
        await worker.run_once()
    finally:
        failpoints.arm("")
    interrupted, read_before = await _frames_with_names(resources), len(pages)
    for _ in range(3):
        await worker.run_once()

    assert interrupted
    assert await _frames_with_names(resources) == []
    assert pages[read_before] > pages[read_before - 1] > ("", 0)
    assert len(pages) == len(set(pages))


async def test_a_page_is_bounded_in_bytes(resources: Resources, world: World) -> None:
    list_id = await world.list(await world.user("Ana"))
    frame = "x" * (erased_events.PAGE_BYTES // 3)
    rows = [
        {"stream_id": list_id, "seq": 100 + n, "event": "x", "at": resources.clock.now(), "frame": frame}
        for n in range(10)
    ]  # fmt: skip
    async with resources.begin() as work:
        await work.connection.execute(insert(EventRow), rows)

    sizes, after = [], (str(list_id), 99)
    while page := await erased_events._read_page(resources, after):
        sizes.append(sum(len(row.frame) for row in page))
        after = (page[-1].stream_id, page[-1].seq)

    assert len(sizes) >= 3
    assert max(sizes) < erased_events.PAGE_BYTES + len(frame)


async def test_the_job_of_the_release_before_is_still_run(
    resources: Resources, world: World, worker: WorkerHarness
) -> None:
    await _delete_guests(resources, world, 1)
    async with resources.begin() as work:
        [payload] = await work.connection.scalars(
            select(JobRow.payload).where(JobRow.kind == EraseFromEvents.kind)
        )
        [user_id] = payload["user_ids"]
        await work.connection.execute(delete(JobRow))
    async with resources.begin() as work:
        work.add_job(EraseEvents(user_id=user_id))

    await worker.run_once()

    assert await _frames_with_names(resources) == []


async def test_no_event_keeps_earlier_or_deleted_texts_of_an_erased_user_for_undo(
    resources: Resources, world: World, worker: WorkerHarness
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, Role.EDITOR))
    todo = await world.run(create_todo, ana, list_id, NewTodo(title="Milk"), Placement())
    for author, text in ((ana, "Kept"), (ben, "Zqxmarker")):
        edited = await world.run(add_comment, author, TodoId(todo.id), f"{text} one")
        await world.run(edit_comment, author, TodoId(todo.id), CommentId(edited.id), f"{text} two")
        # An owner deletes it: the frame names the author no more.
        await world.run(delete_comment, ana, TodoId(todo.id), CommentId(edited.id))
    async with resources.begin() as work:
        work.add_job(EraseFromEvents(user_ids=(ben.user_id,)))

    await worker.run_once()

    contexts = await column_values(resources, EventRow.context)
    texts = " ".join(context for context in contexts if context)
    assert "Zqxmarker" not in texts
    assert texts.count("Kept one") == texts.count("Kept two") == 1


async def test_endings_of_occurrences_to_come_keep_no_author_who_is_erased(
    resources: Resources, world: World, worker: WorkerHarness, client: httpx.AsyncClient
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, Role.EDITOR))
    daily = ("SUMMARY:Water", "RRULE:FREQ=DAILY", "DUE;VALUE=DATE:20990101")
    parts = [occurrence_part(f";VALUE=DATE:2099010{day}", "COMPLETED") for day in (2, 3)]
    for author, ended in ((ana, parts[0]), (ben, (*parts[0], *parts[1]))):
        app = await caldav_client(client, resources, author)
        assert (await app.put(list_id, "a1.ics", *daily, *ended)).is_success
    async with resources.begin() as work:
        work.add_job(EraseFromEvents(user_ids=(ana.user_id,)))

    await worker.run_once()

    async with resources.begin_read() as read:
        columns = select(CalendarObjectRow.todo_id, CalendarObjectRow.ended_in_advance)
        row = (await read.connection.execute(columns)).one()
    assert [by for _, _, by in row.ended_in_advance.values()] == [None, ben.user_id]
    await world.run(skip_occurrence, ben, TodoId(row.todo_id), 1)
    async with resources.begin_read() as read:
        rows = await read.connection.execute(
            select(OccurrenceRow.occurrence, OccurrenceRow.ended_by)
        )
    assert {row.occurrence: row.ended_by for row in rows} == {
        1: ben.user_id, 2: None, 3: ben.user_id,
    }  # fmt: skip
