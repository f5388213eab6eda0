"""The table: medians over the rounds, with their spread, and the goals."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median

from bench.fanout.contestant import Contestant, Shape
from bench.fanout.measure import Found
from bench.fanout.plan import MIDDLE, Plan

Rounds = Sequence[Found]
BY_SHAPE = (
    "Thousand deliveries a second at 1 / 4 / 16 in flight in each list, and in brackets CPU "
    "seconds per million:"
)
# A figure of one round; None where that round did not get so far.
Figure = Callable[[Found], float | None]


def rate(shape: Shape, in_flight: int) -> Figure:
    """Deliveries a second."""
    return _window(lambda found: found.saturated.get((shape, in_flight)), "rate")


def cost(shape: Shape, in_flight: int) -> Figure:
    """Server CPU seconds for a million deliveries."""
    return _window(lambda found: found.saturated.get((shape, in_flight)), "cpu_per_million")


def paced(name: str) -> Figure:
    return _window(lambda found: found.paced, name)


def idle(sockets: int) -> Figure:
    """Bytes of the server for each of so many idle sockets."""
    return lambda found: found.idle.get(sockets)


def _window(pick: Callable[[Found], object | None], name: str) -> Figure:
    def figure(found: Found) -> float | None:
        window = pick(found)
        return None if window is None else float(getattr(window, name))

    return figure


def values(rounds: Rounds, figure: Figure) -> list[float]:
    return [value for one in rounds if (value := figure(one)) is not None]


def middle(rounds: Rounds, figure: Figure) -> float | None:
    found = values(rounds, figure)
    return median(found) if found else None


def _cell(rounds: Rounds, figure: Figure, unit: float, digits: int = 0) -> str:
    found = values(rounds, figure)
    if not found:
        return "–"
    spread = (max(found) - min(found)) / 2 / median(found) if median(found) else 0
    text = f"{median(found) / unit:,.{digits}f}"
    return text if len(found) == 1 else f"{text} ±{spread:.0%}"


def _late(rounds: Rounds, name: str) -> str:
    """A server that cannot keep the rate has no latency: it grows as long as one measures."""
    if any(one.is_too_slow or (one.paced and one.paced.behind) for one in rounds):
        return "too slow"
    return _cell(rounds, paced(name), 1, 1)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        "| " + " | ".join(head) + " |",
        "|---" * len(head) + "|",
        *("| " + " | ".join(row) + " |" for row in rows),
    ]


def tables(plan: Plan, everybody: Sequence[Contestant], found: Mapping[str, Rounds]) -> list[str]:
    """Returns the lines of both tables."""
    here = [one for one in everybody if one.key in found]
    lines = _table(
        [
            "server", *(f"{number} in flight, k/s" for number in plan.in_flight),
            "CPU s per million (1 / 4 / 16)", "p50 ms at 40k/s", "p99 ms",
            *(f"kB a socket of {count:,}" for count in plan.growing),
        ],
        (
            [
                one.title,
                *(_cell(found[one.key], rate(MIDDLE, number), 1e3) for number in plan.in_flight),
                " / ".join(
                    _cell(found[one.key], cost(MIDDLE, number), 1, 2).partition(" ")[0]
                    for number in plan.in_flight
                ),
                _late(found[one.key], "p50"),
                _late(found[one.key], "p99"),
                *(_cell(found[one.key], idle(count), 1e3, 1) for count in plan.growing),
            ]
            for one in here
        ),
    )  # fmt: skip
    shapes = _shapes(plan)
    if len(shapes) > 1:
        lines += ["", *_by_shape(plan, here, found, shapes)]
    return lines


def _shapes(plan: Plan) -> list[Shape]:
    return sorted(
        {Shape(plan.growing[-1]), *plan.apart, *plan.extra},
        key=lambda shape: (shape.lists, shape.sockets),
    )


def _by_shape(
    plan: Plan,
    here: Sequence[Contestant],
    found: Mapping[str, Rounds],
    shapes: Sequence[Shape],
) -> list[str]:
    def cell(rounds: Rounds, shape: Shape) -> str:
        rates = (middle(rounds, rate(shape, number)) for number in plan.in_flight)
        costs = (middle(rounds, cost(shape, number)) for number in plan.in_flight)
        fast = " / ".join("–" if one is None else f"{one / 1e3:,.0f}" for one in rates)
        dear = " / ".join("–" if one is None else f"{one:.2f}" for one in costs)
        return f"{fast} ({dear})"

    return [
        BY_SHAPE,
        "",
        *_table(
            ["server", *map(str, shapes)],
            ([one.title, *(cell(found[one.key], shape) for shape in shapes)] for one in here),
        ),
    ]
