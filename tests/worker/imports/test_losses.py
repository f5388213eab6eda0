"""Nothing of a file is lost silently: each reader says what it leaves out, and the documentation too."""

import json
import re
import sys
from pathlib import Path

import pytest

from shared.contract.interop.imports import ImportKind
from tests.support.english_words import is_english
from tests.worker.imports.test_hostile_files import problems_of, source_of, stage, zip_of
from worker.imports import kinds
from worker.imports.items import Options
from worker.imports.losses import Loss

DOCUMENT = Path(__file__).parents[3] / "docs" / "import-and-export.md"
DUE = "2026-12-24T09:00:00Z"

# Of each kind a file with everything that its reader cannot carry over.
FILES: dict[ImportKind, str] = {
    ImportKind.LIVELIST: json.dumps({"format": "livelist-lists/1", "lists": [{"id": "l", "todos": [{
        "id": "1", "title": "Milk", "due": {"date": "never"}, "priority": "high", "status": "odd",
        "repeat": {"rule": "FREQ=SECONDLY"}, "metadata": [], "labels": [7],
        "reminders": [{"at": "soon"}], "attachments": [{"name": "a.txt", "path": None}],
    }, {"id": "2", "title": "Done", "status": "completed", "completed_at": "then"}]}]}),
    ImportKind.CSV: "title,due,time_zone,priority,status,completed_at,repeat,effort\n"
    "Milk,soon,,8,odd,,FREQ=HOURLY,1,2\n"
    "Eggs,2026-12-24T09:00,Mars/Base,,done,then,,\n",
    ImportKind.TODOIST: "TYPE,CONTENT,INDENT,PRIORITY,DATE,TIMEZONE,RESPONSIBLE,DURATION,DEADLINE\n"
    "note,Of the project,,,,,,,\n"
    "task,Milk,1,7,tomorrow,,Ben (2),30,2026-12-24\n"
    "task,Bread,1,1,every 3 days,,,,\n"
    "task,Rice,1,1,5 dec,,,,\n"
    'note,"[[file {""file_name"":""plan.pdf""}]]",,,,,,,\n'
    "task,Eggs,1,1,2026-12-24T09:00,Mars/Base,,,\n",
    ImportKind.TRELLO: json.dumps({
        "id": "b", "name": "Board", "lists": [{"id": "l", "name": "Now"}],
        "cards": [
            {"id": "1", "idList": "l", "name": "Milk", "attachments": [{}], "idMembers": ["m"],
             "start": DUE, "due": "soon", "dueReminder": 10, "customFieldItems": [{}]},
            {"id": "2", "idList": "l", "name": "Done", "dueComplete": True, "dateCompleted": "then"},
            {"id": "3", "idList": "l", "name": "Old", "closed": True},
        ],
        "checklists": [{"idCard": "1", "name": "Shops", "checkItems": []}],
        "actions": [{"type": "commentCard"}],
    }),
    ImportKind.VIKUNJA: json.dumps([{"id": 1, "title": "Home", "description": "Ours",
        "is_favorite": True, "parent_project_id": 7, "buckets": [{"id": 1, "title": "To do"}], "tasks": [{
        "id": 1, "title": "Milk", "comments": [{}], "attachments": [{}], "reminders": [{}],
        "is_favorite": True, "assignees": [{}], "start_date": DUE, "end_date": DUE, "percent_done": 0.5,
        "hex_color": "ff0000", "related_tasks": {"blocking": [{}]}, "repeat_after": 60,
        "due_date": "soon",
    }, {"id": 2, "title": "Eggs", "done": True, "done_at": "then"}]}]),
    ImportKind.MICROSOFT: json.dumps([{"id": "l", "displayName": "Home", "tasks": [
        {"id": "1", "title": "Milk", "hasAttachments": True, "reminderDateTime": {"dateTime": "soon"},
         "startDateTime": {"dateTime": DUE}, "linkedResources": [{}], "status": "deferred",
         "dueDateTime": {"dateTime": "soon"}, "recurrence": {"pattern": {"type": "daily"}}},
        {"id": "2", "title": "Eggs", "status": "completed", "completedDateTime": {"dateTime": "then"},
         "dueDateTime": {"dateTime": DUE},
         "recurrence": {"pattern": {"type": "daily"}, "range": {"type": "numbered"}}},
    ]}]),
    ImportKind.GOOGLE: json.dumps({"items": [{"id": "l", "title": "L", "items": [
        {"id": "1", "title": "Milk", "due": "soon", "assignmentInfo": {}, "status": "odd"},
        {"id": "2", "title": "Gone", "deleted": True},
        {"id": "3", "title": "Done", "status": "completed", "completed": "then"},
    ]}]}),
    ImportKind.TICKTICK: "List Name,Title,Status,Kind,Column Name,Start Date,Due Date,Reminder,"
    "Repeat,Priority,Completed Time,Timezone\n"
    "Home,Milk,7,TEXT,Ours,2026-12-01T09:00,2026-12-24T09:00,soon,,7,,Mars/Base\n"
    "Home,Eggs,1,TEXT,,,soon,,FREQ=DAILY,,then,\n"
    "Home,A thought,0,NOTE,,,,,,,,\n",
    ImportKind.ICALENDAR: "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1\nSUMMARY:Milk\n"
    "DTSTART:20261201T090000Z\nDUE:20261224T090000Z\nRRULE:FREQ=YEARLY;BYWEEKNO=20\n"
    "ATTACH:https://example.org/x\nATTENDEE:mailto:ben@example.org\nCOMMENT:Which?\n"
    "GEO:48.2;16.3\nBEGIN:VALARM\nACTION:NONE\nTRIGGER;VALUE=DATE-TIME:19760401T005545Z\n"
    "END:VALARM\nEND:VTODO\n"
    "BEGIN:VTODO\nUID:1\nRECURRENCE-ID:20261224T090000Z\nEND:VTODO\n"
    "BEGIN:VEVENT\nUID:2\nEND:VEVENT\nEND:VCALENDAR\n",
    ImportKind.SUPER_PRODUCTIVITY: json.dumps({"task": {"entities": {"1": {
        "id": "1", "title": "Milk", "repeatCfgId": "r", "attachments": [{}], "reminderId": "r",
        "timeSpent": 5, "timeEstimate": 5, "issueId": "7", "dueDay": "soon", "projectId": "p",
    }}}, "menuTree": {"projectTree": [{"kind": "folder", "name": "Ours", "children": [
        {"kind": "folder", "name": "Home", "children": [{"kind": "project", "id": "p"}]},
    ]}]}}),
    ImportKind.TODO_TXT: "(K) Milk due:soon rec:1w t:2026-12-01\n",
    ImportKind.MARKDOWN: "Some words\n- [?] Milk 📅 2026-99-99\n",
}  # fmt: skip


def content_of(kind: ImportKind) -> bytes:
    """Return the file; of Vikunja in its archive, which holds more."""
    content = FILES[kind].encode()
    if kind is ImportKind.VIKUNJA:
        return zip_of(("data.json", content), ("filters.json", b'[{"id":1,"title":"Soon"}]'))
    return content


def losses_of(kind: ImportKind) -> tuple[Loss, ...]:
    declared: tuple[Loss, ...] = sys.modules[kinds.READERS[kind].__module__].LOSSES
    return declared


def is_about(problem: str, loss: Loss) -> bool:
    is_counted = re.fullmatch(rf"Left out: {re.escape(loss.what)} \([\d,]+\)\.", problem)
    is_of_todo = loss.sentence and problem.partition(" They are number")[0] == loss.sentence
    return bool(is_counted or is_of_todo)


@pytest.mark.parametrize("kind", ImportKind)
def test_a_reader_reports_exactly_what_it_declares_to_leave_out(kind: ImportKind) -> None:
    problems = problems_of(stage(source_of(content_of(kind)), kind))

    declared = losses_of(kind)
    silent = [loss.what for loss in declared if not any(is_about(each, loss) for each in problems)]
    unknown = [each for each in problems if not any(is_about(each, loss) for loss in declared)]
    assert (silent, unknown) == ([], [])


@pytest.mark.parametrize("kind", ImportKind)
def test_the_documentation_lists_what_the_reader_declares(kind: ImportKind) -> None:
    _, _, section = DOCUMENT.read_text().partition("### Kinds of files")
    (row,) = re.findall(rf"^\| `{kind.value}` \|.*$", section, re.MULTILINE)

    *_, left_out = [cell.strip() for cell in row.strip("|").split("|")]

    assert left_out == ", ".join(loss.what for loss in losses_of(kind))


@pytest.mark.parametrize("kind", ImportKind)
def test_a_reader_says_in_german_what_it_leaves_out(kind: ImportKind) -> None:
    german = Options(language="de")

    problems = problems_of(stage(source_of(content_of(kind)), kind, german))

    assert problems
    assert [each for each in problems if is_english(each)] == []
