"""Ranks always leave room, stay in order, and stay short at the ends."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.todos.rules import rank

RANKS = st.text(rank.DIGITS, min_size=1, max_size=12).filter(lambda text: text[-1] != "0")


@given(RANKS, RANKS, st.integers(1, 50))
def test_ranks_lie_in_order_between_any_two(one: str, other: str, count: int) -> None:
    if one == other:
        return
    low, high = sorted([one, other])

    ranks = rank.between(low, high, count)

    assert [low, *ranks, high] == sorted({low, *ranks, high})
    assert all(not made.endswith("0") for made in ranks)


@given(st.none() | RANKS, st.integers(1, 20))
def test_ranks_at_either_end_lie_beyond_the_last(neighbour: str | None, count: int) -> None:
    after, before = rank.between(neighbour, None, count), rank.between(None, neighbour, count)

    edge = [] if neighbour is None else [neighbour]
    assert [*edge, *after] == sorted({*edge, *after})
    assert [*before, *edge] == sorted({*edge, *before})


@given(st.lists(st.floats(0, 1, exclude_max=True), max_size=120))
def test_a_list_built_in_any_way_is_in_the_order_it_was_built(places: list[float]) -> None:
    ranks: list[str] = []
    for place in places:
        index = round(place * len(ranks))
        low = ranks[index - 1] if index > 0 else None
        high = ranks[index] if index < len(ranks) else None
        ranks[index:index] = rank.between(low, high)

    assert ranks == sorted(set(ranks))
    # Byte by byte, as both databases compare them, and not as letters of a language.
    assert [one.encode() for one in ranks] == sorted(one.encode() for one in ranks)


def test_appending_ten_thousand_times_does_not_make_ranks_longer() -> None:
    last: str | None = None
    first: str | None = None
    longest = 0
    for _ in range(10_000):
        [last] = rank.between(last, None)
        [first] = rank.between(None, first)
        longest = max(longest, len(last), len(first))

    assert longest <= rank.END_DIGITS


def test_inserting_nine_hundred_times_at_one_place_stays_below_the_limit() -> None:
    low, high = rank.between(None, None, 2)
    for _ in range(900):
        [high] = rank.between(low, high)

    assert len(high) <= rank.LONGEST


def test_the_far_ends_still_leave_room() -> None:
    chooser = random.Random(7)
    last, first = "z" * rank.END_DIGITS, "1"
    for _ in range(50):
        [following], [preceding] = rank.between(last, None), rank.between(None, first)
        assert following > last
        assert preceding < first
        last, first = chooser.choice([following, last]), chooser.choice([preceding, first])


def test_nothing_lies_between_a_rank_and_itself() -> None:
    with pytest.raises(ValueError, match="not after"):
        rank.between("V", "V")
