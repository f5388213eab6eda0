"""The values of a VTODO: due dates, instants, durations, priorities and statuses. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from icalendar import vDuration
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from shared.calendar_objects.content_lines import Line, not_acceptable
from shared.contract.shapes import DueDate, DueTime, TodoStatus
from shared.errors import Invalid
from shared.todos.rules.due import parse_due_date, parse_due_time
from shared.todos.rules.repeat_series import Due
from shared.zones import instant_of, is_zone, zone_or_utc

UTC_ZONE = "UTC"
STATUS_NAMES = {
    TodoStatus.PENDING: "NEEDS-ACTION",
    TodoStatus.IN_PROGRESS: "IN-PROCESS",
    TodoStatus.COMPLETED: "COMPLETED",
    TodoStatus.CANCELLED: "CANCELLED",
}
_STATUSES = {name: status for status, name in STATUS_NAMES.items()}
# RFC 5545, 3.8.1.9: 1 is the highest and 9 the lowest; 1 to 4 are high, 5 medium, 6 to 9 low. Programs
# with three levels write 1, 5 and 9.
_PRIORITIES_OUT = (0, 9, 7, 5, 3, 1)
_PRIORITIES_IN = (0, 5, 5, 4, 4, 3, 2, 2, 1, 1)
_WHEN = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:T([0-9]{2})([0-9]{2})([0-9]{2})(Z?))?")
_DURATION = re.compile(r"[+-]?P(?:[0-9]{1,6}W|(?:[0-9]{1,6}D)?(?:T(?:[0-9]{1,8}[HMS]){1,3})?)")


def priority_out(priority: int) -> int:
    """Return our priority as PRIORITY."""
    return _PRIORITIES_OUT[priority]


def priority_in(line: Line) -> int:
    """Return PRIORITY as ours; `priority_in(priority_out(x)) == x`. Raise Invalid."""
    return _PRIORITIES_IN[read_integer(line, 9)]


def read_integer(line: Line, largest: int) -> int:
    """Return the value of an INTEGER property, from 0 to `largest`. Raise Invalid."""
    text = line.value.strip()
    # The length first: int() of a very long text takes long.
    if len(text) > 10 or not (text.isascii() and text.isdigit()) or int(text) > largest:
        raise not_acceptable(line.name, "number", f"must be a number from 0 to {largest}.")
    return int(text)


def read_status(line: Line) -> TodoStatus:
    """Return STATUS as ours. Raise Invalid."""
    try:
        return _STATUSES[line.value.strip().upper()]
    except KeyError:
        names = ", ".join(_STATUSES)
        raise not_acceptable(line.name, "status", f"must be one of {names}.") from None


def zone_named(tzid: str, aliases: Mapping[str, str]) -> str | None:
    """Return the IANA zone that a TZID means, or None.

    Clients also write Windows names, and IANA names behind a path of their own. `aliases` are the
    IANA names that the VTIMEZONEs of the object give.
    """
    tzid = tzid.strip()
    windows = WINDOWS_TO_OLSON.get(tzid)
    parts = tzid.strip("/").split("/")
    paths = ["/".join(parts[-length:]) for length in (3, 2, 1)]
    candidates = [tzid, aliases.get(tzid, ""), windows or "", *paths]
    return next((name for name in candidates if is_zone(name)), None)


def read_due(line: Line, aliases: Mapping[str, str]) -> Due:
    """Return a DATE or DATE-TIME as a due date. Raise Invalid."""
    found = _WHEN.fullmatch(line.value.strip())
    if found is None:
        raise not_acceptable(line.name, "date", "must look like 20261224 or 20261224T090000Z.")
    year, month, day, hour, minute, second, utc = found.groups()
    try:
        if hour is None:
            return parse_due_date(f"{year}-{month}-{day}")
        zone = UTC_ZONE if utc else _zone_of(line, aliases)
        return parse_due_time(f"{year}-{month}-{day}T{hour}:{minute}:{second}", zone)
    except Invalid as error:
        raise not_acceptable(line.name, error.errors[0].code, error.detail) from None


def _zone_of(line: Line, aliases: Mapping[str, str]) -> str | None:
    tzid = line.parameter("TZID")
    if tzid is None:
        return None
    zone = zone_named(tzid, aliases)
    if zone is None:
        raise not_acceptable(
            line.name, "time_zone", "its TZID names a time zone that is not known."
        )
    return zone


def due_line(name: str, due: Due) -> str:
    """Return a due date as a property."""
    if isinstance(due, DueDate):
        return f"{name};VALUE=DATE:{due.date:%Y%m%d}"
    local = due.at.replace("-", "").replace(":", "")
    if due.zone == UTC_ZONE:
        return f"{name}:{local}Z"
    return f"{name};TZID={due.zone}:{local}" if due.zone else f"{name}:{local}"


def read_instant(line: Line, aliases: Mapping[str, str]) -> datetime:
    """Return a DATE-TIME as an instant; without a zone it is read as UTC. Raise Invalid."""
    due = read_due(line, aliases)
    if isinstance(due, DueDate):
        return datetime.combine(due.date, datetime.min.time(), UTC)
    return instant_of(datetime.fromisoformat(due.at), due.zone or UTC_ZONE)


def instant_text(instant: datetime) -> str:
    """Return an instant as a DATE-TIME in UTC, to the second."""
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def read_duration(line: Line) -> timedelta:
    """Return a DURATION. Raise Invalid."""
    text = line.value.strip().upper()
    if not _DURATION.fullmatch(text) or text[-1] in "PT":
        raise not_acceptable(line.name, "duration", "must be a duration such as -PT15M.")
    return vDuration(text).td


def duration_text(duration: timedelta) -> str:
    """Return a duration as iCalendar spells it."""
    text: bytes = vDuration(duration).to_ical()  # type: ignore[no-untyped-call]
    return text.decode()


def later(due: Due, duration: timedelta) -> Due:
    """Return the due date moved by a duration; a zoned one moves on its wall clock."""
    if isinstance(due, DueDate):
        return DueDate(date=due.date + timedelta(days=duration.days))
    moved = datetime.fromisoformat(due.at) + duration
    return DueTime(at=moved.isoformat(timespec="seconds"), zone=due.zone)


def sort_text(due: Due) -> str:
    """Return a text by which due dates of one kind and zone are compared."""
    return due.date.isoformat() if isinstance(due, DueDate) else due.at


def is_same_kind(one: Due, other: Due) -> bool:
    """Return True if both are days, or both are times in the same zone."""
    if isinstance(one, DueDate) or isinstance(other, DueDate):
        return isinstance(one, DueDate) and isinstance(other, DueDate)
    return one.zone == other.zone


def year_of(due: Due) -> int:
    """Return the year of a due date."""
    return due.date.year if isinstance(due, DueDate) else int(due.at[:4])


def day_in(instant: datetime, due: Due) -> tuple[date, str]:
    """Return the day and the time of day that clocks show at `instant` in the zone of `due`."""
    zone = due.zone if isinstance(due, DueTime) and due.zone else UTC_ZONE
    local = instant.astimezone(zone_or_utc(zone))
    return local.date(), f"{local:%H:%M:%S}"
