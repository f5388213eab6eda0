"""The verdict of the soak: a leak exceeds its bound, and ordinary noise does not."""

import random

import pytest

from bench.soak.growth import Bound, measure_growth

BOUND = Bound("RSS", 8, "MB", "it leaks")
HOUR = 3600


def samples(
    per_hour: float, *, minutes: float = 60, noise: float = 2.0
) -> list[tuple[float, float]]:
    """Return a sample every ten seconds, on top of a warm-up of 30 MB in the first five minutes."""
    rng = random.Random(5)
    return [
        (at, 100 + min(at, 300) / 10 + per_hour * at / HOUR + rng.gauss(0, noise))
        for at in (10.0 * number for number in range(int(minutes * 6)))
    ]


@pytest.mark.parametrize("per_hour", [12, 30, 100])
def test_a_leak_exceeds_its_bound(per_hour: float) -> None:
    found = measure_growth(BOUND, samples(per_hour))

    assert found is not None
    assert found.exceeds_bound
    assert found.per_hour == pytest.approx(per_hour, rel=0.2)


@pytest.mark.parametrize("per_hour", [0, 4, -20])
def test_noise_does_not_exceed_the_bound(per_hour: float) -> None:
    found = measure_growth(BOUND, samples(per_hour))

    assert found is not None
    assert not found.exceeds_bound


def test_a_burst_is_no_growth_even_at_the_end() -> None:
    burst = [(at, value + (50 if at > 3300 else 0)) for at, value in samples(0)]

    found = measure_growth(BOUND, burst)

    assert found is not None
    assert not found.exceeds_bound


def test_a_few_minutes_give_no_verdict() -> None:
    assert measure_growth(BOUND, samples(1000, minutes=9)) is None
    assert measure_growth(BOUND, []) is None
