"""Read todos from iCalendar. Every mistake is one Invalid, with the property and what is wrong. Pure.

What a todo of ours has no field for is kept in `unknown`, unless it is wrong in itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from shared.calendar_objects.calendar_todo import CalendarTodo
from shared.calendar_objects.content_lines import (
    Component,
    Line,
    not_acceptable,
    read_components,
)
from shared.calendar_objects.vtodo import VtodoReader, lenient_due, read_occurrence, uid_of
from shared.contract.shapes import OPEN
from shared.todos.rules.repeat_series import day_of

# It is stored with the todo and sent with each read of it.
MAX_UNKNOWN_BYTES = 64 * 1024
# A year of daily occurrences that were each changed.
MAX_OCCURRENCES = 366
# A day is over in every zone when the one after it is over in UTC.
_DAY = timedelta(days=1)


def decode_todo(data: bytes, *, today: date | None = None) -> CalendarTodo:
    """Return the one todo of an iCalendar object (RFC 4791, 4.1). Raise Invalid.

    With `today`, the day in UTC, an object that is too large loses the oldest of the occurrences that say
    nothing any more: those that ended and are over. Apps that keep each of them would be locked out.
    """
    found = group_by_uid(read_components(data))
    if len(found.groups) > 1:
        raise not_acceptable("UID", "several", "an object holds one todo, all with the same UID.")
    master, todo = _read_group(found)
    over = [] if today is None else _over(todo, master.first("DTSTART"), found.aliases, today)
    return _within_limits(todo, over)


def decode_own_todo(text: str) -> CalendarTodo:
    """Return the one todo of a text that `encode_todo` wrote."""
    return _read_group(group_by_uid(read_components(text.encode(), is_own=True)))[1]


class Groups:
    """The VTODOs of a calendar by UID, in the order of the file, and the names of its time zones."""

    def __init__(self, groups: dict[str, list[Component]], aliases: Mapping[str, str]) -> None:
        self.groups = groups
        self.aliases = aliases


def group_by_uid(calendar: Component) -> Groups:
    """Return the VTODOs of a calendar. Raise Invalid when it has none, or one without UID."""
    version = calendar.first("VERSION")
    if version is not None and version.value.strip() != "2.0":
        raise not_acceptable("VERSION", "version", "must be 2.0 (RFC 5545).")
    groups: dict[str, list[Component]] = {}
    for component in calendar.components:
        if component.name == "VTODO":
            groups.setdefault(uid_of(component), []).append(component)
    if not groups:
        others = {part.name for part in calendar.components} & {"VEVENT", "VJOURNAL", "VFREEBUSY"}
        also = (
            f": it has {' and '.join(sorted(others))}, and only todos are kept." if others else "."
        )
        raise not_acceptable("VCALENDAR", "no_todo", f"holds no VTODO{also}")
    return Groups(groups, _zone_aliases(calendar))


def _zone_aliases(calendar: Component) -> dict[str, str]:
    aliases = {}
    for component in calendar.components:
        if component.name == "VTIMEZONE":
            tzid, location = component.first("TZID"), component.first("X-LIC-LOCATION")
            if tzid is not None and location is not None:
                aliases[tzid.value.strip()] = location.value.strip()
    return aliases


def _read_group(found: Groups) -> tuple[Component, CalendarTodo]:
    """Return the VTODO of a todo, and the todo with its occurrences. Raise Invalid."""
    components = next(iter(found.groups.values()))
    masters = [part for part in components if part.first("RECURRENCE-ID") is None]
    if len(masters) != 1:
        what = "occurs twice." if masters else "has occurrences, but not the todo itself."
        raise not_acceptable("UID", "several", what)
    todo = VtodoReader(masters[0], found.aliases).todo()
    changed = [part for part in components if part is not masters[0]]
    occurrences = tuple(read_occurrence(part, todo.summary, found.aliases) for part in changed)
    return masters[0], replace(todo, occurrences=occurrences)


def _over(
    todo: CalendarTodo, start: Line | None, aliases: Mapping[str, str], today: date
) -> list[int]:
    """Return which occurrences have ended, are over, and are not the present one; the oldest first."""
    begin = None if start is None else lenient_due(start, aliases)
    anchor = None if todo.repeat is None else todo.repeat.anchor
    present = (todo.due, begin, anchor)
    days = [day_of(one.recurrence_id) for one in todo.occurrences]
    excluded = {day_of(due) for due in present if due is not None}
    over = [
        index
        for index, one in enumerate(todo.occurrences)
        if one.status not in OPEN and days[index] < today - _DAY and days[index] not in excluded
    ]
    return sorted(over, key=days.__getitem__)


def _within_limits(todo: CalendarTodo, over: Iterable[int]) -> CalendarTodo:
    """Return the todo without the first of the occurrences `over`, if there are too many. Raise Invalid."""
    others = (todo.unknown, todo.url, *(alarm.other for alarm in todo.alarms))
    sizes = {index: len(one.other.encode()) for index, one in enumerate(todo.occurrences)}
    size = sum(sizes.values()) + sum(len(text.encode()) for text in others)
    for index in over:
        if len(sizes) <= MAX_OCCURRENCES and size <= MAX_UNKNOWN_BYTES:
            break
        size -= sizes.pop(index)
    if len(sizes) > MAX_OCCURRENCES:
        raise not_acceptable(
            "RECURRENCE-ID", "too_large", f"more than {MAX_OCCURRENCES} occurrences differ."
        )
    if size > MAX_UNKNOWN_BYTES:
        raise not_acceptable(
            "VTODO",
            "too_large",
            f"has more than {MAX_UNKNOWN_BYTES // 1024} KiB of properties that todos have no field for.",
        )
    return replace(todo, occurrences=tuple(todo.occurrences[index] for index in sizes))
