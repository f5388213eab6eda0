"""Ranks: always room in between, always in order, and short at the ends."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.lists.ranks import DIGITS, END_DIGITS, MAX_LENGTH, ranks_between

RANKS = st.text(DIGITS, min_size=1, max_size=12).filter(lambda text: text[-1] != "0")


@given(RANKS, RANKS, st.integers(1, 50))
def test_ranks_are_in_order_between_any_two(first: str, second: str, count: int) -> None:
    if first == second:
        return
    low, high = sorted([first, second])

    ranks = ranks_between(low, high, count)

    assert [low, *ranks, high] == sorted({low, *ranks, high})
    assert all(not made.endswith("0") for made in ranks)


@given(st.none() | RANKS, st.integers(1, 20))
def test_ranks_at_either_end_are_beyond_the_last(neighbour: str | None, count: int) -> None:
    after, before = ranks_between(neighbour, None, count), ranks_between(None, neighbour, count)

    edge = [] if neighbour is None else [neighbour]
    assert [*edge, *after] == sorted({*edge, *after})
    assert [*before, *edge] == sorted({*edge, *before})


@given(st.lists(st.floats(0, 1, exclude_max=True), max_size=120))
def test_a_list_built_in_any_way_is_in_the_order_it_was_built(positions: list[float]) -> None:
    ranks: list[str] = []
    for position in positions:
        index = round(position * len(ranks))
        low = ranks[index - 1] if index > 0 else None
        high = ranks[index] if index < len(ranks) else None
        ranks[index:index] = ranks_between(low, high)

    assert ranks == sorted(set(ranks))
    # Byte by byte, as both databases compare them, and not as letters of a language.
    assert [rank.encode() for rank in ranks] == sorted(rank.encode() for rank in ranks)


def test_appending_ten_thousand_times_does_not_make_ranks_longer() -> None:
    last: str | None = None
    first: str | None = None
    longest = 0
    for _ in range(10_000):
        [last] = ranks_between(last, None)
        [first] = ranks_between(None, first)
        longest = max(longest, len(last), len(first))

    assert longest <= END_DIGITS


def test_nine_hundred_insertions_in_one_gap_stay_below_the_limit() -> None:
    low, high = ranks_between(None, None, 2)
    for _ in range(900):
        [high] = ranks_between(low, high)

    assert len(high) <= MAX_LENGTH


def test_the_far_ends_still_leave_room() -> None:
    chooser = random.Random(7)
    last, first = "z" * END_DIGITS, "1"
    for _ in range(50):
        [following], [preceding] = ranks_between(last, None), ranks_between(None, first)
        assert following > last
        assert preceding < first
        last, first = chooser.choice([following, last]), chooser.choice([preceding, first])


def test_nothing_lies_between_a_rank_and_itself() -> None:
    with pytest.raises(ValueError, match="not after"):
        ranks_between("V", "V")
