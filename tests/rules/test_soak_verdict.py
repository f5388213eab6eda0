"""The judge of the soak: a leak is called one, ordinary noise is not."""

import random

import pytest

from bench.soak.growth import Bound, growth

BOUND = Bound("RSS", 8, "MB", "it leaks")
HOUR = 3600


def samples(
    an_hour: float, *, minutes: float = 60, noise: float = 2.0
) -> list[tuple[float, float]]:
    """Returns a sample each ten seconds, on top of a warm-up of 30 MB in the first five minutes."""
    chance = random.Random(5)
    return [
        (at, 100 + min(at, 300) / 10 + an_hour * at / HOUR + chance.gauss(0, noise))
        for at in (10.0 * number for number in range(int(minutes * 6)))
    ]


@pytest.mark.parametrize("an_hour", [12, 30, 100])
def test_what_leaks_is_called_growth(an_hour: float) -> None:
    found = growth(BOUND, samples(an_hour))

    assert found is not None
    assert found.is_too_much
    assert found.an_hour == pytest.approx(an_hour, rel=0.2)


@pytest.mark.parametrize("an_hour", [0, 4, -20])
def test_what_stays_about_the_same_is_not(an_hour: float) -> None:
    found = growth(BOUND, samples(an_hour))

    assert found is not None
    assert not found.is_too_much


def test_a_burst_is_no_growth_even_at_the_end() -> None:
    burst = [(at, value + (50 if at > 3300 else 0)) for at, value in samples(0)]

    found = growth(BOUND, burst)

    assert found is not None
    assert not found.is_too_much


def test_a_few_minutes_are_no_verdict() -> None:
    assert growth(BOUND, samples(1000, minutes=9)) is None
    assert growth(BOUND, []) is None
