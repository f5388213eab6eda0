"""The tables: medians over the rounds, with their spread."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median

from bench.fanout.competitors.base import Competitor, Shape
from bench.fanout.measure import RoundResult
from bench.fanout.plan import STANDARD_SHAPE, Plan

Rounds = Sequence[RoundResult]
BY_SHAPE = (
    "Thousand deliveries a second at 1 / 4 / 16 in flight in each list, and in brackets CPU "
    "seconds per million:"
)
# Returns one figure of a round, or None if the round did not measure it.
Figure = Callable[[RoundResult], float | None]


def rate(shape: Shape, in_flight: int) -> Figure:
    """Return the figure: deliveries a second."""
    return _attribute(lambda result: result.saturated.get((shape, in_flight)), "rate")


def cost(shape: Shape, in_flight: int) -> Figure:
    """Return the figure: CPU seconds of the server for a million deliveries."""
    return _attribute(lambda result: result.saturated.get((shape, in_flight)), "cpu_per_million")


def paced(name: str) -> Figure:
    """Return the figure: an attribute of the measurement at the fixed rate."""
    return _attribute(lambda result: result.paced, name)


def idle(sockets: int) -> Figure:
    """Return the figure: bytes of the server for each of that many idle sockets."""
    return lambda result: result.idle.get(sockets)


def _attribute(pick: Callable[[RoundResult], object | None], name: str) -> Figure:
    def figure(result: RoundResult) -> float | None:
        measurement = pick(result)
        return None if measurement is None else float(getattr(measurement, name))

    return figure


def values(rounds: Rounds, figure: Figure) -> list[float]:
    return [value for result in rounds if (value := figure(result)) is not None]


def _median(rounds: Rounds, figure: Figure) -> float | None:
    found = values(rounds, figure)
    return median(found) if found else None


def _cell(rounds: Rounds, figure: Figure, unit: float, digits: int = 0) -> str:
    found = values(rounds, figure)
    if not found:
        return "–"
    spread = (max(found) - min(found)) / 2 / median(found) if median(found) else 0
    text = f"{median(found) / unit:,.{digits}f}"
    return text if len(found) == 1 else f"{text} ±{spread:.0%}"


def _latency(rounds: Rounds, name: str) -> str:
    """Return the cell; a server below the rate has no latency, as it grows throughout the run."""
    if any(result.is_too_slow or (result.paced and result.paced.skipped) for result in rounds):
        return "too slow"
    return _cell(rounds, paced(name), 1, 1)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        "| " + " | ".join(head) + " |",
        "|---" * len(head) + "|",
        *("| " + " | ".join(row) + " |" for row in rows),
    ]


def tables(
    plan: Plan, competitors: Sequence[Competitor], results: Mapping[str, Rounds]
) -> list[str]:
    """Return the lines of both tables."""
    measured = [competitor for competitor in competitors if competitor.key in results]
    lines = _table(
        [
            "server", *(f"{number} in flight, k/s" for number in plan.in_flight),
            "CPU s per million (1 / 4 / 16)", "p50 ms at 40k/s", "p99 ms",
            *(f"kB a socket of {count:,}" for count in plan.cumulative_sizes),
        ],
        (_standard_row(plan, competitor, results[competitor.key]) for competitor in measured),
    )  # fmt: skip
    shapes = _shapes(plan)
    if len(shapes) > 1:
        lines += ["", *_by_shape(plan, measured, results, shapes)]
    return lines


def _standard_row(plan: Plan, competitor: Competitor, rounds: Rounds) -> list[str]:
    costs = (_cell(rounds, cost(STANDARD_SHAPE, number), 1, 2) for number in plan.in_flight)
    return [
        competitor.title,
        *(_cell(rounds, rate(STANDARD_SHAPE, number), 1e3) for number in plan.in_flight),
        " / ".join(text.partition(" ")[0] for text in costs),
        _latency(rounds, "p50"),
        _latency(rounds, "p99"),
        *(_cell(rounds, idle(count), 1e3, 1) for count in plan.cumulative_sizes),
    ]


def _shapes(plan: Plan) -> list[Shape]:
    return sorted(
        {Shape(plan.cumulative_sizes[-1]), *plan.separate_shapes, *plan.extra_shapes},
        key=lambda shape: (shape.lists, shape.sockets),
    )


def _by_shape(
    plan: Plan,
    measured: Sequence[Competitor],
    results: Mapping[str, Rounds],
    shapes: Sequence[Shape],
) -> list[str]:
    def cell(rounds: Rounds, shape: Shape) -> str:
        rates = (_median(rounds, rate(shape, number)) for number in plan.in_flight)
        costs = (_median(rounds, cost(shape, number)) for number in plan.in_flight)
        rate_text = " / ".join("–" if value is None else f"{value / 1e3:,.0f}" for value in rates)
        cost_text = " / ".join("–" if value is None else f"{value:.2f}" for value in costs)
        return f"{rate_text} ({cost_text})"

    rows = (
        [competitor.title, *(cell(results[competitor.key], shape) for shape in shapes)]
        for competitor in measured
    )
    return [BY_SHAPE, "", *_table(["server", *map(str, shapes)], rows)]
