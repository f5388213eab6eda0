"""The performance goals of Livelist, compared with the results of a run."""

from collections.abc import Mapping
from statistics import median

from bench.fanout.competitors.base import Shape
from bench.fanout.plan import STANDARD_SHAPE, Plan
from bench.fanout.report import Figure, Rounds, cost, idle, paced, rate, values

# Of the deliveries per CPU second of the hand-written loop.
PER_CPU_SECOND = 0.8
IDLE_SOCKET_KB = 10
# Rates of a current centrifuge as a fraction of the C loop's, measured before this project was
# built. They stand in where the installed centrifuge is Debian's of 2021, or missing.
RECORDED_CENTRIFUGE = {1: 0.50, 4: 0.44, 16: 0.23}


def goals(plan: Plan, results: Mapping[str, Rounds]) -> list[str]:
    """Return a line for each goal: hit, miss, or not measured."""
    if "livelist" not in results:
        return []
    lines = []
    for in_flight, factor in ((1, 1.3), (4, 1.7), (16, 3.0)):
        if in_flight not in plan.in_flight:
            continue
        name = f"{in_flight} in flight"
        what = f"{name}: Livelist / centrifuge"
        lines.append(_at_least(results, what, "centrifuge", in_flight, factor))
        loop = "c" if in_flight == 1 else "c-joined"
        recorded = factor * RECORDED_CENTRIFUGE[in_flight]
        what = f"{name}: Livelist / C loop, for {factor} × the recorded centrifuge"
        lines.append(_at_least(results, what, loop, in_flight, recorded))
        lines.append(_per_cpu_second(results, loop, in_flight))
    lines += [_latency(results, loop) for loop in ("c", "c-joined")]
    lines += [_memory(results, count) for count in plan.cumulative_sizes]
    lines += [_flat_cost(plan, results, in_flight) for in_flight in plan.in_flight]
    return lines


def _at_least(
    results: Mapping[str, Rounds], what: str, other: str, in_flight: int, wanted: float
) -> str:
    ratio = _ratio(results, other, rate(STANDARD_SHAPE, in_flight))
    line = _line(f"{what} ≥ {wanted:.2f}", ratio, ratio is not None and ratio >= wanted)
    # If another program runs on the server's core, the ratio of CPU time is the steadier figure.
    cost_ratio = _ratio(results, other, cost(STANDARD_SHAPE, in_flight))
    return f"{line} (by CPU time: {1 / cost_ratio:.2f})" if cost_ratio else line


def _per_cpu_second(results: Mapping[str, Rounds], loop: str, in_flight: int) -> str:
    """Compare deliveries per CPU second, which do not depend on what else the machine does."""
    cost_ratio = _ratio(results, loop, cost(STANDARD_SHAPE, in_flight))
    kind = "C loop" if loop == "c" else "joining C loop"
    what = f"{in_flight} in flight, per CPU second: Livelist / {kind} ≥ {PER_CPU_SECOND}"
    if not cost_ratio:
        return _line(what, None, False)
    return _line(what, 1 / cost_ratio, 1 / cost_ratio >= PER_CPU_SECOND)


def _ratio(results: Mapping[str, Rounds], other: str, figure: Figure) -> float | None:
    """Return the median of the ratios within each round, because the machine varies between rounds."""
    rounds = zip(results["livelist"], results.get(other, ()), strict=False)
    pairs = [
        (own_figure, other_figure)
        for own, others in rounds
        if (own_figure := figure(own)) is not None and (other_figure := figure(others))
    ]
    return median(own / others for own, others in pairs) if pairs else None


def _latency(results: Mapping[str, Rounds], loop: str) -> str:
    ratio = _ratio(results, loop, paced("p99"))
    kind = "C loop" if loop == "c" else "joining C loop"
    what = f"p99 at 40,000 deliveries/s: Livelist / {kind} ≤ 1.50"
    return _line(what, ratio, ratio is not None and ratio <= 1.5)


def _memory(results: Mapping[str, Rounds], count: int) -> str:
    sizes = values(results["livelist"], idle(count))
    size = median(sizes) / 1e3 if sizes else None
    what = f"kB an idle socket, of {count:,} ≤ {IDLE_SOCKET_KB}"
    return _line(what, size, size is not None and size <= IDLE_SOCKET_KB)


def _flat_cost(plan: Plan, results: Mapping[str, Rounds], in_flight: int) -> str:
    """Compare the cost of a delivery across all numbers of subscribers and lists: within a fifth."""
    shapes = [Shape(plan.cumulative_sizes[-1]), *plan.separate_shapes, *plan.extra_shapes]
    rounds = results["livelist"]
    costs = [
        median(measured) for shape in shapes if (measured := values(rounds, cost(shape, in_flight)))
    ]
    standard_cost = values(rounds, cost(STANDARD_SHAPE, in_flight))
    if len(costs) < 2 or not standard_cost:
        return _line(f"{in_flight} in flight: cost of a delivery flat ± 20 %", None, False)
    least, most = (edge(costs) / median(standard_cost) for edge in (min, max))
    what = (
        f"{in_flight} in flight: cost of a delivery {least:.2f} to {most:.2f} × that at "
        f"{STANDARD_SHAPE}"
    )
    return _line(f"{what}, within ± 20 %", most, least >= 0.8 and most <= 1.2)


def _line(what: str, value: float | None, is_hit: bool) -> str:
    if value is None:
        return f"  not measured  {what}"
    return f"  {'hit ' if is_hit else 'MISS'}  {what}: {value:.2f}"
