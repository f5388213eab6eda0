"""When reminders fire, and how their timing follows a new due date or zone."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.contract.shapes import ReminderState
from shared.errors import Invalid
from shared.reminders.rules import (
    Due,
    ReminderTrigger,
    Snooze,
    Timing,
    initial_timing,
    rescheduled,
    snoozed,
    trigger_instant,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER, PAST = NOW + timedelta(hours=1), NOW - timedelta(hours=1)
NO_DUE = Due(None, None, None, None)
SCHEDULED, SENT = ReminderState.SCHEDULED, ReminderState.SENT


def test_an_all_day_todo_is_due_at_nine_in_the_users_zone() -> None:
    day = Due("date", "2026-12-24", None, None)

    berlin = trigger_instant(ReminderTrigger(minutes_before=30), day, "Europe/Berlin")
    tokyo = trigger_instant(ReminderTrigger(minutes_before=-30), day, "Asia/Tokyo")

    assert berlin == datetime(2026, 12, 24, 7, 30, tzinfo=UTC)
    assert tokyo == datetime(2026, 12, 24, 0, 30, tzinfo=UTC)


def test_a_floating_time_is_read_in_the_users_zone_and_a_fixed_one_is_not() -> None:
    floating = Due("floating", None, "2026-12-24T09:00:00", None)
    fixed = Due("fixed", None, "2026-12-24T09:00:00", LATER)

    assert trigger_instant(ReminderTrigger(minutes_before=0), floating, "Asia/Tokyo") == datetime(
        2026, 12, 24, tzinfo=UTC
    )
    assert trigger_instant(ReminderTrigger(minutes_before=0), fixed, "Asia/Tokyo") == LATER


def test_without_a_due_date_a_relative_reminder_waits() -> None:
    assert initial_timing(ReminderTrigger(minutes_before=5), NO_DUE, "UTC", NOW) == Timing(
        None, SCHEDULED, 1
    )


def test_a_relative_reminder_whose_time_is_past_waits() -> None:
    due = Due("fixed", None, "x", NOW + timedelta(minutes=5))

    assert initial_timing(ReminderTrigger(minutes_before=10), due, "UTC", NOW).next_fire_at is None


def test_an_instant_that_is_past_is_refused() -> None:
    with pytest.raises(Invalid):
        initial_timing(ReminderTrigger(at=NOW), NO_DUE, "UTC", NOW)


@pytest.mark.parametrize("trigger", [(None, None), (NOW, 5)])
def test_a_trigger_is_either_absolute_or_relative(
    trigger: tuple[datetime | None, int | None],
) -> None:
    with pytest.raises(Invalid):
        ReminderTrigger(*trigger)


def test_each_rescheduling_is_an_occurrence_of_its_own() -> None:
    moved = rescheduled(
        Timing(LATER, SCHEDULED, 1), LATER + timedelta(hours=1), NOW, reactivate=True
    )
    cleared = rescheduled(moved, None, NOW, reactivate=True)

    assert moved == Timing(LATER + timedelta(hours=1), SCHEDULED, 2)
    assert cleared == Timing(None, SCHEDULED, 3)


def test_a_fired_reminder_fires_again_when_the_due_date_moves_into_the_future() -> None:
    sent = Timing(None, SENT, 1)

    assert rescheduled(sent, LATER, NOW, reactivate=True) == Timing(LATER, SCHEDULED, 2)
    assert rescheduled(sent, PAST, NOW, reactivate=True) is sent
    assert rescheduled(sent, LATER, NOW, reactivate=False) is sent


def test_a_late_but_unchanged_reminder_is_left_to_the_worker() -> None:
    late = Timing(PAST, SCHEDULED, 1)

    assert rescheduled(late, PAST, NOW, reactivate=True) is late


def test_a_scheduled_reminder_whose_time_is_past_in_the_new_zone_fires_at_once() -> None:
    to_come = Timing(LATER, SCHEDULED, 1)
    moved = rescheduled(to_come, PAST, NOW, reactivate=False)

    assert moved == Timing(NOW, SCHEDULED, 2)
    # Another change of zone before the worker fires it: still due, and not rescheduled.
    assert rescheduled(moved, PAST - timedelta(hours=1), LATER, reactivate=False) is moved
    assert rescheduled(moved, LATER, NOW, reactivate=False) == Timing(LATER, SCHEDULED, 3)


def test_a_reminder_without_a_due_date_keeps_waiting_in_another_zone() -> None:
    waiting = Timing(None, SCHEDULED, 1)

    assert rescheduled(waiting, PAST, NOW, reactivate=False) is waiting
    assert rescheduled(waiting, None, NOW, reactivate=False) is waiting


def test_tomorrow_in_an_unknown_zone_is_read_in_utc() -> None:
    put_off = snoozed(Timing(None, SENT, 1), Snooze(tomorrow=True), "No/Such_Zone", NOW)

    assert put_off.next_fire_at == datetime(2026, 11, 22, 9, tzinfo=UTC)
