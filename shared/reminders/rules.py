"""When a reminder fires, and what becomes of it when its time changes. Pure.

A relative reminder counts from the due time: that of a fixed one is an instant; a floating one
and an all-day one are read in the zone of the person reminded, all-day meaning 09:00.

Completing, cancelling or trashing a todo writes nothing here: `next_fire_at` stays, and whoever
fires the reminder looks at the todo first and cancels it then. So a todo that is reopened in time
has its reminder back, and ticking off, the commonest edit of all, costs nothing more.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from shared.contract.shapes import ReminderState
from shared.errors import Invalid
from shared.zones import instant_of, zone_or_utc

# When the day begins for most who are reminded of something "on that day".
ALL_DAY_AT = time(9)
# As many as somebody can tell apart; each is a mail.
MAX_REMINDERS_PER_TODO = 20
# The account's snapshot carries those to come, all of them.
MAX_REMINDERS_PER_USER = 1_000
# A year; what is meant to fire later is better given as an instant.
MAX_OFFSET_MINUTES = 366 * 24 * 60


@dataclass(frozen=True)
class ReminderTrigger:
    """Exactly one of the two: an instant, or signed minutes before the due time."""

    at: datetime | None = None
    minutes_before: int | None = None

    def __post_init__(self) -> None:
        if (self.at is None) == (self.minutes_before is None):
            raise Invalid.field("at", "one_of", "Give either at or minutes_before.")
        if self.minutes_before is not None and abs(self.minutes_before) > MAX_OFFSET_MINUTES:
            raise Invalid.field("minutes_before", "range", "At most a year before or after.")


@dataclass(frozen=True)
class Due:
    """As the table keeps it (shared/tables/todos.py)."""

    kind: str | None
    date: str | None
    local: str | None
    at: datetime | None


@dataclass(frozen=True)
class Timing:
    next_fire_at: datetime | None
    state: ReminderState
    occurrence: int
    snoozed_until: datetime | None = None


@dataclass(frozen=True)
class Snooze:
    """Exactly one of the three: so many minutes from now, an instant, or tomorrow morning."""

    minutes: int | None = None
    until: datetime | None = None
    tomorrow: bool = False

    def __post_init__(self) -> None:
        if [self.minutes is None, self.until is None, not self.tomorrow].count(False) != 1:
            raise Invalid.field("minutes", "one_of", "Give one of minutes, until and tomorrow.")


def trigger_instant(trigger: ReminderTrigger, due: Due, zone: str) -> datetime | None:
    """Returns when it should fire; None while the todo has no due date to count from."""
    if trigger.minutes_before is None:
        return trigger.at
    instant = _due_instant(due, zone)
    return None if instant is None else instant - timedelta(minutes=trigger.minutes_before)


def initial_timing(trigger: ReminderTrigger, due: Due, zone: str, now: datetime) -> Timing:
    """Returns how a new reminder begins. Raises Invalid for an instant that is past.

    A relative one whose time is past waits for the due date to change.
    """
    if trigger.at is not None and trigger.at <= now:
        raise Invalid.field("at", "past", "That time is already past.")
    instant = trigger_instant(trigger, due, zone)
    to_come = instant if instant is not None and instant > now else None
    return Timing(to_come, ReminderState.SCHEDULED, 1)


def snoozed(old: Timing, snooze: Snooze, zone: str, now: datetime) -> Timing:
    """Returns the timing of a reminder that is put off, whether it fired or not. Raises Invalid.

    Tomorrow begins where the person is.
    """
    if snooze.minutes is not None:
        end = now + timedelta(minutes=snooze.minutes)
    elif snooze.until is not None:
        end = snooze.until
    else:
        tomorrow = now.astimezone(zone_or_utc(zone)).date() + timedelta(days=1)
        end = instant_of(datetime.combine(tomorrow, ALL_DAY_AT), zone)
    if not now < end <= now + timedelta(minutes=MAX_OFFSET_MINUTES):
        raise Invalid.field("until", "range", "Put it off to a time within a year from now.")
    return Timing(end, ReminderState.SCHEDULED, old.occurrence + 1, end)


def rescheduled(old: Timing, instant: datetime | None, now: datetime, *, revive: bool) -> Timing:
    """Returns the timing after the due date or the zone changed; `old` itself when nothing does.

    `revive`: the due date was moved, so that one already fired fires again if that is to come.
    A change of zone does not, or flying west would repeat this morning's reminders. Flying east,
    one whose time is past there fires at once, for it was promised and never fired. A snooze
    ends with the due date it was about; a change of zone leaves it alone.
    """
    if old.snoozed_until is not None and not revive:
        return old
    if instant == old.next_fire_at:
        # Also when it is past: the worker may be late with it.
        return old
    to_come = instant if instant is not None and instant > now else None
    if to_come is None and instant is not None and not revive and old.next_fire_at is not None:
        to_come = min(old.next_fire_at, now)
    if old.state is not ReminderState.SCHEDULED and (to_come is None or not revive):
        return old
    if to_come == old.next_fire_at and old.state is ReminderState.SCHEDULED:
        return old
    return Timing(to_come, ReminderState.SCHEDULED, old.occurrence + 1)


def _due_instant(due: Due, zone: str) -> datetime | None:
    if due.at is not None:
        return due.at
    if due.local is not None:
        return instant_of(datetime.fromisoformat(due.local), zone)
    if due.date is not None:
        return instant_of(datetime.combine(date.fromisoformat(due.date), ALL_DAY_AT), zone)
    return None
