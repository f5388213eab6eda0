"""How long and how often is measured."""

from collections.abc import Collection
from dataclasses import dataclass

# Enough to keep one core busy, as few users wait for at once.
CONNECTIONS = 32


@dataclass(frozen=True)
class Plan:
    """The rounds of a run and the durations of each measurement, in milliseconds."""

    rounds: int = 3
    # Fills the server's caches: the slowest server answers more than 100 requests in it.
    warm_up_ms: int = 700
    window_ms: int = 3_000
    connections: int = CONNECTIONS
    # Keys of cases and servers; empty: all.
    cases: Collection[str] = ()
    servers: Collection[str] = ()


QUICK = Plan(
    rounds=1, window_ms=1_500, cases=("get", "patch"),
    servers=("livelist", "bare", "orm-async"),
)  # fmt: skip
