"""Objects as programs write them: each is understood, and loses no property when it is written again."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.calendar_objects.calendar_todo import CalendarTodo
from shared.calendar_objects.decode import decode_todo
from shared.calendar_objects.encode import encode_todo
from shared.contract.shapes import DueDate, DueTime, TodoStatus

OBJECTS = sorted((Path(__file__).parent / "objects").glob("*.ics"))


def _read(name: str) -> CalendarTodo:
    return decode_todo((Path(__file__).parent / "objects" / f"{name}.ics").read_bytes())


def _properties(data: bytes) -> Counter[str]:
    """Return the names of all properties in VTODOs, those of alarms too; categories by the name."""
    text = re.sub(r"\r\n[ \t]", "", data.decode())
    todos = re.findall(r"BEGIN:VTODO\r\n(.*?)END:VTODO", text, re.DOTALL)
    rows = [row for todo in todos for row in todo.split("\r\n") if row]
    return Counter(re.split("[:;]", row)[0] for row in rows)


@pytest.mark.parametrize("path", OBJECTS, ids=lambda path: path.stem)
def test_an_object_keeps_every_property(path: Path) -> None:
    source = path.read_bytes()

    written = encode_todo(decode_todo(source))

    lost = _properties(source) - _properties(written)
    # Two CATEGORIES become one with all labels; a CREATED before 1980 means "unknown".
    allowed = {"jtx_board": {"CATEGORIES"}, "outlook": {"CREATED"}}.get(path.stem, set())
    assert set(lost) <= allowed
    assert decode_todo(written) == decode_todo(source)


@pytest.mark.parametrize("path", OBJECTS, ids=lambda path: path.stem)
def test_an_edit_here_keeps_what_the_program_wrote(path: Path) -> None:
    todo = decode_todo(path.read_bytes())

    written = encode_todo(replace(todo, summary="Renamed", due=None, repeat=None, alarms=()))

    read = decode_todo(written)
    assert (read.summary, read.unknown) == ("Renamed", todo.unknown)


def test_tasks_org() -> None:
    todo = _read("tasks_org")

    assert todo.due == DueTime(at="2026-11-24T18:00:00", zone="Europe/Berlin")
    assert todo.repeat is not None
    assert todo.repeat.rule.text == "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;WKST=SU"
    assert (todo.priority, todo.labels, todo.parent_uid) == (
        1, ("home", "garden"), "8137469120983746",
    )  # fmt: skip
    assert todo.description == "Kitchen, balcony\nand the office"
    assert [alarm.trigger.minutes_before for alarm in todo.alarms] == [0, None]
    assert todo.alarms[1].trigger.at == datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
    # Counted from a start that todos of ours do not have.
    assert "TRIGGER;RELATED=START:-PT1H" in todo.unknown


def test_apple_reminders() -> None:
    todo = _read("apple_reminders")

    assert todo.repeat is not None
    assert todo.repeat.rule.text == "FREQ=MONTHLY;UNTIL=20271231"
    assert todo.summary == "Pay the rent 🏠"
    assert todo.url == "https://bank.example/transfer?to=a;b"
    assert len(todo.alarms) == 1
    assert "DTSTART" not in todo.unknown
    assert "X-APPLE-PROXIMITY:ARRIVE" in todo.unknown


def test_thunderbird() -> None:
    todo = _read("thunderbird")

    (done,) = todo.occurrences
    assert done.recurrence_id == DueTime(at="2026-11-14T09:00:00", zone="Europe/Paris")
    assert done.status is TodoStatus.COMPLETED
    assert done.completed_at == datetime(2026, 11, 14, 8, 35, tzinfo=UTC)
    assert todo.status is TodoStatus.PENDING
    assert "LOCATION:Room 4\\, 2nd floor" in todo.unknown


def test_jtx_board() -> None:
    todo = _read("jtx_board")

    assert (todo.status, todo.percent, todo.priority) == (TodoStatus.IN_PROGRESS, 40, 3)
    assert todo.labels == ("talk", "work", "Q,A")
    assert todo.parent_uid is None
    # A day before midnight of the day is 33 hours before 09:00 of it.
    assert [alarm.trigger.minutes_before for alarm in todo.alarms] == [33 * 60]


def test_nextcloud_tasks() -> None:
    todo = _read("nextcloud_tasks")

    assert todo.due == DueTime(at="2026-11-24T18:00:00")
    assert todo.status is TodoStatus.COMPLETED
    assert todo.completed_at == datetime(2026, 11, 22, 12, 15, tzinfo=UTC)
    assert todo.parent_uid == "c0ffee00-1234-4abc-9def-000000000000"


def test_planify() -> None:
    todo = _read("planify")

    assert todo.due == DueDate(date=datetime(2026, 11, 30, tzinfo=UTC).date())
    assert todo.repeat is not None
    assert 'X-ATTACHMENTS:[{"file-type":"text/plain"\\,"file-name":"a.txt"}]' in todo.unknown


def test_outlook() -> None:
    todo = _read("outlook")

    assert todo.due == DueTime(at="2026-11-28T17:00:00", zone="Europe/Berlin")
    assert (todo.repeat, todo.created_at) == (None, None)
    assert "RRULE:FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO" in todo.unknown
    assert "DTSTART;TZID=Europe/Berlin:20261127T080000" in todo.unknown
