"""How long a failed job waits, and when it is given up."""

from datetime import timedelta

import pytest

from shared.jobs.retries import FEWEST_ATTEMPTS, LONGEST, delay_seconds, is_exhausted

ALMOST_ONE = 1 - 2**-53


def test_each_failure_doubles_the_longest_wait_from_15_seconds_to_an_hour() -> None:
    longest = [delay_seconds(attempts, ALMOST_ONE) for attempts in range(10)]

    assert longest == pytest.approx([15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600])
    # A counter gone wild is no reason to wait longer, or to fail.
    assert delay_seconds(10**9, ALMOST_ONE) == pytest.approx(3600)


@pytest.mark.parametrize("attempts", [0, 3, 8, 500])
def test_the_wait_is_drawn_from_nothing_to_the_longest_evenly(attempts: int) -> None:
    longest = delay_seconds(attempts, 1.0)

    draws = [step / 10 for step in range(10)]
    assert [delay_seconds(attempts, draw) for draw in draws] == [draw * longest for draw in draws]
    assert 0 <= delay_seconds(attempts, ALMOST_ONE) < longest


@pytest.mark.parametrize(
    ("attempts", "age", "given_up"),
    [
        (FEWEST_ATTEMPTS, LONGEST, True),
        (FEWEST_ATTEMPTS, LONGEST - timedelta(seconds=1), False),
        (FEWEST_ATTEMPTS - 1, LONGEST * 3, False),
    ],
)
def test_a_job_is_given_up_after_a_day_and_ten_attempts(
    attempts: int, age: timedelta, given_up: bool
) -> None:
    assert is_exhausted(attempts, age) is given_up
