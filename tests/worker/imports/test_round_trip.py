"""A list that is exported, imported and exported again is the same list.

What differs, and why: ids and the instants at which todos were created or changed, since they are new
todos; assignees who are no members of the new list; comments of others, which the importer adds with their
names, but without their earlier texts; reactions of others. Who ended an occurrence, and which subtasks it
had closed, are not in the file.
"""

import random
from datetime import date, timedelta
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import update

from shared.actor import Actor
from shared.clock import as_rfc3339
from shared.comments.commands import add_comment, edit_comment
from shared.comments.reactions import react
from shared.contract.shapes import Colour, CountsFrom, DueDate, DueTime, Role, TodoStatus
from shared.ids import CommentId, FolderId, LabelId, ListId, TodoId
from shared.labels.commands import create_label
from shared.list_exports import json_encoder
from shared.lists.commands import ListEdit, delete_list, edit_list
from shared.lists.placement import (
    PlacementEdit,
    create_folder,
    delete_folder,
    place_list,
    read_folders,
)
from shared.reminders.commands import set_reminder
from shared.reminders.rules import ReminderTrigger
from shared.resources import Resources
from shared.tables.comments import CommentRow
from shared.tables.labels import LabelRow
from shared.tables.lists import ListRow
from shared.tables.reminders import ReminderRow
from shared.tables.todos import OccurrenceRow, TodoRow
from shared.todos.commands.create import create_todo
from shared.todos.commands.edit import edit_todo
from shared.todos.rules.repeat_rule import parse_rule
from shared.todos.rules.repeat_series import RepeatSpec
from shared.todos.rules.todo_edits import NewTodo, Placement, TodoEdit
from tests.support.imports import Importer, comparable
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World

RULES = ("FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=MONTHLY;COUNT=9", "FREQ=YEARLY")
EMOJI = ("\U0001f44d", "\u2764\ufe0f", "\U0001f389")
DUES = (
    None,
    DueDate(date=date(2031, 2, 28)),
    DueTime(at="2031-03-30T02:30:00", zone="Europe/Vienna"),
    DueTime(at="2031-10-26T09:00:00"),
)
# Columns of the tables of a list that are in the file under another name, or not at all, with the reason.
EXPORTED_AS = {
    "lists": {"archived_at": "archived", "inbox_of": "is_inbox"},
    "labels": {"list_id": "list"},
    "todos": {
        "list_id": "list", "due_kind": "due", "due_date": "due", "due_local": "due",
        "due_zone": "due", "rank": "order",
    },
    "comments": {"author_id": "author"},
    "reminders": {"todo_id": "todo"},
    "todo_occurrences": {"number": "order", "before": "due, repeat and status"},
}  # fmt: skip
LEFT_OUT = {
    "lists": {
        "created_by": "its importer owns it", "deleted_at": "the trash is left out",
        "version": "counts changes here", "created_at": "a new list", "updated_at": "a new list",
    },
    "labels": {"id": "known by their names", "name_key": "made of the name", "created_at": "new"},
    "todos": {
        "due_at": "follows from due", "due_sort": "follows from due",
        "last_occurrence": "follows from the past occurrences", "search_text": "made of texts",
        "comment_count": "the number of comments",
        "attachment_count": "the number of files", "completed_by": "becomes the importer",
        "created_by": "becomes the importer", "deleted_at": "the trash is left out",
        "version": "counts changes here", "from_mail": "marks texts of this site's mail",
    },
    "comments": {
        "search_text": "made of the text",
        "id": "new", "mentions": "in the body", "from_mail": "marks texts of this site's mail",
    },
    "reminders": {
        "id": "new", "user_id": "those of the exporting user alone", "snoozed_until": "once",
        "next_fire_at": "follows", "occurrence": "counts firings here", "state": "scheduled anew",
        "sent_at": "history", "detail": "history", "created_at": "new",
    },
    "todo_occurrences": {"ended_by": "becomes the importer"},
}  # fmt: skip


class ListMaker:
    """Makes a list of random todos of Ana, on which Ben comments too."""

    def __init__(self, world: World, ana: Actor, ben: Actor, seed: int) -> None:
        self.world, self.ana, self.ben = world, ana, ben
        self.random = random.Random(seed)

    async def make(self) -> ListId:
        run, choose = self.world.run, self.random.choice
        list_id = await self.world.list(self.ana, (self.ben, Role.EDITOR), name="Trip ✈")
        colour = choose(list(Colour))
        await run(edit_list, self.ana, list_id, ListEdit(colour=colour, icon=choose(["", "🧳"])))
        labels = [
            LabelId((await run(create_label, self.ana, list_id, name, choose(list(Colour)))).id)
            for name in ("Rail", "Büro", "Unused")
        ]
        above: list[TodoId] = []
        for number in range(12):
            fields = self.fields(number, labels[:2])
            if above and self.random.random() < 0.4:
                fields["parent_id"] = choose(above)
            todo = await run(create_todo, self.ana, list_id, NewTodo(**fields), Placement())
            todo_id = TodoId(todo.id)
            if "parent_id" not in fields:
                above.append(todo_id)
            await self.add_details(todo_id, repeats=todo.repeat is not None)
        if self.random.random() < 0.3:
            await run(edit_list, self.ana, list_id, ListEdit(archived=True))
        folder = FolderId((await run(create_folder, self.ana, "Journeys")).id)
        into = PlacementEdit(changes_folder=True, folder_id=folder)
        await run(place_list, self.ana, list_id, into)
        return list_id

    def fields(self, number: int, labels: list[LabelId]) -> dict[str, Any]:
        pick = self.random
        due = pick.choice(DUES)
        repeat = None
        if due is not None and pick.random() < 0.6:
            repeat = RepeatSpec(parse_rule(pick.choice(RULES)))
            if pick.random() < 0.3:
                repeat = RepeatSpec(parse_rule("FREQ=DAILY;INTERVAL=2"), CountsFrom.COMPLETION)
        status = TodoStatus.PENDING if repeat else pick.choice(list(TodoStatus))
        return {
            "title": f"{number} {pick.choice(['Milk', '=1+1', 'Ünï', '<b>'])}",
            "description": pick.choice(["", "Two\nlines", '{"json": "in a text"}']),
            "status": status, "priority": pick.randrange(6), "due": due, "repeat": repeat,
            "metadata": pick.choice([{}, {"seat": [7, None, {"a": "b"}]}]),
            "labels": tuple(pick.sample(labels, pick.randrange(3))),
            "assignees": tuple(
                each.user_id for each in pick.sample([self.ana, self.ben], pick.randrange(3))
            ),
        }  # fmt: skip

    async def add_details(self, todo_id: TodoId, *, repeats: bool) -> None:
        run, pick = self.world.run, self.random
        for number in range(pick.randrange(4)):
            author = pick.choice([self.ana, self.ben])
            body = f"{number} of {author.name}, @[{self.ana.user_id}]\n“quoted”"
            comment = await run(add_comment, author, todo_id, body)
            if pick.random() < 0.3:
                await run(edit_comment, author, todo_id, CommentId(comment.id), f"{body}!")
            for emoji in pick.sample(EMOJI, pick.randrange(3)):
                for reader in (self.ana, self.ben):
                    await run(react, reader, todo_id, CommentId(comment.id), emoji)
        for minutes in pick.sample([-30, 0, 15, 1440], pick.randrange(3)):
            await run(set_reminder, self.ana, todo_id, ReminderTrigger(minutes_before=minutes))
        if pick.random() < 0.4:
            at = (self.world.resources.clock.now() + timedelta(days=9)).replace(microsecond=0)
            await run(set_reminder, self.ana, todo_id, ReminderTrigger(at=at))
        await run(set_reminder, self.ben, todo_id, ReminderTrigger(minutes_before=5))
        for _ in range(pick.randrange(3) if repeats else 0):
            await run(edit_todo, self.ana, todo_id, TodoEdit(status=TodoStatus.COMPLETED))
        if repeats and pick.random() < 0.4:
            # The present occurrence is moved, and the series stays where it is.
            await run(edit_todo, self.ana, todo_id, TodoEdit(due=DueDate(date=date(2032, 1, 9))))


def as_imported(document: dict[str, Any], ana: Actor) -> list[Any]:
    """Return what the second export must be, by the differences that the module names."""
    lists = comparable(document)
    for each in lists:
        for todo in each["todos"]:
            todo["assignees"] = [one for one in todo["assignees"] if one["id"] == ana.user_id]
        for comment in each["comments"]:
            if comment["author"]["id"] != ana.user_id:
                name, day = comment["author"]["name"], "3 May 2026"
                comment["body"] = f"From {name}, {day}:\n{comment['body']}"
                comment["author"] = {"id": ana.user_id, "name": ana.name}
                comment["earlier"] = []
            comment["reactions"] = [
                each for each in comment["reactions"] if each["user"]["id"] == ana.user_id
            ]
    return lists


@pytest.mark.parametrize("seed", range(4))
async def test_a_random_list_is_the_same_after_a_round_trip(
    client: httpx.AsyncClient, resources: Resources, world: World, worker: WorkerHarness, seed: int
) -> None:
    ana = await world.user("Ana")
    importer = Importer(client, resources, ana)
    list_id = await ListMaker(world, ana, await world.user("Ben"), seed).make()
    async with resources.begin() as work:
        # So that the day in the heading of a comment is known.
        day = {"created_at": work.now.replace(2026, 5, 3, 12)}
        await work.connection.execute(update(CommentRow).values(**day))
    first = await importer.export()
    await world.run(delete_list, ana, list_id)
    if seed % 2:
        # Then the import makes it again.
        (folder,) = await world.query(read_folders, ana)
        await world.run(delete_folder, ana, FolderId(folder.id))

    done = await importer.complete(worker, orjson.dumps(first), "export.json")
    second = await importer.export()

    assert (done["state"], done["error"], done["todos_failed"]) == ("done", "", 0)
    texts = {problem["text"] for problem in done["problems"]}
    assert texts <= {"Assignees who are no members of the list were left out."}
    assert comparable(second) == as_imported(first, ana)
    assert second["lists"][0]["folder"] == "Journeys"
    await world.run(delete_list, ana, second["lists"][0]["id"])
    again = await importer.complete(worker, orjson.dumps(second), "export.json")
    assert again["problem_count"] == 0
    assert comparable(await importer.export()) == comparable(second)


async def test_an_import_again_adds_no_comment_and_no_occurrence_twice(
    client: httpx.AsyncClient, resources: Resources, world: World, worker: WorkerHarness
) -> None:
    ana = await world.user("Ana")
    importer = Importer(client, resources, ana)
    list_id = await ListMaker(world, ana, await world.user("Ben"), 1).make()
    content = orjson.dumps(await importer.export())
    await world.run(delete_list, ana, list_id)
    await importer.complete(worker, content, "export.json")
    first = await importer.export()

    again = await importer.complete(worker, content, "export.json")

    assert again["todos_created"] == 0
    assert comparable(await importer.export()) == comparable(first)


async def test_a_reminder_that_is_past_and_a_foreign_present_occurrence_are_reported(
    client: httpx.AsyncClient, resources: Resources, world: World, worker: WorkerHarness
) -> None:
    ana = await world.user("Ana")
    importer = Importer(client, resources, ana)
    anchor = {"date": "2031-01-01"}
    series = {
        "rule": "FREQ=DAILY", "counts_from": "schedule", "anchor": anchor, "day": "2031-01-03",
        "occurrence": 3, "left": None,
    }  # fmt: skip
    past = {
        "todo_id": "t", "outcome": "completed", "ended_at": as_rfc3339(resources.clock.now()),
        "due": anchor, "repeat": series, "status": "pending",
    }  # fmt: skip
    document = {
        "format": "livelist-lists/1",
        "lists": [{
            "id": "l", "name": "L",
            "todos": [{
                "id": "t", "title": "Water", "due": {"date": "2031-01-03"}, "repeat": series,
                "reminders": [{"at": "2020-01-01T00:00:00Z"}, {"minutes_before": 5}],
            }],
            "comments": [{"todo_id": "nowhere", "body": "Lost"}],
            "past_occurrences": [past | {"occurrence": number} for number in (1, 3, 900)],
        }],
    }  # fmt: skip

    done = await importer.complete(worker, orjson.dumps(document), "export.json")

    assert sorted(problem["text"] for problem in done["problems"]) == [
        "2 past occurrences were left out: they are not before the present one.",
        "A comment was left out with its todo, or names none.",
        "A reminder was left out: it is past, or you have as many as you can have.",
    ]
    (exported,) = (await importer.export())["lists"]
    assert exported["todos"][0]["reminders"] == [{"minutes_before": 5}]
    assert exported["todos"][0]["repeat"]["occurrence"] == 3
    assert [each["occurrence"] for each in exported["past_occurrences"]] == [1]


def test_every_column_of_a_list_is_exported_or_left_out_for_a_reason() -> None:
    exported = {
        "lists": {"id", "name", "colour", "icon"},
        "labels": {"name", "colour"},
        "todos": {*json_encoder.PLAIN, "repeat", "completed_at", "created_at", "updated_at"},
        "comments": {"todo_id", "body", "created_at", "edited_at"},
        "reminders": {"at", "minutes_before"},
        "todo_occurrences": {"todo_id", "occurrence", "outcome", "ended_at"},
    }

    for row in (ListRow, LabelRow, TodoRow, CommentRow, ReminderRow, OccurrenceRow):
        name = row.__tablename__
        columns = {column.name for column in row.__table__.columns}
        accounted = [*exported[name], *EXPORTED_AS[name], *LEFT_OUT[name]]
        assert columns == set(accounted), name
        assert len(accounted) == len(set(accounted)), name
