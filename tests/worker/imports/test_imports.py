"""Imports from the upload to the todos: the preview, the import, and what may not happen in between."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta

import httpx
import orjson
import pytest
from sqlalchemy import func, select, update

from shared.actor import Actor
from shared.contract.shapes import DueDate, DueTime, Role, TodoStatus
from shared.ids import ImportId, LabelId, TodoId, user_stream
from shared.imports import commands
from shared.labels.commands import create_label
from shared.lists.commands import delete_list
from shared.reminders.commands import set_reminder
from shared.reminders.rules import ReminderTrigger
from shared.resources import Resources
from shared.tables.interop.import_chunks import ImportChunkRow
from shared.tables.interop.imports import ImportRow
from shared.todos.commands.create import create_todo
from shared.todos.rules.repeat_rule import parse_rule
from shared.todos.rules.repeat_series import RepeatSpec
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.imports import IMPORTS, Importer, comparable
from tests.support.worker.table_rows import run_chore
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from tests.worker.imports.test_readers import SAMPLES
from worker.imports import running
from worker.imports.archive_files import ArchiveFiles

MARKDOWN = (SAMPLES / "tasks.md").read_bytes()


@pytest.fixture
async def ana(world: World) -> Actor:
    return await world.user("Ana")


@pytest.fixture
def importer(client: httpx.AsyncClient, resources: Resources, ana: Actor) -> Importer:
    return Importer(client, resources, ana)


async def fill(world: World, ana: Actor) -> None:
    list_id = await world.list(ana, name="Trip")
    rail = await world.run(create_label, ana, list_id, "Rail")
    await world.run(create_label, ana, list_id, "Unused")
    due = DueTime(at="2030-12-24T09:00:00", zone="Europe/Vienna")
    train = await world.run(
        create_todo, ana, list_id,
        NewTodo(
            title="=Book", description="Two\nlines", priority=3, due=due, labels=(LabelId(rail.id),),
            repeat=RepeatSpec(parse_rule("FREQ=WEEKLY;COUNT=4")), metadata={"seat": [7, None]},
            assignees=(ana.user_id,),
        ),
        Placement(),
    )  # fmt: skip
    for trigger in (
        ReminderTrigger(minutes_before=90),
        ReminderTrigger(
            at=(world.resources.clock.now() + timedelta(days=2)).replace(microsecond=0)
        ),
    ):
        await world.run(set_reminder, ana, TodoId(train.id), trigger)
    for fields in (
        {"title": "Hotel", "status": TodoStatus.COMPLETED},
        {"title": "Seats", "parent_id": train.id, "due": DueDate(date=date(2030, 12, 1))},
        {
            "title": "Later",
            "due": DueTime(at="2030-12-01T10:00:00"),
            "status": TodoStatus.CANCELLED,
        },
    ):
        await world.run(create_todo, ana, list_id, NewTodo(**fields), Placement())
    await world.list(ana, name="Empty")


async def test_an_export_that_is_imported_is_exported_alike(
    importer: Importer, world: World, ana: Actor, worker: WorkerHarness
) -> None:
    await fill(world, ana)
    first = await importer.export()
    for exported in first["lists"]:
        await world.run(delete_list, ana, exported["id"])

    done = await importer.complete(worker, orjson.dumps(first), "export.json")

    assert (done["state"], done["kind"], done["todos_created"]) == ("done", "livelist", 4)
    assert (done["problem_count"], done["error"]) == (0, "")
    second = await importer.export()
    assert comparable(second) == comparable(first)
    assert {each["id"] for each in first["lists"]}.isdisjoint(
        each["id"] for each in second["lists"]
    )


async def test_an_exported_calendar_is_imported_with_its_lists(
    importer: Importer, world: World, ana: Actor, worker: WorkerHarness
) -> None:
    await fill(world, ana)
    path = "/api/v1/users/me/list-export?format=icalendar"
    calendar = (await importer.client.get(path, headers=importer.headers)).content
    first = await importer.export()
    for exported in first["lists"]:
        await world.run(delete_list, ana, exported["id"])

    done = await importer.complete(worker, calendar, "lists.ics")

    assert (done["kind"], done["todos_created"]) == ("icalendar", 4), done
    second = await importer.export()
    titles = [[todo["title"] for todo in each["todos"]] for each in second["lists"]]
    assert titles == [["=Book", "Seats", "Hotel", "Later"]]
    for before, after in zip(first["lists"][0]["todos"], second["lists"][0]["todos"], strict=True):
        for name in ("due", "repeat", "status", "priority", "labels", "description", "reminders"):
            assert after[name] == before[name], (before["title"], name)


@pytest.mark.parametrize(
    "name", sorted(path.name for path in SAMPLES.iterdir() if "_broken" not in path.name)
)
async def test_the_same_file_twice_is_imported_once(
    importer: Importer, world: World, ana: Actor, worker: WorkerHarness, name: str
) -> None:
    content = (SAMPLES / name).read_bytes()
    first = await importer.complete(worker, content, name)
    before = await importer.export()

    second = await importer.complete(worker, content, name)

    assert (second["state"], second["todos_created"]) == ("done", 0)
    assert second["todos_skipped"] == first["todos_created"] > 0
    after = await importer.export()
    assert after["lists"] == before["lists"]


async def test_the_preview_shows_what_would_come_and_changes_nothing(
    importer: Importer, worker: WorkerHarness
) -> None:
    preview = await importer.preview(worker, MARKDOWN, "tasks.md")

    assert (preview["state"], preview["kind"], preview["todos_total"]) == ("ready", "markdown", 5)
    assert preview["lists"] == [
        {"name": "Home", "folder": "", "todos": 4}, {"name": "Garden", "folder": "", "todos": 1},
    ]  # fmt: skip
    assert [(todo["title"], todo["is_subtask"]) for todo in preview["sample"]] == [
        ("Paint *the* wall", False),
        ("Buy paint", True),
        ("Compare prices", True),
        ("Move the piano", False),
        ("Dig", False),
    ]
    assert preview["problems"] == [
        {"line": 0, "text": "Left out: lines of other text (1)."},
        {"line": 8, "text": "A subtask of a subtask became one of the todo at the top."},
    ]
    assert (await importer.export())["lists"] == []


async def test_all_todos_go_into_the_list_that_was_chosen(
    importer: Importer, world: World, ana: Actor, worker: WorkerHarness
) -> None:
    list_id = await world.list(ana, name="All")

    await importer.complete(worker, MARKDOWN, "tasks.md", list_id=list_id)

    (exported,) = (await importer.export())["lists"]
    assert (exported["id"], len(exported["todos"])) == (list_id, 5)


async def test_who_may_not_write_to_the_list_cannot_import_into_it(
    importer: Importer, world: World, ana: Actor, worker: WorkerHarness
) -> None:
    ben = await world.user("Ben")
    viewed = await world.list(ben, (ana, Role.VIEWER))
    foreign = await world.list(ben)

    answers = [
        (await importer.send(MARKDOWN, "tasks.md", list_id=list_id)).status_code
        for list_id in (viewed, foreign)
    ]

    assert answers == [403, 404]


async def test_the_right_is_asked_for_again_when_the_import_runs(
    importer: Importer, world: World, ana: Actor, worker: WorkerHarness
) -> None:
    list_id = await world.list(ana)
    import_id = await importer.upload(MARKDOWN, "tasks.md", list_id=list_id)
    await worker.run_once()
    await world.run(delete_list, ana, list_id)

    await importer.post(import_id, "start")
    await worker.run_once()

    failed = await importer.read(import_id)
    assert (failed["state"], failed["todos_created"]) == ("failed", 0)
    assert failed["error"] == "You may no longer add todos to the list."


async def test_a_file_is_read_in_another_way(
    importer: Importer, worker: WorkerHarness, client: httpx.AsyncClient
) -> None:
    first = await importer.preview(worker, b"what,when\nCall,2030-12-24\n", "calls.csv")
    answer = await client.patch(
        f"{IMPORTS}/{first['id']}",
        json={"kind": "csv", "columns": {"title": "what", "due": "when"}},
        headers=importer.headers,
    )
    await worker.run_once()

    assert (first["state"], first["error"]) == (
        "failed", "No column of the file is called title: choose which one it is.",
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    # So that a form can show the columns to choose from, and those that were chosen.
    assert (first["kind"], first["header"]) == ("csv", ["what", "when"])
    second = await importer.read(first["id"])
    assert (second["state"], second["header"]) == ("ready", ["what", "when"])
    assert (second["columns"]["title"], second["columns"]["due"]) == ("what", "when")
    assert [todo["title"] for todo in second["sample"]] == ["Call"]


async def test_a_cancelled_import_stays_cancelled_and_its_file_is_deleted(
    importer: Importer, worker: WorkerHarness, resources: Resources
) -> None:
    preview = await importer.preview(worker, MARKDOWN, "tasks.md")
    await importer.post(preview["id"], "start")

    cancelled = await importer.post(preview["id"], "cancel")
    again = await importer.post(preview["id"], "cancel")
    await worker.run_once()
    await run_chore(resources, "import_chunks")

    assert (cancelled.status_code, again.status_code) == (200, 409)
    assert again.json()["code"] == "import_state"
    read = await importer.read(preview["id"])
    assert (read["state"], read["todos_created"]) == ("cancelled", 0)
    assert (await importer.export())["lists"] == []
    async with resources.begin_read() as connection:
        count = select(func.count()).select_from(ImportChunkRow)
        assert await connection.connection.scalar(count) == 0


async def test_an_old_import_is_deleted_with_its_file(
    importer: Importer, worker: WorkerHarness, resources: Resources
) -> None:
    preview = await importer.preview(worker, MARKDOWN, "tasks.md")
    async with resources.begin() as work:
        await work.connection.execute(
            update(ImportRow).values(expires_at=work.now - timedelta(seconds=1))
        )

    for chore in ("import_chunks", "imports"):
        await run_chore(resources, chore)

    answer = await importer.client.get(f"{IMPORTS}/{preview['id']}", headers=importer.headers)
    assert answer.status_code == 404
    async with resources.begin_read() as read:
        for table in (ImportRow, ImportChunkRow):
            assert await read.connection.scalar(select(func.count()).select_from(table)) == 0


async def test_three_imports_may_wait(importer: Importer) -> None:
    for _ in range(commands.MAX_UNFINISHED):
        await importer.upload(b"Milk\n", "todo.txt")

    refused = await importer.send(b"Milk\n", "todo.txt")

    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_imports")


async def test_an_empty_file_is_refused_and_leaves_nothing(importer: Importer) -> None:
    refused = await importer.send(b"", "todo.txt")

    assert (refused.status_code, refused.json()["detail"]) == (422, "The file is empty.")
    listed = await importer.client.get(IMPORTS, headers=importer.headers)
    assert listed.json()["items"] == []


async def test_a_file_that_is_too_large_leaves_nothing(
    importer: Importer, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "MAX_FILE_BYTES", 3_000_000)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield b"x" * 500_000

    refused = await importer.send(endless(), "todo.txt")

    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    async with resources.begin_read() as read:
        assert await read.connection.scalar(select(func.count()).select_from(ImportRow)) == 0


async def test_a_completed_todo_keeps_its_instant(
    importer: Importer, worker: WorkerHarness
) -> None:
    content = b"x 2026-11-20 2026-11-01 Post the letter +family\n"

    await importer.complete(worker, content, "todo.txt")

    ((todo,),) = [each["todos"] for each in (await importer.export())["lists"]]
    assert (todo["status"], todo["completed_at"]) == ("completed", "2026-11-20T00:00:00.000000Z")


async def test_clients_see_an_import_in_events(
    importer: Importer, world: World, ana: Actor, worker: WorkerHarness
) -> None:

    await importer.complete(worker, b"".join(b"Todo %d\n" % n for n in range(250)), "todo.txt")

    events = await world.events(user_stream(ana.user_id))
    states = [
        (event["data"]["file_import"]["state"], event["data"]["file_import"]["todos_done"])
        for event in events
        if event["event"] == "import.changed"
    ]
    assert states == [
        ("previewing", 0), ("ready", 0), ("running", 0), ("running", 100), ("running", 200),
        ("running", 250), ("done", 250),
    ]  # fmt: skip


async def test_an_import_that_failed_is_started_again_after_another_preview(
    importer: Importer, world: World, ana: Actor, worker: WorkerHarness
) -> None:
    list_id = await world.list(ana)
    import_id = await importer.upload(MARKDOWN, "tasks.md", list_id=list_id)
    await worker.run_once()
    await world.run(delete_list, ana, list_id)
    await importer.post(import_id, "start")
    await worker.run_once()

    await importer.client.patch(f"{IMPORTS}/{import_id}", json={}, headers=importer.headers)
    await worker.run_once()
    await importer.post(import_id, "start")
    await worker.run_once()

    done = await importer.read(import_id)
    assert (done["state"], done["todos_created"]) == ("done", 5)


async def test_files_that_cannot_be_read_do_not_pile_up(
    importer: Importer, worker: WorkerHarness, resources: Resources
) -> None:
    for _ in range(commands.MAX_UNFINISHED + 2):
        failed = await importer.preview(worker, b"%PDF-1.7 binary", "scan.pdf")
        assert failed["state"] == "failed"

    async with resources.begin_read() as read:
        count = select(func.count()).select_from(ImportRow)
        assert await read.connection.scalar(count) == 1


async def test_two_imports_of_a_file_at_the_same_time_create_each_list_once(
    importer: Importer, worker: WorkerHarness, resources: Resources
) -> None:
    content = b"".join(b"Todo %d +home\n" % number for number in range(300))
    import_ids = [await importer.upload(content, "todo.txt") for _ in range(2)]
    await worker.run_once()
    for import_id in import_ids:
        await importer.post(import_id, "start")

    async def add_pages(import_id: str) -> None:
        archive = ArchiveFiles(resources, ImportId(import_id))
        while await running._add_next_page(resources, ImportId(import_id), archive):
            pass

    await asyncio.gather(*(add_pages(import_id) for import_id in import_ids))

    (exported,) = (await importer.export())["lists"]
    assert len(exported["todos"]) == 300
