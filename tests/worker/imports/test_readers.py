"""Readers of files of other programs: what they carry, and what they do with a broken line.

The samples have the form of real files, shortened, with other texts. Sources of the forms:

    todoist             https://www.todoist.com/help/articles/format-a-csv-file-to-import-into-todoist-UVUXTmm6
    trello              https://support.atlassian.com/trello/docs/exporting-data-from-trello/, and
                        cardData.js of github.com/a-straube/trello-project-mgmt-dashboard
    vikunja             pkg/models/export.go of github.com/go-vikunja/vikunja
    microsoft           https://learn.microsoft.com/en-us/graph/api/resources/todotask
    google              https://developers.google.com/tasks/reference/rest/v1/tasks, and
                        scripts/artifacts/googleTasks.py of github.com/abrignoni/RLEAPP for Takeout
    ticktick            pkg/modules/migration/ticktick/ticktick.go of github.com/go-vikunja/vikunja
    super_productivity  src/app/features/tasks/task.model.ts of github.com/johannesjo/super-productivity
    icalendar           RFC 5545, section 3.6.2
    todo.txt            https://github.com/todotxt/todo.txt
"""

import json
from datetime import UTC, date, datetime
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest

from shared.contract.interop.imports import ImportKind
from shared.contract.shapes import DueDate, DueTime
from shared.reminders.rules import ReminderTrigger
from worker.imports import kinds
from worker.imports.items import ImportedList, ImportedTodo, Options, Problem
from worker.imports.source import Source

SAMPLES = Path(__file__).with_name("samples")
CHRISTMAS = DueDate(date=date(2026, 12, 24))
# What 08:00 UTC is in Vienna.
CHRISTMAS_MORNING = DueTime(at="2026-12-24T09:00:00", zone="Europe/Vienna")


class Read:
    """What a reader returns for a sample."""

    def __init__(self, name: str, folder: Path = SAMPLES) -> None:
        source = Source(name, lambda: (folder / name).open("rb"))
        self.kind = kinds.detect(source)
        options = Options(zone="Europe/Vienna")
        items = list(kinds.reader_of(source, self.kind)(source, options))
        self.lists = [item for item in items if isinstance(item, ImportedList)]
        self.todos = [item for item in items if isinstance(item, ImportedTodo)]
        self.problems = [item for item in items if isinstance(item, Problem)]
        self.by_title = {todo.title: todo for todo in self.todos}

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.lists]

    def parent_of(self, title: str) -> str | None:
        parent = self.by_title[title].parent_ref
        return next((todo.title for todo in self.todos if todo.ref == parent), None)


@pytest.mark.parametrize(
    ("name", "kind", "lists", "todos", "subtasks"),
    [
        ("livelist.json", ImportKind.LIVELIST, 2, 2, 1),
        ("generic.csv", ImportKind.CSV, 2, 3, 0),
        ("todoist.csv", ImportKind.TODOIST, 1, 4, 2),
        ("trello.json", ImportKind.TRELLO, 1, 4, 2),
        ("vikunja.json", ImportKind.VIKUNJA, 2, 3, 1),
        ("microsoft.json", ImportKind.MICROSOFT, 1, 3, 1),
        ("google.json", ImportKind.GOOGLE, 2, 2, 1),
        ("ticktick.csv", ImportKind.TICKTICK, 1, 2, 1),
        ("super_productivity.json", ImportKind.SUPER_PRODUCTIVITY, 2, 3, 1),
        ("calendar.ics", ImportKind.ICALENDAR, 1, 2, 1),
        ("todo.txt", ImportKind.TODO_TXT, 2, 3, 0),
        ("tasks.md", ImportKind.MARKDOWN, 2, 5, 2),
    ],
)
def test_each_kind_is_detected_and_read_whole(
    name: str, kind: ImportKind, lists: int, todos: int, subtasks: int
) -> None:
    read = Read(name)

    assert read.kind is kind
    assert (len(read.lists), len(read.todos)) == (lists, todos)
    assert sum(1 for todo in read.todos if todo.parent_ref) == subtasks


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("livelist_broken.json", 4),
        ("generic_broken.csv", 3),
        ("todoist_broken.csv", 3),
        ("trello_broken.json", 4),
        ("vikunja_broken.json", 3),
        ("microsoft_broken.json", 3),
        ("google_broken.json", 4),
        ("super_productivity_broken.json", 3),
        ("calendar_broken.ics", 7),
        ("todo_broken.txt", 2),
        ("tasks_broken.text", 3),
    ],
)
def test_a_broken_line_is_reported_by_its_number_and_the_rest_is_read(name: str, line: int) -> None:
    read = Read(name)

    assert line in [problem.line for problem in read.problems]
    assert {"First", "Third"} <= read.by_title.keys()


def test_each_broken_line_of_csv_is_reported() -> None:
    read = Read("generic_broken.csv")

    assert [problem.line for problem in read.problems] == [3, 5, 6]
    assert list(read.by_title) == ["First", "Third", "Last"]
    assert read.by_title["Third"].due is None
    assert read.by_title["Third"].notes == ("The due date cannot be read and was left out.",)


def test_our_own_json_keeps_everything() -> None:
    read = Read("livelist.json")

    train, seats = read.todos
    assert (read.lists[0].colour, read.lists[1].archived) == ("green", True)
    assert read.lists[0].label_colours == {"Rail": "red", "Unused": "blue"}
    assert (train.due, train.anchor) == (CHRISTMAS_MORNING, CHRISTMAS_MORNING)
    assert (train.repeat, train.priority) == ("FREQ=WEEKLY;COUNT=3", 3)
    assert (train.metadata, train.labels) == ({"seat": 7}, ("Rail",))
    assert seats.completed_at == datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_csv_is_read_with_other_separators_names_and_dates() -> None:
    read = Read("generic.csv")

    assert read.names == ["Home", "Work"]
    wall, brushes, formula = read.todos
    assert (wall.title, wall.description, wall.line) == ("Paint; the wall", "Two\nlines", 2)
    assert (wall.due, wall.priority, wall.labels) == (CHRISTMAS, 4, ("weekend", "tools"))
    assert brushes.status == "completed"
    assert (formula.title, formula.due) == ("=SUM(A1)", DueTime(at="2026-12-01T09:30:00"))


def test_csv_is_read_by_the_columns_that_the_user_chose() -> None:
    content = b"what,when\nCall,2026-12-24\n"
    source = Source("calls.csv", lambda: BytesIO(content))

    items = list(kinds.READERS[ImportKind.CSV](source, Options({"title": "what", "due": "when"})))

    assert [(item.title, item.due) for item in items if isinstance(item, ImportedTodo)] == [
        ("Call", CHRISTMAS)
    ]


def test_todoist_has_labels_sections_and_dates_in_words() -> None:
    read = Read("todoist.csv")

    train, plants = read.by_title["Book the train"], read.by_title["Water the plants"]
    assert (train.due, train.priority, train.labels) == (CHRISTMAS, 5, ("rail",))
    assert read.parent_of("Compare prices") == "Book the train"
    assert read.parent_of("Ask Ben") == "Compare prices"
    assert (plants.labels, plants.description) == (("Packing",), "")
    assert plants.repeat == "FREQ=WEEKLY;BYDAY=MO"
    assert read.problems == []


def test_trello_has_columns_as_labels_and_checklists_as_subtasks() -> None:
    read = Read("trello.json")

    assert read.names == ["Kitchen"]
    oven, wall = read.by_title["Order the oven"], read.by_title["Measure the wall"]
    assert (oven.due, oven.labels) == (CHRISTMAS_MORNING, ("To do", "Buy"))
    assert oven.notes == ("Attachments were left out.",)
    assert (wall.status, wall.labels) == ("completed", ("Done", "red"))
    assert read.parent_of("Width") == "Order the oven"
    assert "Of an archived card" not in read.by_title
    assert [problem.text for problem in read.problems] == [
        "Left out: archived cards (1).",
        "Left out: names of checklists (1).",
    ]


def test_vikunja_has_relations_repetitions_and_names_after_tasks() -> None:
    read = Read("vikunja.json")

    assert read.names == ["Garden", "Books"]
    tree, dig = read.by_title["Plant a tree"], read.by_title["Dig"]
    assert (tree.due, tree.repeat, tree.priority) == (
        CHRISTMAS_MORNING, "FREQ=DAILY;INTERVAL=7", 4,
    )  # fmt: skip
    assert (tree.labels, tree.notes) == (("outside",), ())
    assert tree.description == "An apple"
    assert (read.parent_of("Dig"), dig.due, dig.status) == ("Plant a tree", None, "completed")


def test_microsoft_has_checklists_and_recurrences() -> None:
    read = Read("microsoft.json")

    parcel = read.by_title["Fetch the parcel"]
    assert (parcel.due, parcel.repeat) == (CHRISTMAS, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR")
    assert (parcel.description, parcel.priority) == ("At the **kiosk** & before\n\nnoon", 4)
    assert read.parent_of("Take the card") == "Fetch the parcel"
    assert read.by_title["Return books"].status == "completed"


def test_google_has_days_links_and_parents() -> None:
    read = Read("google.json")

    dentist = read.by_title["Call the dentist"]
    assert read.names == ["My Tasks", "Nothing yet"]
    assert dentist.due == CHRISTMAS
    assert dentist.description == "Ask for a morning\nhttps://mail.google.com/x"
    assert read.parent_of("Find the number") == "Call the dentist"


def test_ticktick_has_all_day_dates_and_rules() -> None:
    read = Read("ticktick.csv")

    windows, soap = read.by_title["Clean windows"], read.by_title["Buy soap"]
    assert (windows.due, windows.repeat) == (CHRISTMAS_MORNING, "FREQ=WEEKLY;INTERVAL=1")
    assert (windows.labels, windows.priority) == (("spring", "water"), 5)
    assert (soap.due, soap.status) == (DueDate(date=date(2026, 12, 23)), "completed")
    assert [problem.text for problem in read.problems] == ["This is a note and no task."]


def test_the_inbox_of_a_file_is_no_second_inbox(tmp_path: Path) -> None:
    sample = (SAMPLES / "livelist.json").read_text()
    (tmp_path / "livelist.json").write_text(
        sample.replace('"is_inbox":false', '"is_inbox":true', 1)
    )

    read = Read("livelist.json", tmp_path)

    assert read.names == ["Inbox (imported)", "Empty"]


def test_super_productivity_has_its_archive_too() -> None:
    read = Read("super_productivity.json")

    talk, slides = read.by_title["Write the talk"], read.by_title["Slides"]
    assert read.names == ["Conference", "Inbox"]
    assert (talk.due, talk.labels) == (CHRISTMAS_MORNING, ("deep",))
    assert talk.notes == ("How it repeats was left out.",)
    assert (read.parent_of("Slides"), slides.status) == ("Write the talk", "completed")
    assert read.by_title["Register"].status == "completed"


def test_a_calendar_has_zones_parents_and_categories() -> None:
    read = Read("calendar.ics")

    parcel, card = read.by_title["Fetch the parcel, today"], read.by_title["Take the card"]
    assert read.names == ["Errands"]
    assert (parcel.due, parcel.priority) == (CHRISTMAS_MORNING, 5)
    assert (set(parcel.labels), parcel.notes) == ({"post", "town"}, ())
    assert parcel.reminders == (ReminderTrigger(minutes_before=15),)
    assert read.parent_of("Take the card") == "Fetch the parcel, today"
    assert card.completed_at == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert [problem.text for problem in read.problems] == [
        "Left out: events and notes of the calendar (1)."
    ]


def test_todo_txt_has_priorities_projects_and_contexts() -> None:
    read = Read("todo.txt")

    mum, letter, plants = read.todos
    assert read.names == ["family", "todo"]
    assert (mum.title, mum.priority, mum.due, mum.labels) == ("Call Mum", 5, CHRISTMAS, ("phone",))
    assert (letter.title, letter.status, letter.priority) == ("Post the letter", "completed", 4)
    assert letter.completed_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert plants.notes == ("How it repeats was left out.",)


def test_markdown_has_headings_indents_and_escapes() -> None:
    read = Read("tasks.md")

    wall = read.by_title["Paint *the* wall"]
    assert read.names == ["Home", "Garden"]
    assert (wall.due, wall.labels, wall.description) == (CHRISTMAS, ("weekend",), "With two coats.")
    assert read.parent_of("Buy paint") == "Paint *the* wall"
    assert read.parent_of("Compare prices") == "Buy paint"
    assert read.by_title["Move the piano"].status == "cancelled"
    assert read.by_title["Dig"].status == "in_progress"


def read_text(kind: ImportKind, *files: tuple[str, str]) -> list[ImportedTodo | Problem]:
    """Return the todos and problems of files that are given as text."""
    items: list[ImportedTodo | Problem] = []
    for name, content in files:
        source = Source(name, partial(BytesIO, content.encode()))
        found = kinds.READERS[kind](source, Options(zone="Europe/Vienna"))
        items += [item for item in found if isinstance(item, ImportedTodo | Problem)]
    return items


def test_todoist_says_what_it_leaves_out_and_keeps_projects_of_one_name_apart() -> None:
    head = "TYPE,CONTENT,INDENT,RESPONSIBLE,DURATION,DURATION_UNIT,DEADLINE\n"
    rows = "task,Pack,1,Ben (2),30,minute,2026-12-24\ntask,Fold,2,,None,None,\n"

    first, _, second, below = read_text(
        ImportKind.TODOIST, ("Home [1].csv", head + rows), ("Home [2].csv", head + rows)
    )

    assert isinstance(first, ImportedTodo)
    assert isinstance(below, ImportedTodo)
    assert isinstance(second, ImportedTodo)
    assert first.notes == (
        "Who it is assigned to was left out.", "The duration was left out.", "The deadline was left out.",
    )  # fmt: skip
    assert below.notes == ()
    assert first.list_key != second.list_key
    assert first.ref != below.parent_ref == second.ref


def test_trello_leaves_out_cards_of_archived_columns_and_says_what_else() -> None:
    board = {
        "id": "b", "name": "Board",
        "lists": [{"id": "l1", "name": "Now"}, {"id": "l2", "name": "Old", "closed": True}],
        "cards": [
            {"id": "c1", "idList": "l1", "name": "Oven", "start": "2026-12-01T08:00:00.000Z",
             "idMembers": ["m"], "customFieldItems": [{"id": "f"}]},
            {"id": "c2", "idList": "l2", "name": "Put away", "closed": False},
        ],
        "checklists": [
            {"idCard": "c1", "checkItems": [
                {"id": "i", "name": "Width", "due": "2026-12-24T08:00:00.000Z", "idMember": "m"},
            ]},
        ],
    }  # fmt: skip

    oven, width, *problems = read_text(ImportKind.TRELLO, ("b.json", json.dumps(board)))

    assert isinstance(oven, ImportedTodo)
    assert isinstance(width, ImportedTodo)
    assert oven.notes == (
        "Who it is assigned to was left out.", "The start date was left out.", "Custom fields were left out.",
    )  # fmt: skip
    assert (width.due, width.notes) == (CHRISTMAS_MORNING, ("Who it is assigned to was left out.",))
    assert problems == [Problem(0, "Left out: archived cards (1).")]


def test_google_leaves_out_deleted_tasks_and_says_that_fields_are_unknown() -> None:
    tasks = [
        {"id": "1", "title": "Call", "assignmentInfo": {"linkToTask": "https://docs.google.com/x"}},
        {"id": "2", "title": "Gone", "deleted": True},
    ]
    content = json.dumps({"items": [{"id": "l", "title": "L", "items": tasks}]})

    call, gone = read_text(ImportKind.GOOGLE, ("Tasks.json", content))

    assert isinstance(call, ImportedTodo)
    assert call.notes == ("Fields that are not known were left out.",)
    assert gone == Problem(1, "This task was deleted.")
