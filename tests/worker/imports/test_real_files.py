"""What real files hold beside titles: days as instants, comments, reminders and positions."""

import json
from typing import Any

import pytest

from shared.contract.interop.imports import ImportKind
from tests.worker.imports.test_hostile_files import pages_of, problems_of, source_of, stage
from tests.worker.imports.test_readers import SAMPLES
from worker.imports.items import Options
from worker.imports.kinds import detect

VIENNA = Options(zone="Europe/Vienna")
CHRISTMAS = {"date": "2026-12-24"}


def fields_of(
    kind: ImportKind, document: Any, options: Options = VIENNA
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return the fields of the todos by title, in their order, and the problems of the file."""
    content = document if isinstance(document, str) else json.dumps(document)
    filled = stage(source_of(content.encode()), kind, options)
    todos = [todo["fields"] for page in pages_of(filled) for todo in page["todos"]]
    return {todo["title"]: todo for todo in todos}, problems_of(filled)


def microsoft(*tasks: dict[str, Any]) -> list[Any]:
    return [{"id": "l", "displayName": "Home", "tasks": list(tasks)}]


@pytest.mark.parametrize(
    ("at", "zone", "of_account"),
    [
        # Midnight in Vienna, for an account of Vienna, and for one of a neighbour.
        ("2026-12-23T23:00:00.0000000", "UTC", "Europe/Vienna"),
        ("2026-12-23T23:00:00.0000000", "UTC", "Europe/London"),
        ("2026-12-23T22:00:00.0000000", "UTC", "Europe/Vienna"),
        ("2026-12-23T23:00:00Z", None, "Europe/Vienna"),
        ("2026-12-24T05:00:00.0000000", "UTC", "America/New_York"),
        ("2026-12-23T15:00:00.0000000", "UTC", "Asia/Tokyo"),
        # A day without a zone, and one in the zone of the file.
        ("2026-12-24T00:00:00.0000000", "UTC", "America/New_York"),
        ("2026-12-24T00:00:00.0000000", "W. Europe Standard Time", "UTC"),
        ("2026-12-24", None, "Asia/Tokyo"),
    ],
)
def test_a_day_of_microsoft_is_midnight_in_the_zone_of_the_account(
    at: str, zone: str | None, of_account: str
) -> None:
    task = {"id": "1", "title": "Milk", "dueDateTime": {"dateTime": at, "timeZone": zone}}

    todos, problems = fields_of(ImportKind.MICROSOFT, microsoft(task), Options(zone=of_account))

    assert (todos["Milk"]["due"], problems) == (CHRISTMAS, [])


def comments_of(kind: ImportKind, document: Any, options: Options = VIENNA) -> list[Any]:
    """Return body and instant of each comment, in their order."""
    filled = stage(source_of(json.dumps(document).encode()), kind, options)
    assert problems_of(filled) == []
    comments = [each["fields"] for page in pages_of(filled) for each in page.get("comments", ())]
    return [(each["body"], each["created_at"]) for each in comments]


def trello(*actions: dict[str, Any], **card: Any) -> dict[str, Any]:
    return {
        "id": "b", "name": "Board", "actions": list(actions),
        "cards": [{"id": "c", "idList": "l", "name": "Milk", **card}],
    }  # fmt: skip


def comment_of_card(text: str, day: int, kind: str = "commentCard") -> dict[str, Any]:
    return {
        "type": kind, "date": f"2026-05-0{day}T09:00:00.000Z", "memberCreator": {"fullName": "Ben"},
        "data": {"text": text, "card": {"id": "c"}},
    }  # fmt: skip


def test_comments_of_trello_come_oldest_first_with_who_wrote_them() -> None:
    board = trello(
        comment_of_card("Two", 2),
        comment_of_card("Copied", 3, "copyCommentCard"),
        comment_of_card("One", 1),
    )

    assert comments_of(ImportKind.TRELLO, board) == [
        (f"From Ben, {day} May 2026:\n{text}", f"2026-05-0{day}T09:00:00.000000Z")
        for day, text in ((1, "One"), (2, "Two"), (3, "Copied"))
    ]


def test_comments_of_vikunja_are_markdown_and_without_a_writer_the_importers() -> None:
    ben = {"id": 2, "name": "", "username": "ben"}
    comments = [
        {"comment": "<p>One</p><ul><li><p>a</p></li></ul>", "created": "2026-05-01T09:00:00Z"},
        {"comment": "<p>Two</p>", "author": ben, "created": "2026-05-02T09:00:00Z"},
    ]
    project = {
        "id": 1,
        "title": "Home",
        "tasks": [{"id": 1, "title": "Milk", "comments": comments}],
    }
    ana = Options(zone="Europe/Vienna", user_id="ana")

    assert comments_of(ImportKind.VIKUNJA, [project], ana) == [
        ("One\n\n- a", "2026-05-01T09:00:00.000000Z"),
        ("From ben, 2 May 2026:\nTwo", "2026-05-02T09:00:00.000000Z"),
    ]


def minutes(*before: int) -> list[dict[str, Any]]:
    return [{"at": None, "minutes_before": each} for each in before]


def instants(*at: str) -> list[dict[str, Any]]:
    return [{"at": each, "minutes_before": None} for each in at]


def ticktick(reminder: str, due: str = "2026-12-24T08:00:00+0000", all_day: str = "false") -> str:
    head = "List Name,Title,Status,Due Date,Reminder,Is All Day\n"
    return head + f'Home,Milk,0,{due},"{reminder}",{all_day}\n'


def vikunja(*reminders: Any, due_date: str | None = "2026-12-24T08:00:00Z") -> list[Any]:
    task = {"id": 1, "title": "Milk", "due_date": due_date, "reminders": reminders}
    return [{"id": 1, "title": "Home", "tasks": [task]}]


def reminded(**value: Any) -> list[Any]:
    return microsoft({"id": "1", "title": "Milk", "reminderDateTime": value, "isReminderOn": True})


def productive(task: dict[str, Any], *reminders: dict[str, Any]) -> dict[str, Any]:
    entities = {"t": {"id": "t", "title": "Milk", **task}}
    return {"data": {"task": {"entities": entities}, "reminders": list(reminders)}}


SEVEN = "2026-12-24T07:00:00.000000Z"
SEVEN_IN_MILLISECONDS = 1_798_095_600_000


@pytest.mark.parametrize(
    ("kind", "document", "reminders"),
    [
        (ImportKind.TRELLO, trello(due="2026-12-24T08:00:00.000Z", dueReminder=60), minutes(60)),
        (ImportKind.TRELLO, trello(due="2026-12-24T08:00:00.000Z", dueReminder=-1), []),
        (ImportKind.TRELLO, trello(due="2026-12-24T08:00:00.000Z", dueReminder=60, dueComplete=True), []),
        (ImportKind.VIKUNJA, vikunja({"relative_period": -3600, "relative_to": "due_date"}), minutes(60)),
        (ImportKind.VIKUNJA, vikunja({"reminder": "2026-12-24T07:00:00Z"}), instants(SEVEN)),
        (ImportKind.VIKUNJA, vikunja("2026-12-24T07:00:00Z", due_date=None), instants(SEVEN)),
        (
            ImportKind.VIKUNJA,
            vikunja({"reminder": "2026-12-24T07:00:00Z", "relative_period": 60, "relative_to": "start_date"}),
            instants(SEVEN),
        ),
        (
            ImportKind.MICROSOFT,
            reminded(dateTime="2026-12-24T07:00:00.0000000", timeZone="UTC"),
            instants(SEVEN),
        ),
        (
            ImportKind.MICROSOFT,
            reminded(dateTime="2026-12-24T08:00:00", timeZone="Europe/Vienna"),
            instants(SEVEN),
        ),
        (ImportKind.TICKTICK, ticktick("TRIGGER:-PT15M, TRIGGER:PT0S"), minutes(15, 0)),
        (ImportKind.TICKTICK, ticktick("PT1H30M"), minutes(90)),
        # From the beginning of the day, which for our reminders begins at nine.
        (ImportKind.TICKTICK, ticktick("TRIGGER:P0DT9H0M0S", all_day="true"), minutes(0)),
        (ImportKind.TICKTICK, ticktick("TRIGGER:-P0DT15H0M0S", all_day="true"), minutes(24 * 60)),
        (
            ImportKind.SUPER_PRODUCTIVITY,
            productive({"reminderId": "r"}, {"id": "r", "remindAt": SEVEN_IN_MILLISECONDS}),
            instants(SEVEN),
        ),
        (ImportKind.SUPER_PRODUCTIVITY, productive({"remindAt": SEVEN_IN_MILLISECONDS}), instants(SEVEN)),
    ],
)  # fmt: skip
def test_reminders_come_with_their_todos(
    kind: ImportKind, document: Any, reminders: list[dict[str, Any]]
) -> None:
    todos, problems = fields_of(kind, document)

    assert (todos["Milk"]["reminders"], problems) == (reminders, [])


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        (ImportKind.TRELLO, trello(dueReminder=60)),
        (ImportKind.VIKUNJA, vikunja({"relative_period": -3600, "relative_to": "end_date"})),
        (ImportKind.MICROSOFT, reminded(dateTime="2026-12-24T07:00:00", timeZone="Mars/Base")),
        (ImportKind.TICKTICK, ticktick("TRIGGER:-PT15M", due="")),
        (ImportKind.TICKTICK, ticktick("TRIGGER:-P4000D")),
        (ImportKind.SUPER_PRODUCTIVITY, productive({"reminderId": "r"}, {"id": "r"})),
    ],
)
def test_reminders_that_cannot_be_read_are_reported(kind: ImportKind, document: Any) -> None:
    todos, problems = fields_of(kind, document)

    assert (todos["Milk"]["reminders"], problems) == ([], ["Its reminder was left out."])


def titles_of(kind: ImportKind, document: Any) -> list[str]:
    return list(fields_of(kind, document)[0])


def test_cards_of_trello_are_in_the_order_of_their_columns_and_items_in_that_of_their_checklists() -> (
    None
):
    board = {
        "id": "b", "name": "Board",
        "cards": [
            {"id": "1", "idList": "done", "name": "Fifth", "pos": 1},
            {"id": "2", "idList": "now", "name": "Fourth", "pos": 9.5},
            {"id": "3", "idList": "now", "name": "First", "pos": 2},
        ],
        "checklists": [
            {"idCard": "3", "pos": 2, "checkItems": [{"id": "4", "name": "Third", "pos": 1}]},
            {"idCard": "3", "pos": 1, "checkItems": [{"id": "5", "name": "Second", "pos": 7}]},
        ],
        "lists": [{"id": "done", "name": "Done", "pos": 2}, {"id": "now", "name": "Now", "pos": 1}],
    }  # fmt: skip

    assert titles_of(ImportKind.TRELLO, board) == ["First", "Second", "Third", "Fourth", "Fifth"]


def test_tasks_of_google_are_in_the_order_of_their_positions() -> None:
    tasks = [
        {"id": "1", "title": "Third", "position": "00000000000000000010"},
        {"id": "2", "title": "First", "position": "00000000000000000002"},
        {"id": "3", "title": "Second", "parent": "2", "position": "00000000000000000000"},
    ]
    document = {"items": [{"id": "l", "title": "L", "items": tasks}]}

    assert titles_of(ImportKind.GOOGLE, document) == ["First", "Second", "Third"]


def test_tasks_of_ticktick_are_in_their_order() -> None:
    rows = (
        "List Name,Title,Status,Order\nHome,Second,0,-1099511627776\nHome,First,0,-2199023255552\n"
    )

    assert titles_of(ImportKind.TICKTICK, rows + "Home,Third,0,odd\n") == [
        "First",
        "Second",
        "Third",
    ]


def test_tasks_of_vikunja_are_in_the_order_of_their_list_view() -> None:
    titles = {1: "Third", 2: "First", 3: "Second", 4: "Last"}
    project = {
        "id": 1, "title": "Home",
        "tasks": [{"id": key, "title": title} for key, title in titles.items()],
        "views": [{"id": 7, "view_kind": "kanban"}, {"id": 8, "view_kind": "list"}],
        "positions": [
            {"task_id": 1, "project_view_id": 7, "position": 1},
            *({"task_id": key, "project_view_id": 8, "position": 10.5 * place}
              for place, key in enumerate((2, 3, 1))),
        ],
    }  # fmt: skip
    older = [
        {"id": 1, "title": "Second", "position": 65536.5},
        {"id": 2, "title": "First", "position": 3},
    ]

    assert titles_of(ImportKind.VIKUNJA, [project]) == ["First", "Second", "Third", "Last"]
    assert titles_of(ImportKind.VIKUNJA, [{"id": 1, "title": "Home", "tasks": older}]) == [
        "First", "Second",
    ]  # fmt: skip


@pytest.mark.parametrize("is_project_first", [True, False])
def test_tasks_of_super_productivity_are_in_the_order_of_their_projects(
    is_project_first: bool,
) -> None:
    def task(key: str, title: str, **fields: Any) -> dict[str, Any]:
        return {"id": key, "title": title, "projectId": "p", **fields}

    tasks = [
        task("a", "Archived"),
        task("3", "Third", parentId="1"),
        task("2", "Second", parentId="1"),
        task("4", "Fourth"),
        task("1", "First", subTaskIds=["2", "3"]),
    ]
    parts = {
        "task": {"entities": {each["id"]: each for each in tasks}},
        "project": {"entities": {"p": {"id": "p", "title": "Home", "taskIds": ["1", "4", "gone"]}}},
    }
    names = sorted(parts, reverse=not is_project_first)

    assert titles_of(ImportKind.SUPER_PRODUCTIVITY, {name: parts[name] for name in names}) == [
        "First", "Second", "Third", "Fourth", "Archived",
    ]  # fmt: skip


def test_items_of_a_checklist_of_ticktick_are_a_task_list() -> None:
    head = "List Name,Title,Status,Kind,Is Check list,Content\n"
    rows = 'Home,Pack,0,CHECKLIST,Y,"For May\r▫Tent\r▪Map"\nHome,Read,0,TEXT,N,▫ stays\n'

    todos, _ = fields_of(ImportKind.TICKTICK, head + rows)

    assert todos["Pack"]["description"] == "For May\n- [ ] Tent\n- [x] Map"
    assert todos["Read"]["description"] == "▫ stays"


def test_a_row_of_ticktick_without_a_title_is_reported_and_the_rest_is_read() -> None:
    source = source_of((SAMPLES / "ticktick_broken.csv").read_bytes(), "backup.csv")

    filled = stage(source)

    assert detect(source) is ImportKind.TICKTICK
    titles = [todo["fields"]["title"] for page in pages_of(filled) for todo in page["todos"]]
    assert titles == ["First", "Third"]
    assert [(each.line, each.text) for each in filled.problems] == [(3, "It has no title.")]
