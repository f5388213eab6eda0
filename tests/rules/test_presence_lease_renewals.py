"""Leases are renewed in time, however many there are, and never all at once."""

from itertools import pairwise

import pytest

from realtime.limits import Limits
from realtime.presence.lease_renewals import Renewals
from shared.ids import StreamId

EVERY = Limits.renew_seconds
AT_ONCE = 200


@pytest.fixture
def renewals() -> Renewals:
    return Renewals(Limits())


def rooms(count: int) -> dict[StreamId, None]:
    return dict.fromkeys(StreamId(f"list{number}") for number in range(count))


def renewed(
    renewals: Renewals, known: dict[StreamId, None], begin: float, end: float
) -> list[tuple[float, list[StreamId]]]:
    """Returns what is taken when, by a node that looks as soon as it is to."""
    now, taken = begin, []
    while now < end:
        turn = renewals.take(known, AT_ONCE, now)
        renewals.done(turn, now)
        taken.append((now, turn))
        now += max(0.001, renewals.seconds_left(now))
    return taken


def test_a_room_is_renewed_once_the_time_is_over_and_not_before(renewals: Renewals) -> None:
    first, second = rooms(2)
    known = rooms(2)
    renewals.done([first], 100)
    renewals.done([second], 103)

    assert renewals.seconds_left(104) == EVERY - 4
    assert renewals.take(known, AT_ONCE, 100 + EVERY - 0.1) == []
    assert renewals.take(known, AT_ONCE, 100 + EVERY) == [first]


def test_an_exchange_for_any_other_reason_is_a_renewal_too(renewals: Renewals) -> None:
    first, second = known = rooms(2)
    renewals.done(known, 100)

    renewals.done([first], 105)

    assert renewals.take(rooms(2), AT_ONCE, 100 + EVERY) == [second]
    assert renewals.seconds_left(105) == EVERY - 5


def test_rooms_stay_due_until_they_are_done(renewals: Renewals) -> None:
    known = rooms(3)
    renewals.all_are_due(known, 100)

    assert renewals.take(known, AT_ONCE, 100) == [*known]
    assert renewals.take(known, AT_ONCE, 101) == [*known]


def test_many_that_are_due_together_are_taken_evenly_and_apart_from_then_on(
    renewals: Renewals,
) -> None:
    known = rooms(20_000)
    renewals.all_are_due(known, 100)

    taken = renewed(renewals, known, 100, 100 + 3.5 * EVERY)

    times: dict[StreamId, list[float]] = {}
    for at, turn in taken:
        for one in turn:
            times.setdefault(one, []).append(at)
    assert len(times) == len(known)
    for several in times.values():
        assert several[0] <= 100 + EVERY / 2 + 0.1
        gaps = [after - before for before, after in pairwise(several)]
        assert gaps
        assert max(gaps) < EVERY + 0.1
    # In no second more than its share of the half: an even pace, in each round.
    for second in range(int(3.5 * EVERY)):
        in_it = sum(len(turn) for at, turn in taken if 100 + second <= at < 101 + second)
        assert in_it <= len(known) / (EVERY / 2) + 2 * AT_ONCE


def test_nothing_is_kept_of_rooms_that_are_gone(renewals: Renewals) -> None:
    _, second = known = rooms(2)
    renewals.done(known, 100)

    taken = renewals.take({second: None}, AT_ONCE, 100 + EVERY)

    assert taken == [second]
    renewals.done(taken, 100 + EVERY)
    assert renewals.seconds_left(100 + EVERY) == EVERY


def test_a_room_whose_exchange_never_ended_has_its_turn_all_the_same(renewals: Renewals) -> None:
    [room] = known = rooms(1)

    renewals.expect(known, 100)

    assert renewals.take(known, AT_ONCE, 100 + EVERY) == [room]
