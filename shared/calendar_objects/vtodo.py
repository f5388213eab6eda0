"""Read the properties of one VTODO (RFC 5545, 3.6.2). Pure."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from shared.calendar_objects.alarms import read_alarm
from shared.calendar_objects.calendar_todo import CalendarAlarm, CalendarOccurrence, CalendarTodo
from shared.calendar_objects.content_lines import (
    Component,
    Line,
    escape,
    not_acceptable,
    unescape,
    unescape_list,
)
from shared.calendar_objects.recurrence import ANCHOR, COUNTS_FROM, read_rule, read_spec
from shared.calendar_objects.values import (
    later,
    priority_in,
    read_due,
    read_duration,
    read_instant,
    read_integer,
    read_status,
    year_of,
    zone_named,
)
from shared.contract.shapes import TodoStatus
from shared.errors import Invalid
from shared.todos.rules.due import LAST_YEAR
from shared.todos.rules.repeat_series import Due, RepeatSpec

# Longer than the UIDs of all programs known, which take up to some 120.
MAX_UID_LENGTH = 255
# Largest 32-bit number: what clients count in.
_MAX_SEQUENCE = 2**31 - 1
# What VTODO may have once (RFC 5545, 3.6.2), of those that are read here.
_ONCE = (
    "UID", "SUMMARY", "DESCRIPTION", "DUE", "DTSTART", "DURATION", "RRULE", "PRIORITY", "STATUS",
    "PERCENT-COMPLETE", "COMPLETED", "CREATED", "LAST-MODIFIED", "SEQUENCE", "URL",
    "RECURRENCE-ID", ANCHOR, COUNTS_FROM,
)  # fmt: skip

Value = TypeVar("Value")


def uid_of(component: Component) -> str:
    """Return the UID of a VTODO. Raise Invalid."""
    line = component.first("UID")
    uid = unescape(line.value).strip() if line else ""
    if not uid:
        raise not_acceptable("UID", "missing", "a VTODO has none.")
    if len(uid) > MAX_UID_LENGTH or "\n" in uid:
        raise not_acceptable("UID", "too_long", f"has more than {MAX_UID_LENGTH} characters.")
    return uid


class VtodoReader:
    """Takes the known properties of one VTODO; those that were not taken are unknown."""

    def __init__(self, component: Component, aliases: Mapping[str, str]) -> None:
        self.component = component
        self.aliases = aliases
        self.lines: dict[str, list[Line]] = {}
        for line in component.lines:
            self.lines.setdefault(line.name, []).append(line)
        self.taken: set[int] = set()
        for name in _ONCE:
            if len(self.lines.get(name, ())) > 1:
                raise not_acceptable(name, "twice", "is given twice.")

    def take(self, name: str) -> Line | None:
        """Return the first property of this name, which no longer counts as unknown."""
        lines = self.lines.get(name)
        return self.took(lines[0]) if lines else None

    def took(self, line: Line) -> Line:
        self.taken.add(id(line))
        return line

    def value(self, name: str, read: Callable[[Line], Value], default: Value) -> Value:
        line = self.take(name)
        return default if line is None else read(line)

    def text(self, name: str) -> str:
        return self.value(name, lambda line: unescape(line.value).strip(), "")

    def todo(self) -> CalendarTodo:
        for name in ("DTSTAMP", "UID"):
            self.take(name)
        summary = " ".join(self.text("SUMMARY").split("\n"))
        start, due = self.dates()
        status, percent, completed_at = self.state()
        repeat = self.repeat(due, start)
        alarms, components = self.alarms(due, start, summary)
        return CalendarTodo(
            uid=uid_of(self.component),
            summary=summary,
            description=self.text("DESCRIPTION"),
            due=due,
            priority=self.value("PRIORITY", priority_in, 0),
            status=status,
            percent=percent,
            completed_at=completed_at,
            repeat=repeat,
            labels=tuple(dict.fromkeys(self.labels())),
            parent_uid=self.parent(),
            alarms=tuple(alarms),
            created_at=self.history("CREATED"),
            modified_at=self.history("LAST-MODIFIED"),
            sequence=self.value("SEQUENCE", lambda line: read_integer(line, _MAX_SEQUENCE), 0),
            url=self.value("URL", lambda line: line.value.strip(), ""),
            unknown="\n".join([*self.unknown_rows(), *components]),
        )

    def dates(self) -> tuple[Due | None, Due | None]:
        """Return DTSTART, which is kept as it is, and DUE, perhaps computed from DURATION."""
        due = self.value("DUE", lambda line: read_due(line, self.aliases), None)
        start_line = self.component.first("DTSTART")
        start = None if start_line is None else lenient_due(start_line, self.aliases)
        if due is None and start is not None and self.component.first("DURATION") is not None:
            duration = self.take("DURATION")
            length = None if duration is None else read_duration(duration)
            if length is None or length.total_seconds() < 0:
                raise not_acceptable("DURATION", "negative", "must not be negative.")
            due = _moved(start, length)
        return start, due

    def state(self) -> tuple[TodoStatus, int | None, datetime | None]:
        status = self.value("STATUS", read_status, None)
        percent = self.value("PERCENT-COMPLETE", lambda line: read_integer(line, 100), None)
        has_completed, completed_at = "COMPLETED" in self.lines, self.history("COMPLETED")
        if status is None:
            # Some programs write only one of the three.
            done = has_completed or percent == 100
            status = TodoStatus.COMPLETED if done else TodoStatus.PENDING
        return status, percent, completed_at if status is TodoStatus.COMPLETED else None

    def repeat(self, due: Due | None, start: Due | None) -> RepeatSpec | None:
        line = self.component.first("RRULE")
        rule = None if line is None else read_rule(line, due)
        if rule is None:
            return None
        self.take("RRULE")
        anchor = self.value(ANCHOR, lambda line: read_due(line, self.aliases), None)
        if start == due:
            self.take("DTSTART")  # written again from DUE
        return read_spec(rule, self.take(COUNTS_FROM), None if anchor == due else anchor)

    def alarms(
        self, due: Due | None, start: Due | None, summary: str
    ) -> tuple[list[CalendarAlarm], list[str]]:
        """Return the reminders, and the lines of all other components."""
        alarms: list[CalendarAlarm] = []
        others: list[str] = []
        for part in self.component.components:
            if part.name in ("VTODO", "VEVENT", "VCALENDAR", "VTIMEZONE"):
                raise not_acceptable("BEGIN", "nested", f"a {part.name} stands inside a VTODO.")
            is_alarm = part.name == "VALARM"
            alarm = read_alarm(part, due, start, summary, self.aliases) if is_alarm else None
            if alarm is None:
                others += part.texts()
            else:
                alarms.append(alarm)
        return alarms, others

    def labels(self) -> Iterator[str]:
        for line in self.lines.get("CATEGORIES", ()):
            for label in unescape_list(self.took(line).value):
                if label.strip():
                    yield " ".join(label.split())

    def parent(self) -> str | None:
        for line in self.lines.get("RELATED-TO", ()):
            if line.parameter("RELTYPE") in (None, "PARENT"):
                return unescape(self.took(line).value).strip() or None
        return None

    def history(self, name: str) -> datetime | None:
        """Return the instant of a property; None for a year that means "unknown", such as 0000 or 1601."""
        line = self.take(name)
        try:
            return None if line is None else read_instant(line, self.aliases)
        except Invalid:
            return None

    def unknown_rows(self) -> Iterator[str]:
        """Yield the properties that were not taken, with IANA names of time zones."""
        for line in self.component.lines:
            if id(line) in self.taken:
                continue
            tzid = line.parameter("TZID")
            zone = None if tzid is None else zone_named(tzid, self.aliases)
            if tzid is None or zone in (None, tzid):
                yield line.text
            else:
                parameters = line.parameters.replace(f'"{tzid}"', str(zone)).replace(
                    tzid, str(zone)
                )
                yield f"{line.name}{parameters}:{line.value}"


def lenient_due(line: Line, aliases: Mapping[str, str]) -> Due | None:
    """Return the date of DTSTART, which is kept as it is; None for one that no todo of ours could have."""
    try:
        return read_due(line, aliases)
    except Invalid:
        return None


def _moved(start: Due, length: timedelta) -> Due:
    try:
        due = later(start, length)
    except OverflowError:
        due = None
    if due is None or year_of(due) > LAST_YEAR:
        raise not_acceptable("DURATION", "year", f"ends after the year {LAST_YEAR}.")
    return due


def read_occurrence(
    component: Component, summary: str, aliases: Mapping[str, str]
) -> CalendarOccurrence:
    reader = VtodoReader(component, aliases)
    for name in ("DTSTAMP", "UID"):
        reader.take(name)
    line = reader.take("RECURRENCE-ID")
    if line is None or line.parameter("RANGE") is not None:
        raise not_acceptable("RECURRENCE-ID", "range", "must name one occurrence, without RANGE.")
    status, percent, completed_at = reader.state()
    rows = [row for row in reader.unknown_rows() if row != f"SUMMARY:{escape(summary)}"]
    if percent is not None:
        rows.append(f"PERCENT-COMPLETE:{percent}")
    inner = [row for part in component.components for row in part.texts()]
    return CalendarOccurrence(
        read_due(line, aliases), status, completed_at, "\n".join([*rows, *inner])
    )
