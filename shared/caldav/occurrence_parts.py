"""Which occurrences of its todo the parts of a calendar object are about (RECURRENCE-ID). Pure."""

from collections.abc import Iterator
from datetime import date, timedelta

from shared.calendar_objects.calendar_todo import CalendarOccurrence, CalendarTodo
from shared.calendar_objects.content_lines import parse_line
from shared.calendar_objects.encode import split_unknown
from shared.calendar_objects.values import due_line, read_due
from shared.contract.shapes import OPEN, CountsFrom, DueTime, RepeatShape, TodoShape
from shared.errors import Invalid
from shared.todos.rules.due import due_at
from shared.todos.rules.repeat_dates import first_day_from
from shared.todos.rules.repeat_rule import RepeatRule, parse_rule
from shared.todos.rules.repeat_series import Due, day_of, with_day
from shared.zones import zone_or_utc

_START = ("DTSTART:", "DTSTART;")


def closing_part(todo: TodoShape, source: CalendarTodo) -> CalendarOccurrence | None:
    """Return the part of the object that ends the present occurrence of an open todo.

    Apps such as jtx Board complete one occurrence so, and leave the todo itself open.
    """
    return next(closing_parts(todo, source), None)


def closing_parts(todo: TodoShape, source: CalendarTodo) -> Iterator[CalendarOccurrence]:
    """Yield all parts of the object that end the present occurrence of an open todo."""
    if todo.status not in OPEN or not source.occurrences:
        return
    dates = _present_dates(todo, source)
    for part in source.occurrences:
        if part.status not in OPEN and _is_one_of(part.recurrence_id, dates):
            yield part


def ended_days(source: CalendarTodo) -> dict[date, CalendarOccurrence]:
    """Return the parts that end an occurrence, by its day in the series (RepeatShape.day).

    A series by completion has none: its days depend on when the occurrences before are completed.
    """
    due, repeat = source.due, source.repeat
    if due is None or repeat is None or repeat.counts_from is CountsFrom.COMPLETION:
        return {}
    anchor, start = repeat.anchor or due, _start_of(source, due)
    lead = timedelta() if start is None else day_of(due) - day_of(start)
    found = {}
    for part in source.occurrences:
        day = None
        if part.status not in OPEN and start is not None:
            first = _day_at(part.recurrence_id, start)
            if first is not None and _is_day_of(repeat.rule, anchor, first + lead):
                day = first + lead
        if part.status not in OPEN and day is None:
            day = _day_at(part.recurrence_id, anchor)
        if day is not None:
            found[day] = part
    return found


def with_moved_start(source: CalendarTodo, due: Due) -> str:
    """Return the unknown properties of the object for another occurrence: DTSTART moves with DUE."""
    if source.due is None or source.repeat is None or source.due == due:
        return source.unknown
    properties, components = split_unknown(source.unknown)
    start = _start_of(source, due)
    if start is not None:
        properties = [
            due_line("DTSTART", start) if row.startswith(_START) else row for row in properties
        ]
    return "\n".join([*properties, *components])


def has_start(source: CalendarTodo) -> bool:
    """Return True if the object has a DTSTART that is not its DUE."""
    return any(row.startswith(_START) for row in split_unknown(source.unknown)[0])


def _present_dates(todo: TodoShape, source: CalendarTodo) -> list[Due]:
    """Return all dates by which apps name the present occurrence: where it is, was placed, and begins."""
    if todo.repeat is None or todo.due is None:
        return []
    start = _start_of(source, todo.due)
    dates = [todo.due, with_day(todo.repeat.anchor, todo.repeat.day)]
    if start is None:
        return dates
    lead = day_of(todo.due) - day_of(start)
    return [start, *(date for date in dates if not _begins_another(todo.repeat, date, lead))]


def _begins_another(repeat: RepeatShape, date: Due, lead: timedelta) -> bool:
    """Return True if another occurrence begins at `date`, each `lead` before it is due."""
    try:
        day = day_of(date) + lead
    except OverflowError:
        return False
    is_another = day not in (day_of(date), repeat.day)
    return is_another and _is_day_of(parse_rule(repeat.rule), repeat.anchor, day)


def _day_at(named: Due, due: Due) -> date | None:
    """Return the day of `named` in the zone of `due`; None if it is at another time of the day."""
    instant, day = due_at(named), day_of(named)
    if instant is not None and isinstance(due, DueTime) and due.zone is not None:
        day = instant.astimezone(zone_or_utc(due.zone)).date()
    return day if _is_one_of(named, [with_day(due, day)]) else None


def _is_day_of(rule: RepeatRule, anchor: Due, day: date) -> bool:
    return first_day_from(rule, day_of(anchor), day) == day


def _start_of(source: CalendarTodo, due: Due) -> Due | None:
    """Return the DTSTART of the occurrence that is due at `due`; None for an object without one."""
    for row in split_unknown(source.unknown)[0]:
        if row.startswith(_START) and source.due is not None:
            try:
                start = read_due(parse_line(row), {})
                lead: timedelta = day_of(source.due) - day_of(start)
                return with_day(start, day_of(due) - lead)
            except (Invalid, OverflowError):
                return None
    return None


def _is_one_of(date: Due, dates: list[Due]) -> bool:
    instant = due_at(date)
    return any(date == each or (instant is not None and instant == due_at(each)) for each in dates)
