"""What a run measures, how often, and for how long."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """The rounds of a run, the setups of each round, and the durations in seconds."""

    rounds: int = 3
    setups: Collection[str] = ("livelist", "two", "bare", "sqlite")
    # Edits a second at the fixed rate. At 100/s, ten seconds give a p99 of a thousand edits.
    rate: float = 100.0
    paced_seconds: float = 10.0
    saturated_seconds: float = 6.0
    warm_up_seconds: float = 2.0
    lists: int = 100
    # Edits in flight for each process: enough to keep it busy, as in bench/rest.
    in_flight: int = 32
    # No round begins that would not end by then.
    max_seconds: float = 460.0


QUICK = Plan(
    rounds=1, setups=("livelist", "two", "bare"), paced_seconds=3.0, saturated_seconds=2.0,
    warm_up_seconds=0.5, lists=30, max_seconds=50.0,
)  # fmt: skip
