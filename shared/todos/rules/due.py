"""Due dates: what is accepted, and how one is kept. Pure.

date      a day, wherever the reader is        {"date": "2026-12-24"}
floating  a wall time in the reader's zone     {"at": "2026-12-24T09:00:00"}
fixed     a wall time in a named zone, which   {"at": …, "zone": "Europe/Berlin"}
          is one instant for everybody
"""

import re
from datetime import UTC, date, datetime, time

from shared.contract.shapes import DueDate, DueTime
from shared.errors import Invalid
from shared.zones import instant_of, is_zone

# Outside of these a typing error (0206, 20226) is likelier than a plan; and every instant that
# follows from one, reminders included, stays within what the wire carries.
FIRST_YEAR, LAST_YEAR = 1980, 2999
_AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def due_on(text: str) -> DueDate:
    """Returns an all-day due date. Raises Invalid."""
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise Invalid.field("due.date", "date", "A date looks like 2026-12-24.")
    _refuse_strange_year(day, "due.date")
    return DueDate(date=day)


def due_by(text: str, zone: str | None) -> DueTime:
    """Returns a due time, to the second; fixed when a zone is given. Raises Invalid."""
    try:
        local = datetime.fromisoformat(text) if _AT.fullmatch(text) else None
    except ValueError:
        local = None
    if local is None:
        raise Invalid.field(
            "due.at", "local_time", "A due time looks like 2026-12-24T09:00:00, without an offset."
        )
    _refuse_strange_year(local, "due.at")
    if zone is not None and not is_zone(zone):
        raise Invalid.field(
            "due.zone", "time_zone", "The zone must be an IANA name, such as Europe/Berlin."
        )
    return DueTime(at=local.isoformat(timespec="seconds"), zone=zone)


def due_at(due: DueDate | DueTime | None) -> datetime | None:
    """Returns the instant of a fixed due time; None for all else."""
    if isinstance(due, DueTime) and due.zone is not None:
        return instant_of(datetime.fromisoformat(due.at), due.zone)
    return None


def columns_of(due: DueDate | DueTime | None) -> dict[str, str | datetime | None]:
    """Returns how the table keeps it (shared/tables/todos.py)."""
    kept: dict[str, str | datetime | None] = dict.fromkeys(
        ("due_kind", "due_date", "due_local", "due_zone", "due_at", "due_sort")
    )
    if isinstance(due, DueDate):
        midnight = datetime.combine(due.date, time(), UTC)
        kept |= {"due_kind": "date", "due_date": due.date.isoformat(), "due_sort": midnight}
    elif isinstance(due, DueTime):
        instant = due_at(due)
        kept |= {
            "due_kind": "floating" if instant is None else "fixed",
            "due_local": due.at,
            "due_zone": due.zone,
            "due_at": instant,
            "due_sort": instant or datetime.fromisoformat(due.at).replace(tzinfo=UTC),
        }
    return kept


def _refuse_strange_year(day: date, field: str) -> None:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Invalid.field(
            field, "year", f"The year must lie between {FIRST_YEAR} and {LAST_YEAR}."
        )
