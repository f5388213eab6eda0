"""What a list cannot take of a file is reported with the lines of its todos, and the rest is imported."""

import httpx
import orjson
import pytest
from sqlalchemy import update

from shared.actor import Actor
from shared.imports import page_todos
from shared.labels import commands as labels_commands
from shared.resources import Resources
from shared.tables.accounts import UserRow
from shared.todos.commands.create import create_todo
from shared.todos.persistence import ordering
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.imports import Importer
from tests.support.share_links import make_guest, make_link
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from tests.worker.imports.test_hostile_files import problems_of, source_of, stage


@pytest.fixture
async def ana(world: World) -> Actor:
    return await world.user("Ana")


@pytest.fixture
def importer(client: httpx.AsyncClient, resources: Resources, ana: Actor) -> Importer:
    return Importer(client, resources, ana)


async def test_a_full_list_takes_the_todos_that_fit_and_reports_the_others_by_line(
    importer: Importer, world: World, ana: Actor, worker: WorkerHarness,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(ordering, "MAX_TODOS_PER_LIST", 4)
    list_id = await world.list(ana, name="Nearly full")
    await world.run(create_todo, ana, list_id, NewTodo(title="Old"), Placement())
    content = b"- [ ] One\n- [ ] Two\n  - [ ] Below two\n- [ ] Three\n- [ ] Four\n"

    done = await importer.complete(worker, content, "tasks.md", list_id=list_id)

    assert (done["state"], done["todos_created"], done["todos_failed"]) == ("done", 3, 2)
    assert [(each["line"], each["text"]) for each in done["problems"]] == [
        (5, "The list is full: it holds at most 10,000 todos."),
        (3, "The list is full: it holds at most 10,000 todos."),
    ]
    (exported,) = (await importer.export())["lists"]
    assert [todo["title"] for todo in exported["todos"]] == ["Old", "One", "Two", "Three"]


async def test_labels_subtasks_and_assignees_that_a_list_cannot_take_are_reported(
    importer: Importer, world: World, ana: Actor, worker: WorkerHarness,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(labels_commands, "MAX_LABELS_PER_LIST", 1)
    monkeypatch.setattr(page_todos, "MAX_SUBTASKS_PER_TODO", 1)
    ben = await world.user("Ben")
    todos = [
        {"id": "1", "title": "Milk", "labels": ["A"]},
        {"id": "2", "title": "Eggs", "labels": ["A", "B"], "assignees": [{"id": ben.user_id}]},
        {"id": "3", "title": "Brown", "parent_id": "1"},
        {"id": "4", "title": "White", "parent_id": "1"},
        {"id": "5", "title": "Cream", "parent_id": "2"},
    ]
    head = '{"format":"livelist-lists/1","lists":[{"id":"l","name":"L","todos":[\n'
    content = head + ",\n".join(orjson.dumps(todo).decode() for todo in todos) + "]}]}"

    done = await importer.complete(worker, content.encode(), "export.json")

    assert (done["todos_created"], done["todos_failed"]) == (5, 0)
    assert [(each["line"], each["text"]) for each in done["problems"]] == [
        (3, page_todos.NO_LABEL), (3, page_todos.NO_ASSIGNEE), (5, page_todos.STANDS_ALONE),
    ]  # fmt: skip
    (exported,) = (await importer.export())["lists"]
    parents = {todo["title"]: bool(todo["parent_id"]) for todo in exported["todos"]}
    assert parents == {"Milk": False, "Eggs": False, "Brown": True, "White": False, "Cream": True}


async def test_a_guest_among_the_assignees_is_left_out_and_ends_no_import(
    importer: Importer, world: World, ana: Actor, worker: WorkerHarness
) -> None:
    list_id = await world.list(ana)
    link = await make_link(world.resources, ana, list_id)
    guest = (await make_guest(world.resources, link)).actor
    todo = {"id": "1", "title": "Milk", "assignees": [{"id": guest.user_id}, {"id": ana.user_id}]}
    document = {"format": "livelist-lists/1", "lists": [{"id": "l", "todos": [todo]}]}

    done = await importer.complete(worker, orjson.dumps(document), "e.json", list_id=list_id)

    assert (done["state"], done["todos_created"]) == ("done", 1)
    assert [each["text"] for each in done["problems"]] == [page_todos.NO_ASSIGNEE]


def test_long_names_are_shortened_and_reported() -> None:
    content = b'{"format":"livelist-lists/1","lists":[{"id":"l","name":"%s","todos":[%s]}]}' % (
        b"n" * 300,
        orjson.dumps({"id": "1", "title": "t" * 600, "labels": ["l" * 60]}),
    )

    filled = stage(source_of(content))

    assert problems_of(filled) == [
        "The name of a list was shortened to 200 characters.",
        "The title was shortened; the description has the whole.",
        "A label was shortened to 50 characters.",
    ]


async def test_reports_are_in_the_language_of_the_account(
    importer: Importer, world: World, ana: Actor, worker: WorkerHarness,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(ordering, "MAX_TODOS_PER_LIST", 1)
    async with world.resources.begin() as work:
        of_ana = update(UserRow).where(UserRow.id == ana.user_id)
        await work.connection.execute(of_ana.values(language="de"))

    done = await importer.complete(worker, b"Words\n- [ ] One\n- [ ] Two\n", "tasks.md")
    odd = await importer.upload(b"\x00\x01", "odd.bin")
    await worker.run_once()

    assert {each["text"] for each in done["problems"]} == {
        "Weggelassen: Zeilen mit anderem Text (1).",
        "Die Liste ist voll: Sie fasst höchstens 10.000 Aufgaben.",
    }
    assert (await importer.read(odd))[
        "error"
    ] == "Das ist keine Textdatei und kein lesbares Archiv."
