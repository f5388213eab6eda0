"""What is measured: sizes, messages in flight, and durations."""

from dataclasses import dataclass

from bench.fanout.competitors.base import Shape

# 40,000 deliveries a second: the load of a busy node, which every fast server keeps up with.
PACED_DELIVERIES = 40_000


@dataclass(frozen=True)
class Plan:
    """The measurements of a run; durations in milliseconds unless named otherwise."""

    rounds: int
    # Numbers of idle sockets on one list whose memory is measured; each step opens more sockets.
    # Then messages are sent to the largest number.
    cumulative_sizes: tuple[int, ...]
    # Shapes measured with sockets opened for them alone.
    separate_shapes: tuple[Shape, ...]
    # Further separate shapes for Livelist and the servers in its goals, in the first round only:
    # signing in a socket of Livelist takes milliseconds, and the duration of the run is limited.
    extra_shapes: tuple[Shape, ...] = ()
    in_flight: tuple[int, ...] = (1, 4, 16)
    # Sockets and messages before the memory of idle sockets is measured, so that whatever a server
    # loads at its first messages does not count.
    baseline_sockets: int = 50
    baseline_messages: int = 20
    warm_up_ms: int = 150
    window_ms: int = 600
    # The window for a server that delivers only a few messages in `window_ms`.
    slow_ms: int = 3_000
    paced_ms: int = 2_000
    # A server outside the goals whose round takes longer is measured in the first round only.
    slow_round_seconds: float = 45
    # The whole run. A round that would exceed it is skipped, and the output says so.
    seconds: float = 1_100


# The shape of the first table; paced delivery is measured with it.
STANDARD_SHAPE = Shape(1_000)
FULL = Plan(
    rounds=3,
    cumulative_sizes=(1_000, 5_000),
    separate_shapes=(Shape(100), STANDARD_SHAPE, Shape(1_000, 1_000)),
    extra_shapes=(Shape(1_000, 10), Shape(1_000, 100)),
)
QUICK = Plan(rounds=1, cumulative_sizes=(1_000,), separate_shapes=(), seconds=170)
