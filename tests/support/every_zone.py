"""Check repeat series and their reminders in every time zone: one firing each, at the right instant.

`check_all_zones()` covers all zones of the tz database and ten years. `./livelist faults jobs` runs
it (`every-zone`), and the test suite runs a sample (test_repeat_zones.py). The expected instant is
computed independently of the product: from the offsets of the zone around a local time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from shared.contract.shapes import DueDate, DueTime, ReminderState
from shared.reminders.rules import (
    Due,
    ReminderTrigger,
    Timing,
    initial_timing,
    rescheduled,
    trigger_instant,
)
from shared.todos.rules.due import due_columns
from shared.todos.rules.repeat_rule import parse_rule
from shared.todos.rules.repeat_series import RepeatSpec, advance, begin_series, day_of
from shared.zones import zone_names

MINUTES_BEFORE = 30

Kind = Literal["fixed", "floating", "all-day"]
# Clocks change at 2 or 3 in most places, at midnight in some.
SERIES: tuple[tuple[str, str, Kind], ...] = (
    ("FREQ=MONTHLY", "2026-01-31T02:30:00", "fixed"),
    ("FREQ=MONTHLY", "2026-01-31T02:30:00", "floating"),
    ("FREQ=MONTHLY", "2026-01-31T00:00:00", "all-day"),
    ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-01-31T00:15:00", "fixed"),
    ("FREQ=WEEKLY;BYDAY=SU", "2026-01-04T02:30:00", "fixed"),
    ("FREQ=YEARLY", "2028-02-29T09:00:00", "fixed"),
)


@dataclass
class Verdict:
    """The number of zones and occurrences checked, and a description of each error."""

    zones: int = 0
    occurrences: int = 0
    wrong: list[str] = field(default_factory=list)


def all_zones() -> list[str]:
    return sorted(zone_names())


def check_all_zones(
    years: int = 10,
    zones: Iterable[str] | None = None,
    series: Iterable[tuple[str, str, Kind]] = SERIES,
) -> Verdict:
    """Check each series in each zone. A wrong date is added to the verdict and raises nothing."""
    verdict = Verdict()
    for zone in all_zones() if zones is None else zones:
        verdict.zones += 1
        for rule, start, kind in series:
            check_series(verdict, zone, rule, start, years, kind)
    return verdict


def check_series(
    verdict: Verdict, zone: str, rule: str, start: str, years: int, kind: Kind = "fixed"
) -> None:
    """Follow a series and a reminder of it; complete each occurrence a minute after it is due.

    Their user is in `zone`, so floating times and all-day dates are in that zone too.
    """
    repeat, due = begin_series(RepeatSpec(parse_rule(rule)), first_due(kind, start, zone))
    end = date.fromisoformat(start[:10]).replace(day=28) + timedelta(days=365 * years)
    trigger = ReminderTrigger(minutes_before=MINUTES_BEFORE)
    now = datetime(2020, 1, 1, tzinfo=UTC)
    timing = initial_timing(trigger, _as_kept(due), zone, now)
    fired: list[datetime] = []
    numbers = set()
    while day_of(due) <= end:
        right = expected_instant(local_time_of(due), zone)
        _compare(verdict, f"{zone} {rule} {kind} {local_time_of(due)}", timing, right, fired)
        numbers.add(timing.occurrence)
        now = right + timedelta(minutes=1)
        step = advance(repeat, now, zone)
        if step is None:
            verdict.wrong.append(f"{zone} {rule} {kind}: ended at {local_time_of(due)}")
            return
        repeat, due = step
        sent = Timing(timing.next_fire_at, ReminderState.SENT, timing.occurrence)
        timing = rescheduled(
            sent, trigger_instant(trigger, _as_kept(due), zone), now, reactivate=True
        )
    if len(numbers) != len(fired):
        verdict.wrong.append(f"{zone} {rule} {kind}: a number of a firing was used twice")


def first_due(kind: Kind, start: str, zone: str) -> DueDate | DueTime:
    """Return a due date of that kind at the local time `start`."""
    if kind == "all-day":
        return DueDate(date=date.fromisoformat(start[:10]))
    return DueTime(at=start, zone=zone if kind == "fixed" else None)


def local_time_of(due: DueDate | DueTime) -> datetime:
    """Return the local time of a due date; 9:00, when reminders count from, if it is all day."""
    if isinstance(due, DueDate):
        return datetime.combine(due.date, time(9))
    return datetime.fromisoformat(due.at)


def expected_instant(local: datetime, zone: str) -> datetime:
    """Return the first instant with this local time in the zone; past a gap, as long after it."""
    tz = ZoneInfo(zone)
    around = [local.replace(tzinfo=UTC) + timedelta(hours=hours) for hours in (-36, 36)]
    before, after = (instant.astimezone(tz).utcoffset() or timedelta() for instant in around)
    instants = [local.replace(tzinfo=UTC) - offset for offset in {before, after}]
    exact = [
        instant for instant in instants if instant.astimezone(tz).replace(tzinfo=None) == local
    ]
    return min(exact) if exact else local.replace(tzinfo=UTC) - before


def _compare(
    verdict: Verdict,
    what: str,
    timing: Timing,
    right: datetime,
    fired: list[datetime],
) -> None:
    verdict.occurrences += 1
    fires_at = timing.next_fire_at
    if fires_at != right - timedelta(minutes=MINUTES_BEFORE):
        verdict.wrong.append(f"{what}: fires at {fires_at}, due at {right}")
    if fires_at is None or (fired and fires_at <= fired[-1]):
        verdict.wrong.append(f"{what}: fires at {fires_at}, after {fired[-1:]}")
    else:
        fired.append(fires_at)
    # Rescheduled again, by a restart or an edit that changes nothing, it must not fire again.
    if rescheduled(timing, fires_at, right, reactivate=True) is not timing:
        verdict.wrong.append(f"{what}: rescheduled without a change")


def _as_kept(due: DueDate | DueTime) -> Due:
    kept = due_columns(due)
    return Due(kept["due_kind"], kept["due_date"], kept["due_local"], kept["due_at"])  # type: ignore[arg-type]
