"""The laws of the iCalendar mapping, with random todos; the icalendar library is the second opinion."""

import icalendar
from hypothesis import given, settings

from shared.calendar_objects.calendar_todo import CalendarTodo
from shared.calendar_objects.content_lines import MAX_LINE_OCTETS, escape, unescape, unescape_list
from shared.calendar_objects.decode import decode_todo
from shared.calendar_objects.encode import encode_todo
from shared.calendar_objects.values import STATUS_NAMES
from tests.rules.calendar_objects.strategies import names, prose, todos


@settings(max_examples=300, deadline=None)
@given(todos)
def test_a_todo_that_was_written_reads_as_the_same_todo(todo: CalendarTodo) -> None:
    written = encode_todo(todo)

    assert decode_todo(written) == todo
    assert encode_todo(decode_todo(written)) == written


@settings(max_examples=100, deadline=None)
@given(todos)
def test_lines_are_folded_and_end_with_crlf(todo: CalendarTodo) -> None:
    rows = encode_todo(todo).split(b"\r\n")

    assert rows.pop() == b""
    assert all(len(row) <= MAX_LINE_OCTETS and b"\n" not in row for row in rows)
    assert [row.decode() for row in rows], "no character is cut in two"


@settings(max_examples=100, deadline=None)
@given(todos)
def test_the_icalendar_library_reads_the_same_todo(todo: CalendarTodo) -> None:
    read = icalendar.Calendar.from_ical(encode_todo(todo))

    found = read.todos[0]
    assert not read.errors
    assert not found.errors
    assert str(found["STATUS"]) == STATUS_NAMES[todo.status]
    assert ("DUE" in found) == (todo.due is not None)
    # The library reads `\\N` as a line break, so its texts are compared without backslashes.
    if "\\" not in todo.summary:
        assert str(found.get("SUMMARY", "")) == todo.summary
    used = {zone for zone in (getattr(todo.due, "zone", None),) if zone not in (None, "UTC")}
    assert used <= {str(zone["TZID"]) for zone in read.timezones}


@given(prose)
def test_every_text_survives_its_escapes(text: str) -> None:
    assert unescape(escape(text)) == text


@given(names, names)
def test_a_list_of_texts_survives_its_escapes(one: str, other: str) -> None:
    assert unescape_list(f"{escape(one)},{escape(other)}") == [one, other]


def test_a_folder_of_windows_is_no_line_break() -> None:
    todo = CalendarTodo(uid="1", summary="C:\\New\\notes, a;b", description="\\\\n\\N")

    assert decode_todo(encode_todo(todo)) == todo
