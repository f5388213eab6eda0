"""What is measured: sizes, messages in flight, and how long."""

from dataclasses import dataclass

from bench.fanout.contestant import Shape

# 40,000 deliveries a second: what a busy node has all day; every fast server keeps up with it.
PACED_DELIVERIES = 40_000


@dataclass(frozen=True)
class Plan:
    """One round of one server."""

    rounds: int
    # Numbers of idle sockets, opened on top of one another on one list, whose memory is counted;
    # then messages are sent to the last number of them.
    growing: tuple[int, ...]
    # Shapes measured with sockets opened for them alone.
    apart: tuple[Shape, ...]
    # As `apart`, for ours and what the goals compare it with, in the first round: a socket of ours
    # costs milliseconds to sign in, and there is a limit to the whole.
    extra: tuple[Shape, ...] = ()
    in_flight: tuple[int, ...] = (1, 4, 16)
    # Sockets that are connected and have heard so many messages before idle memory is counted: by
    # then the server has loaded what it loads late.
    base: int = 50
    base_messages: int = 20
    warm_ms: int = 150
    window_ms: int = 600
    # For a server that delivers not even a few messages in `window_ms`.
    slow_ms: int = 3_000
    paced_ms: int = 2_000
    # A peer that takes longer is measured in the first round only.
    patience_seconds: float = 45
    # The whole run. A round that would pass it is left out, and the table says so.
    seconds: float = 1_100


# The size of the first table; paced delivery is measured with it.
MIDDLE = Shape(1_000)
FULL = Plan(
    rounds=3,
    growing=(1_000, 5_000),
    apart=(Shape(100), MIDDLE, Shape(1_000, 1_000)),
    extra=(Shape(1_000, 10), Shape(1_000, 100)),
)
QUICK = Plan(rounds=1, growing=(1_000,), apart=(), seconds=170)
