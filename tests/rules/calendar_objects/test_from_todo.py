"""The calendar todo of a todo: names instead of ids, and what is left of its series."""

from datetime import UTC, date, datetime

from shared.calendar_objects.decode import decode_todo
from shared.calendar_objects.encode import encode_todo
from shared.calendar_objects.from_todo import calendar_todo
from shared.contract.shapes import CountsFrom, DueDate, RepeatShape, TodoShape, TodoStatus

NOW = datetime(2026, 11, 24, 10, 15, 0, 123456, tzinfo=UTC)


def _todo(due: date, repeat: RepeatShape | None = None) -> TodoShape:
    return TodoShape(
        id="t1", list_id="l1", parent_id=None, title="Eggs", description="", priority=4,
        status=TodoStatus.COMPLETED, due=DueDate(date=due), due_at=None, repeat=repeat, metadata={},
        rank="a", assignees=[], labels=[], comment_count=0, attachment_count=0,
        completed_at=NOW, completed_by=None,
        deleted_at=None, version=7, created_by=None, created_at=NOW, updated_at=NOW,
    )  # fmt: skip


def _weekly(day: date) -> RepeatShape:
    return RepeatShape(
        rule="FREQ=WEEKLY;COUNT=5", counts_from=CountsFrom.SCHEDULE,
        anchor=DueDate(date=date(2026, 11, 10)), occurrence=3, day=day, left=3,
    )  # fmt: skip


def test_instants_are_whole_seconds_so_that_it_reads_as_it_was_written() -> None:
    made = calendar_todo(_todo(date(2026, 12, 24)), labels=("Food",), parent_uid="p")

    assert (made.uid, made.sequence, made.labels) == ("t1", 7, ("Food",))
    assert decode_todo(encode_todo(made)) == made


def test_a_series_has_the_occurrences_that_are_left() -> None:
    day = date(2026, 11, 24)

    made = calendar_todo(_todo(day, _weekly(day)))

    assert b"RRULE:FREQ=WEEKLY;COUNT=3\r\n" in encode_todo(made)
    assert b"DTSTART;VALUE=DATE:20261124\r\n" in encode_todo(made)
    assert b"X-LIVELIST" not in encode_todo(made)


def test_a_moved_occurrence_names_the_date_that_the_rule_counts_from() -> None:
    made = calendar_todo(_todo(date(2026, 11, 26), _weekly(date(2026, 11, 24))))

    assert b"X-LIVELIST-ANCHOR;VALUE=DATE:20261110\r\n" in encode_todo(made)
    assert decode_todo(encode_todo(made)) == made
