"""Whether something grows: pure, so that the judge can be tested without an hour's wait.

A value that is sampled now and then goes up and down; what counts is its slope once it has warmed
up. The slope is the median of those between all pairs of samples (Theil-Sen): a restart, a burst
or one odd sample does not turn it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

# Pools fill, code paths are met for the first time, the allocator finds its size.
WARM_UP = 0.25
# Fewer samples after the warm-up, or fewer minutes, say nothing about an hour.
FEWEST_SAMPLES = 20
SHORTEST_MINUTES = 10.0
# More pairs than this say the same, slower: samples are then taken evenly.
MOST_SAMPLES = 400


@dataclass(frozen=True)
class Bound:
    """What a value may gain in an hour. `reason` is printed with a verdict that it was more."""

    name: str
    an_hour: float
    unit: str
    reason: str


@dataclass(frozen=True)
class Growth:
    """How a value moved after the warm-up."""

    bound: Bound
    an_hour: float
    first: float
    last: float

    @property
    def is_too_much(self) -> bool:
        return self.an_hour > self.bound.an_hour


def growth(bound: Bound, samples: Sequence[tuple[float, float]]) -> Growth | None:
    """Returns how the value of `samples` (seconds, value) grew; None: too short to tell."""
    settled = after_warm_up(samples)
    if len(settled) < FEWEST_SAMPLES or settled[-1][0] - settled[0][0] < SHORTEST_MINUTES * 60:
        return None
    few = settled[:: max(1, len(settled) // MOST_SAMPLES)]
    slopes = [
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for number, earlier in enumerate(few)
        for later in few[number + 1 :]
    ]
    tenth = max(1, len(settled) // 10)
    return Growth(
        bound,
        median(slopes) * 3600,
        median(value for _, value in settled[:tenth]),
        median(value for _, value in settled[-tenth:]),
    )


def after_warm_up(samples: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    if not samples:
        return samples
    start = samples[0][0] + (samples[-1][0] - samples[0][0]) * WARM_UP
    return [one for one in samples if one[0] >= start]
