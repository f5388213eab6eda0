"""What is measured: sizes, messages in flight, and how long."""

from dataclasses import dataclass

from bench.fanout.contestant import Shape

# 40,000 deliveries a second: what a busy node has all day; every fast server keeps up with it.
PACED_DELIVERIES = 40_000


@dataclass(frozen=True)
class Plan:
    """One round of one server. Sockets of `growing` are opened on top of one another, on one list."""

    rounds: int
    growing: tuple[int, ...]
    # Shapes measured with sockets opened for them alone.
    apart: tuple[Shape, ...]
    in_flight: tuple[int, ...] = (1, 4, 16)
    # Sockets that are connected and hear something before idle memory is counted.
    base: int = 100
    warm_ms: int = 150
    window_ms: int = 600
    paced_ms: int = 2_000
    # The whole run. A round that would pass it is left out, and the table says so.
    seconds: float = 840


MIDDLE = Shape(1_000)
FULL = Plan(
    rounds=3,
    growing=(100, 1_000, 5_000),
    apart=(MIDDLE, Shape(1_000, 10), Shape(1_000, 100), Shape(1_000, 1_000)),
)
QUICK = Plan(rounds=1, growing=(100, 1_000), apart=(MIDDLE,), seconds=170)
