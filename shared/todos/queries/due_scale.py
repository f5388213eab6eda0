"""The instant at which a todo is due for a reader, in SQL: of whatever kind its due date is.

A day is its midnight and a floating time its instant in the reader's zone; a fixed time is an instant
already. `due_sort`, which the index has, is the same with UTC as the zone (shared/tables/todos.py). So it
lies as far from the reader's instant as the clocks of the zone from UTC, at most, and bounds of it find
the rows of which the exact instants are then computed.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case

from shared.database.column_types import UtcDateTime
from shared.database.instants import in_zone, zone_parameters
from shared.tables.todos import TodoRow
from shared.zones import offsets_of

DUE: ColumnElement[datetime] = case(
    (TodoRow.due_at.is_(None), in_zone(TodoRow.due_sort)), else_=TodoRow.due_at
)

_AFTER, _BEFORE = (bindparam(name, type_=UtcDateTime()) for name in ("due_after", "due_before"))
DUE_AFTER = and_(TodoRow.due_sort >= bindparam("due_after_bound"), _AFTER <= DUE)
DUE_BEFORE = and_(TodoRow.due_sort < bindparam("due_before_bound"), _BEFORE > DUE)


# Before and after every due date.
_FIRST, _LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def start_of(day: date, zone: str) -> datetime:
    """Return the instant at which an all-day todo of `day` is due."""
    return offsets_of(zone).instant_of(datetime.combine(day, time(), UTC))


def due_parameters(
    zone: str, due_after: datetime | None, due_before: datetime | None
) -> Mapping[str, Any]:
    """Return the parameters of DUE, DUE_AFTER and DUE_BEFORE for a reader in `zone`."""
    offsets = offsets_of(zone)
    values = dict(zone_parameters(zone))
    if due_after is not None:
        values |= {"due_after": due_after, "due_after_bound": due_after + offsets.least}
    if due_before is not None:
        values |= {"due_before": due_before, "due_before_bound": due_before + offsets.most}
    return values


def page_parameters(
    zone: str, after_key: datetime | None, *, descending: bool
) -> Mapping[str, Any]:
    """Return the further parameters of a page sorted by DUE, after `after_key` if there is one.

    `due_begin`: where `due_sort` of the page begins. `due_spread`: how far it lies beyond another
    `due_sort`, in seconds, while DUE does not lie beyond the other DUE. `due_end`: beyond all.
    """
    offsets = offsets_of(zone)
    spread = round((offsets.most - offsets.least) / timedelta(seconds=1))
    first, last = (_LAST, _FIRST) if descending else (_FIRST, _LAST)
    values = {"due_spread": -spread if descending else spread, "due_begin": first, "due_end": last}
    if after_key is not None:
        bound = offsets.most if descending else offsets.least
        values |= {"after_key": after_key, "due_begin": after_key + bound}
    return values
