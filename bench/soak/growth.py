"""Decide whether a sampled value grows. Pure, so that a test need not wait for an hour.

A sampled value rises and falls; its slope after the warm-up is what counts. The slope is the median of
the slopes between all pairs of samples (Theil-Sen estimator), which a restart, a burst or a single
outlier hardly changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

# The fraction of the run in which pools fill, code runs for the first time, and the heap grows.
WARM_UP = 0.25
# With fewer samples after the warm-up, or fewer minutes, no statement about an hour is possible.
MIN_SAMPLES = 20
MIN_MINUTES = 10.0
# With more samples, evenly spaced ones are used: all pairs would take longer for the same result.
MAX_SAMPLES = 400


@dataclass(frozen=True)
class Bound:
    """How much a value may grow in an hour. `reason` explains a failure: what would grow faster."""

    name: str
    per_hour: float
    unit: str
    reason: str


@dataclass(frozen=True)
class Growth:
    """How a value changed after the warm-up."""

    bound: Bound
    per_hour: float
    first: float
    last: float

    @property
    def exceeds_bound(self) -> bool:
        return self.per_hour > self.bound.per_hour


def measure_growth(bound: Bound, samples: Sequence[tuple[float, float]]) -> Growth | None:
    """Return the growth of samples (seconds, value), or None if the run was too short to tell."""
    settled = after_warm_up(samples)
    if len(settled) < MIN_SAMPLES or settled[-1][0] - settled[0][0] < MIN_MINUTES * 60:
        return None
    spaced = settled[:: max(1, len(settled) // MAX_SAMPLES)]
    slopes = [
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for number, earlier in enumerate(spaced)
        for later in spaced[number + 1 :]
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
    return [sample for sample in samples if sample[0] >= start]
