"""Due dates: which are accepted, and how they are stored. Pure.

date      a day, in whichever zone the reader is     {"date": "2026-12-24"}
floating  a local time in the reader's zone          {"at": "2026-12-24T09:00:00"}
fixed     a local time in a named zone: the same     {"at": …, "zone": "Europe/Berlin"}
          instant for every reader
"""

import re
from datetime import UTC, date, datetime, time

from shared.contract.shapes import DueDate, DueTime
from shared.errors import Invalid
from shared.languages.texts import message
from shared.zones import instant_of, is_zone

# A year outside of these is more likely a typing error (0206, 20226) than a plan. They also bound
# every instant computed from a due date, reminders included, to what the wire format can carry.
FIRST_YEAR, LAST_YEAR = 1980, 2999
LOCAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_due_date(text: str) -> DueDate:
    """Return an all-day due date. Raise Invalid."""
    try:
        day = date.fromisoformat(text) if DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise Invalid.field("due.date", "date", "A date looks like 2026-12-24.")
    _check_year(day, "due.date")
    return DueDate(date=day)


def parse_due_time(text: str, zone: str | None) -> DueTime:
    """Return a due time, to the second: fixed with a zone, floating without. Raise Invalid."""
    try:
        local = datetime.fromisoformat(text) if LOCAL_TIME.fullmatch(text) else None
    except ValueError:
        local = None
    if local is None:
        raise Invalid.field(
            "due.at", "local_time", "A due time looks like 2026-12-24T09:00:00, without an offset."
        )
    _check_year(local, "due.at")
    if zone is not None and not is_zone(zone):
        raise Invalid.field(
            "due.zone", "time_zone", "The zone must be an IANA name, such as Europe/Berlin."
        )
    return DueTime(at=local.isoformat(timespec="seconds"), zone=zone)


def due_at(due: DueDate | DueTime | None) -> datetime | None:
    """Return the instant of a fixed due time; None for every other kind."""
    if isinstance(due, DueTime) and due.zone is not None:
        return instant_of(datetime.fromisoformat(due.at), due.zone)
    return None


def due_columns(due: DueDate | DueTime | None) -> dict[str, str | datetime | None]:
    """Return the columns that store a due date (shared/tables/todos.py)."""
    columns: dict[str, str | datetime | None] = dict.fromkeys(
        ("due_kind", "due_date", "due_local", "due_zone", "due_at", "due_sort")
    )
    if isinstance(due, DueDate):
        midnight = datetime.combine(due.date, time(), UTC)
        columns |= {"due_kind": "date", "due_date": due.date.isoformat(), "due_sort": midnight}
    elif isinstance(due, DueTime):
        instant = due_at(due)
        columns |= {
            "due_kind": "floating" if instant is None else "fixed",
            "due_local": due.at,
            "due_zone": due.zone,
            "due_at": instant,
            "due_sort": instant or datetime.fromisoformat(due.at).replace(tzinfo=UTC),
        }
    return columns


def _check_year(day: date, field: str) -> None:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Invalid.field(
            field,
            "year",
            message(
                "The year must lie between {first_year} and {last_year}.",
                first_year=FIRST_YEAR,
                last_year=LAST_YEAR,
            ),
        )
