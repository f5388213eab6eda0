"""Write todos as iCalendar. Equal todos give equal bytes, on which ETags depend. Pure.

Source: RFC 5545, sections 3.4 and 3.6.2.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from functools import lru_cache

from icalendar import Timezone

from shared.calendar_objects.alarms import alarm_rows
from shared.calendar_objects.calendar_todo import CalendarOccurrence, CalendarTodo
from shared.calendar_objects.content_lines import escape, fold, parse_line
from shared.calendar_objects.recurrence import ANCHOR, COUNTS_FROM, rule_text
from shared.calendar_objects.values import (
    STATUS_NAMES,
    UTC_ZONE,
    due_line,
    instant_text,
    is_same_kind,
    priority_out,
    read_due,
    sort_text,
    year_of,
)
from shared.contract.shapes import CountsFrom, DueTime, TodoStatus
from shared.errors import Invalid
from shared.zones import is_zone, zone_or_utc

CALENDAR_END = b"END:VCALENDAR\r\n"
PRODUCT = "-//Livelist//Livelist//EN"
# DTSTAMP is required; a todo that no server has changed yet has no instant for it.
_NO_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)
# How far a VTIMEZONE of a repeating todo reaches beyond its due date.
_REPEAT_YEARS = 30
# Rules of zones beyond this year are guesses.
_LAST_ZONE_YEAR = 2100


def encode_todo(source: CalendarTodo) -> bytes:
    """Return the VCALENDAR with this todo alone."""
    return encode_calendar([source])


def encode_calendar(todos: Iterable[CalendarTodo], properties: Iterable[str] = ()) -> bytes:
    """Return one VCALENDAR with all the todos. `properties` are lines of its own, such as X-WR-CALNAME."""
    todos = tuple(todos)
    zones = zone_years(todos)
    rows = (row for todo in todos for row in todo_rows(todo))
    return calendar_head(zones, properties) + fold(rows) + CALENDAR_END


def calendar_head(zones: dict[str, tuple[int, int]], properties: Iterable[str] = ()) -> bytes:
    """Return the beginning of a VCALENDAR, with the time zones that it uses."""
    head = fold(["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", *properties])
    return head + b"".join(_zone_bytes(zone, *years) for zone, years in sorted(zones.items()))


def zone_years(todos: Iterable[CalendarTodo]) -> dict[str, tuple[int, int]]:
    """Return the zones that the todos name, each with the first and the last year of its use."""
    zones: dict[str, tuple[int, int]] = {}
    for todo in todos:
        for zone, year, last in _zones_of(todo):
            known = zones.get(zone, (year, last))
            zones[zone] = (min(known[0], year), max(known[1], last))
    return zones


def _zones_of(todo: CalendarTodo) -> Iterator[tuple[str, int, int]]:
    anchor = todo.repeat.anchor if todo.repeat else None
    for due in (todo.due, anchor, *(one.recurrence_id for one in todo.occurrences)):
        if isinstance(due, DueTime) and due.zone not in (None, UTC_ZONE):
            year = year_of(due)
            yield due.zone, year, year + (_REPEAT_YEARS if todo.repeat else 1)
    others = (todo.unknown, *(one.other for one in todo.occurrences))
    for text in others:
        if "TZID=" in text:
            yield from _zones_in(text)


def _zones_in(text: str) -> Iterator[tuple[str, int, int]]:
    for row in text.split("\n"):
        line = parse_line(row)
        zone = line.parameter("TZID")
        if zone is not None and is_zone(zone) and zone != UTC_ZONE:
            year = int(line.value[:4]) if line.value[:4].isdigit() else 2000
            yield zone, max(1970, min(year, _LAST_ZONE_YEAR)), year + 1


# One with thirty years takes 2 kB and 10 ms to make. A server has todos in few zones and years.
@lru_cache(maxsize=2000)
def _zone_bytes(zone: str, first_year: int, last_year: int) -> bytes:
    first = min(first_year, _LAST_ZONE_YEAR - 1) - 1
    last = min(max(last_year, first + 2), _LAST_ZONE_YEAR) + 1
    made = Timezone.from_tzinfo(zone_or_utc(zone), zone, date(first, 1, 1), date(last, 1, 1))
    written: bytes = made.to_ical()
    return written


def todo_rows(todo: CalendarTodo) -> Iterator[str]:
    """Yield the lines of the VTODO, and of those of its occurrences that differ."""
    stamp = stamp_row(todo)
    properties, components = split_unknown(todo.unknown)
    yield "BEGIN:VTODO"
    yield f"UID:{escape(todo.uid)}"
    yield stamp
    yield from history_rows(todo)
    yield from text_rows(todo)
    yield from _date_rows(todo, properties)
    yield from _state_rows(todo)
    yield from _relation_rows(todo)
    yield from properties
    for alarm in todo.alarms:
        yield from alarm_rows(alarm, todo.due, todo.summary)
    yield from components
    yield "END:VTODO"
    for occurrence in todo.occurrences:
        yield from _occurrence_rows(todo, occurrence, stamp)


def stamp_row(todo: CalendarTodo) -> str:
    """Return DTSTAMP: when the todo changed last."""
    return f"DTSTAMP:{instant_text(todo.modified_at or todo.created_at or _NO_INSTANT)}"


def history_rows(todo: CalendarTodo) -> Iterator[str]:
    """Yield CREATED, LAST-MODIFIED and SEQUENCE."""
    if todo.created_at is not None:
        yield f"CREATED:{instant_text(todo.created_at)}"
    if todo.modified_at is not None:
        yield f"LAST-MODIFIED:{instant_text(todo.modified_at)}"
    if todo.sequence:
        yield f"SEQUENCE:{todo.sequence}"


def text_rows(todo: CalendarTodo) -> Iterator[str]:
    """Yield SUMMARY and DESCRIPTION."""
    if todo.summary:
        yield f"SUMMARY:{escape(todo.summary)}"
    if todo.description:
        yield f"DESCRIPTION:{escape(todo.description)}"


def _date_rows(todo: CalendarTodo, properties: list[str]) -> Iterator[str]:
    """Yield the dates; remove a DTSTART from `properties` that DUE does not allow (RFC 5545, 3.8.2.3)."""
    has_start = _keep_valid_start(todo, properties)
    if todo.due is None:
        return
    if todo.repeat is not None and not has_start:
        yield due_line("DTSTART", todo.due)
    yield due_line("DUE", todo.due)
    if todo.repeat is not None:
        yield f"RRULE:{rule_text(todo.repeat.rule, todo.due)}"
        if todo.repeat.anchor is not None:
            yield due_line(ANCHOR, todo.repeat.anchor)
        if todo.repeat.counts_from is CountsFrom.COMPLETION:
            yield f"{COUNTS_FROM}:COMPLETION"


def _keep_valid_start(todo: CalendarTodo, properties: list[str]) -> bool:
    """Return True if `properties` keep a DTSTART: the due date may have moved since it was stored."""
    for row in properties:
        if row.startswith(("DTSTART:", "DTSTART;")):
            if todo.due is None or _is_before(row, todo):
                return True
            properties.remove(row)
            return False
    return False


def _is_before(row: str, todo: CalendarTodo) -> bool:
    try:
        start = read_due(parse_line(row), {})
    except Invalid:
        return True  # a year that ours does not take
    due = todo.due
    return due is not None and is_same_kind(start, due) and sort_text(start) < sort_text(due)


def _state_rows(todo: CalendarTodo) -> Iterator[str]:
    if todo.priority:
        yield f"PRIORITY:{priority_out(todo.priority)}"
    yield f"STATUS:{STATUS_NAMES[todo.status]}"
    if todo.percent is not None:
        yield f"PERCENT-COMPLETE:{todo.percent}"
    if todo.completed_at is not None and todo.status is TodoStatus.COMPLETED:
        yield f"COMPLETED:{instant_text(todo.completed_at)}"


def _relation_rows(todo: CalendarTodo) -> Iterator[str]:
    if todo.labels:
        yield f"CATEGORIES:{','.join(escape(label) for label in todo.labels)}"
    if todo.parent_uid is not None:
        yield f"RELATED-TO;RELTYPE=PARENT:{escape(todo.parent_uid)}"
    if todo.url:
        yield f"URL:{todo.url}"


def _occurrence_rows(todo: CalendarTodo, one: CalendarOccurrence, stamp: str) -> Iterator[str]:
    properties, components = split_unknown(one.other)
    yield "BEGIN:VTODO"
    yield f"UID:{escape(todo.uid)}"
    yield stamp
    yield due_line("RECURRENCE-ID", one.recurrence_id)
    if todo.summary and not any(row.startswith(("SUMMARY:", "SUMMARY;")) for row in properties):
        yield f"SUMMARY:{escape(todo.summary)}"
    yield f"STATUS:{STATUS_NAMES[one.status]}"
    if one.completed_at is not None:
        yield f"COMPLETED:{instant_text(one.completed_at)}"
    yield from properties
    yield from components
    yield "END:VTODO"


def split_unknown(text: str) -> tuple[list[str], list[str]]:
    """Return the properties and the components of a text with lines: in a VTODO components come last."""
    rows = text.split("\n") if text else []
    first = next((index for index, row in enumerate(rows) if row.startswith("BEGIN:")), len(rows))
    return rows[:first], rows[first:]
