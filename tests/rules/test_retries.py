"""How long a failed job waits before it is retried, and when it is given up."""

from datetime import timedelta

import pytest

from shared.jobs.retries import MIN_ATTEMPTS, RETRY_WINDOW, is_exhausted, retry_delay_seconds

ALMOST_ONE = 1 - 2**-53


def test_each_failure_doubles_the_maximum_delay_from_15_seconds_to_an_hour() -> None:
    longest = [retry_delay_seconds(attempts, ALMOST_ONE) for attempts in range(10)]

    assert longest == pytest.approx([15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600])
    # A corrupt counter leads neither to a longer delay nor to an error.
    assert retry_delay_seconds(10**9, ALMOST_ONE) == pytest.approx(3600)


@pytest.mark.parametrize("attempts", [0, 3, 8, 500])
def test_the_delay_is_uniformly_distributed_between_0_and_the_maximum(attempts: int) -> None:
    longest = retry_delay_seconds(attempts, 1.0)

    jitters = [step / 10 for step in range(10)]
    delays = [retry_delay_seconds(attempts, jitter) for jitter in jitters]
    assert delays == [jitter * longest for jitter in jitters]
    assert 0 <= retry_delay_seconds(attempts, ALMOST_ONE) < longest


@pytest.mark.parametrize(
    ("attempts", "age", "expected"),
    [
        (MIN_ATTEMPTS, RETRY_WINDOW, True),
        (MIN_ATTEMPTS, RETRY_WINDOW - timedelta(seconds=1), False),
        (MIN_ATTEMPTS - 1, RETRY_WINDOW * 3, False),
    ],
)
def test_a_job_is_given_up_after_a_day_and_ten_attempts(
    attempts: int, age: timedelta, expected: bool
) -> None:
    assert is_exhausted(attempts, age) is expected
