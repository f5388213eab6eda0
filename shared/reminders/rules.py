"""Decide when a reminder fires, and how its timing follows the due date and the time zone. Pure.

A relative reminder counts from the due time of its todo. A fixed due time is an instant. A floating
or all-day due date is read in the zone of the reminded user; all-day means 09:00.

Completing, cancelling or trashing a todo changes no reminder: `next_fire_at` stays, and the worker
checks the todo before it fires, and cancels the reminder then. A todo that is reopened in time has
its reminder again, and completing a todo, the most frequent edit, costs no extra write.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from shared.contract.shapes import ReminderState
from shared.errors import Invalid
from shared.zones import instant_of, zone_or_utc

# The local time at which a reminder of an all-day todo counts as due.
ALL_DAY_TIME = time(9)
# As many as a user can tell apart; each is a mail.
MAX_REMINDERS_PER_TODO = 20
# The account snapshot carries all scheduled reminders.
MAX_REMINDERS_PER_USER = 1_000
# A year. A reminder further from the due date is better given as an instant.
MAX_OFFSET_MINUTES = 366 * 24 * 60


@dataclass(frozen=True)
class ReminderTrigger:
    """The trigger of a reminder: an instant, or signed minutes before the due time (RFC 5545, 3.8.6.3).

    Raise Invalid unless exactly one of the two is given.
    """

    at: datetime | None = None
    minutes_before: int | None = None

    def __post_init__(self) -> None:
        if (self.at is None) == (self.minutes_before is None):
            raise Invalid.field("at", "one_of", "Give either at or minutes_before.")
        if self.minutes_before is not None and abs(self.minutes_before) > MAX_OFFSET_MINUTES:
            raise Invalid.field("minutes_before", "range", "At most a year before or after.")


@dataclass(frozen=True)
class Due:
    """The due date of a todo, as stored (shared/tables/todos.py)."""

    kind: str | None
    date: str | None
    local: str | None
    at: datetime | None


@dataclass(frozen=True)
class Timing:
    """When a reminder fires next.

    `occurrence` is the number of this schedule: it grows by one each time the reminder is rescheduled
    or snoozed, so that each firing has its own dedupe key. It is not the number of an occurrence of a
    repeating todo.
    """

    next_fire_at: datetime | None
    state: ReminderState
    occurrence: int
    snoozed_until: datetime | None = None


@dataclass(frozen=True)
class Snooze:
    """How long to snooze: minutes from now, until an instant, or until tomorrow at 09:00.

    Raise Invalid unless exactly one of the three is given.
    """

    minutes: int | None = None
    until: datetime | None = None
    tomorrow: bool = False

    def __post_init__(self) -> None:
        if [self.minutes is None, self.until is None, not self.tomorrow].count(False) != 1:
            raise Invalid.field("minutes", "one_of", "Give one of minutes, until and tomorrow.")


def trigger_instant(trigger: ReminderTrigger, due: Due, zone: str) -> datetime | None:
    """Return the instant at which a reminder fires; None if the todo has no due date to count from."""
    if trigger.minutes_before is None:
        return trigger.at
    instant = _due_instant(due, zone)
    return None if instant is None else instant - timedelta(minutes=trigger.minutes_before)


def initial_timing(trigger: ReminderTrigger, due: Due, zone: str, now: datetime) -> Timing:
    """Return the timing of a new reminder. Raise Invalid for an instant in the past.

    A relative reminder whose time is past waits for the due date to change.
    """
    if trigger.at is not None and trigger.at <= now:
        raise Invalid.field("at", "past", "That time is already past.")
    instant = trigger_instant(trigger, due, zone)
    next_fire_at = instant if instant is not None and instant > now else None
    return Timing(next_fire_at, ReminderState.SCHEDULED, 1)


def snoozed(old: Timing, snooze: Snooze, zone: str, now: datetime) -> Timing:
    """Return the timing of a snoozed reminder, whether it has fired or not. Raise Invalid.

    `zone` is the user's, in which "tomorrow" is read. The snooze ends within a year.
    """
    if snooze.minutes is not None:
        end = now + timedelta(minutes=snooze.minutes)
    elif snooze.until is not None:
        end = snooze.until
    else:
        tomorrow = now.astimezone(zone_or_utc(zone)).date() + timedelta(days=1)
        end = instant_of(datetime.combine(tomorrow, ALL_DAY_TIME), zone)
    if not now < end <= now + timedelta(minutes=MAX_OFFSET_MINUTES):
        raise Invalid.field("until", "range", "Put it off to a time within a year from now.")
    return Timing(end, ReminderState.SCHEDULED, old.occurrence + 1, end)


def rescheduled(
    old: Timing, instant: datetime | None, now: datetime, *, reactivate: bool
) -> Timing:
    """Return the timing after the due date or the zone changed; `old` itself if it stays as it is.

    `reactivate` is True for a moved due date: a reminder that has fired fires again if its new time
    is in the future. It is False for a change of zone, since flying west would repeat this morning's
    reminders. Flying east, a scheduled reminder whose time is already past fires at once, so that it
    is not lost. A snooze ends when the due date moves, and outlives a change of zone.
    """
    if old.snoozed_until is not None and not reactivate:
        return old
    if instant == old.next_fire_at:
        # Even if the instant is past: the worker may be late.
        return old
    next_fire_at = instant if instant is not None and instant > now else None
    is_missed = next_fire_at is None and instant is not None
    if is_missed and not reactivate and old.next_fire_at is not None:
        next_fire_at = min(old.next_fire_at, now)
    if old.state is not ReminderState.SCHEDULED and (next_fire_at is None or not reactivate):
        return old
    if next_fire_at == old.next_fire_at and old.state is ReminderState.SCHEDULED:
        return old
    return Timing(next_fire_at, ReminderState.SCHEDULED, old.occurrence + 1)


def _due_instant(due: Due, zone: str) -> datetime | None:
    if due.at is not None:
        return due.at
    if due.local is not None:
        return instant_of(datetime.fromisoformat(due.local), zone)
    if due.date is not None:
        return instant_of(datetime.combine(date.fromisoformat(due.date), ALL_DAY_TIME), zone)
    return None
