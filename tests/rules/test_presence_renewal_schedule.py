"""Leases are renewed in time, however many there are, and never all at once."""

from itertools import pairwise

import pytest

from realtime.limits import Limits
from realtime.presence.renewal_schedule import RenewalSchedule
from shared.ids import StreamId

EVERY = Limits.renew_seconds
AT_ONCE = 200


@pytest.fixture
def schedule() -> RenewalSchedule:
    return RenewalSchedule(Limits())


def rooms(count: int) -> dict[StreamId, None]:
    return dict.fromkeys(StreamId(f"list{number}") for number in range(count))


def renewals_between(
    schedule: RenewalSchedule, known: dict[StreamId, None], begin: float, end: float
) -> list[tuple[float, list[StreamId]]]:
    """Return what is renewed when, by a node that takes rooms as soon as they are due."""
    now, renewals = begin, []
    while now < end:
        due = schedule.take_due(known, AT_ONCE, now)
        schedule.mark_renewed(due, now)
        renewals.append((now, due))
        now += max(0.001, schedule.seconds_until_due(now))
    return renewals


def test_a_room_is_due_once_the_time_is_over_and_not_before(schedule: RenewalSchedule) -> None:
    first, second = rooms(2)
    known = rooms(2)
    schedule.mark_renewed([first], 100)
    schedule.mark_renewed([second], 103)

    assert schedule.seconds_until_due(104) == EVERY - 4
    assert schedule.take_due(known, AT_ONCE, 100 + EVERY - 0.1) == []
    assert schedule.take_due(known, AT_ONCE, 100 + EVERY) == [first]


def test_a_write_for_any_other_reason_is_a_renewal_too(schedule: RenewalSchedule) -> None:
    first, second = known = rooms(2)
    schedule.mark_renewed(known, 100)

    schedule.mark_renewed([first], 105)

    assert schedule.take_due(rooms(2), AT_ONCE, 100 + EVERY) == [second]
    assert schedule.seconds_until_due(105) == EVERY - 5


def test_rooms_stay_due_until_they_are_renewed(schedule: RenewalSchedule) -> None:
    known = rooms(3)
    schedule.make_all_due(known, 100)

    assert schedule.take_due(known, AT_ONCE, 100) == [*known]
    assert schedule.take_due(known, AT_ONCE, 101) == [*known]


def test_many_rooms_that_are_due_together_are_spread_evenly_and_stay_apart(
    schedule: RenewalSchedule,
) -> None:
    known = rooms(20_000)
    schedule.make_all_due(known, 100)

    renewals = renewals_between(schedule, known, 100, 100 + 3.5 * EVERY)

    times: dict[StreamId, list[float]] = {}
    for at, due in renewals:
        for stream in due:
            times.setdefault(stream, []).append(at)
    assert len(times) == len(known)
    for several in times.values():
        assert several[0] <= 100 + EVERY / 2 + 0.1
        gaps = [after - before for before, after in pairwise(several)]
        assert gaps
        assert max(gaps) < EVERY + 0.1
    # In no second more than its share of the half: an even pace, in each round.
    for second in range(int(3.5 * EVERY)):
        in_it = sum(len(due) for at, due in renewals if 100 + second <= at < 101 + second)
        assert in_it <= len(known) / (EVERY / 2) + 2 * AT_ONCE


def test_nothing_is_kept_of_rooms_that_are_gone(schedule: RenewalSchedule) -> None:
    _, second = known = rooms(2)
    schedule.mark_renewed(known, 100)

    due = schedule.take_due({second: None}, AT_ONCE, 100 + EVERY)

    assert due == [second]
    schedule.mark_renewed(due, 100 + EVERY)
    assert schedule.seconds_until_due(100 + EVERY) == EVERY


def test_a_room_whose_write_never_ended_becomes_due_all_the_same(
    schedule: RenewalSchedule,
) -> None:
    [room] = known = rooms(1)

    schedule.add(known, 100)

    assert schedule.take_due(known, AT_ONCE, 100 + EVERY) == [room]
