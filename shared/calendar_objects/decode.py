"""Read todos from iCalendar. Every mistake is one Invalid, with the property and what is wrong. Pure.

What a todo of ours has no field for is kept in `unknown`, unless it is wrong in itself.
"""

from collections.abc import Mapping

from shared.calendar_objects.calendar_todo import CalendarTodo
from shared.calendar_objects.content_lines import (
    MAX_OBJECT_BYTES,
    Component,
    not_acceptable,
    read_components,
)
from shared.calendar_objects.vtodo import VtodoReader, read_occurrence, uid_of

# It is stored with the todo and sent with each read of it.
MAX_UNKNOWN_BYTES = 64 * 1024
# A year of daily occurrences that were each changed.
MAX_OCCURRENCES = 366


def decode_todo(data: bytes) -> CalendarTodo:
    """Return the one todo of an iCalendar object (RFC 4791, 4.1). Raise Invalid."""
    found = group_by_uid(read_components(data, MAX_OBJECT_BYTES))
    if len(found.groups) > 1:
        raise not_acceptable("UID", "several", "an object holds one todo, all with the same UID.")
    return read_group(next(iter(found.groups.values())), found.aliases)


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


def read_group(components: list[Component], aliases: Mapping[str, str]) -> CalendarTodo:
    """Return the todo of the VTODOs that share a UID: one, and its occurrences. Raise Invalid."""
    masters = [part for part in components if part.first("RECURRENCE-ID") is None]
    if len(masters) != 1:
        what = "occurs twice." if masters else "has occurrences, but not the todo itself."
        raise not_acceptable("UID", "several", what)
    if len(components) > MAX_OCCURRENCES + 1:
        raise not_acceptable(
            "RECURRENCE-ID", "too_large", f"more than {MAX_OCCURRENCES} occurrences differ."
        )
    reader = VtodoReader(masters[0], aliases)
    todo = reader.todo()
    changed = [part for part in components if part is not masters[0]]
    occurrences = tuple(read_occurrence(part, todo.summary, aliases) for part in changed)
    values = {**vars(todo), "occurrences": occurrences}
    todo = CalendarTodo(**values)
    kept = [
        todo.unknown,
        todo.url,
        *(one.other for one in occurrences),
        *(a.other for a in todo.alarms),
    ]
    if sum(len(text.encode()) for text in kept) > MAX_UNKNOWN_BYTES:
        raise not_acceptable(
            "VTODO",
            "too_large",
            f"has more than {MAX_UNKNOWN_BYTES // 1024} KiB of properties that todos have no field for.",
        )
    return todo
