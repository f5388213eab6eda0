"""What was promised (the goals of docs/…), and whether this run kept it."""

from collections.abc import Mapping
from statistics import median

from bench.fanout.contestant import Shape
from bench.fanout.plan import MIDDLE, Plan
from bench.fanout.report import Figure, Rounds, cost, idle, paced, rate, values

# Of the C loops' rates, as measured before with a centrifuge of this year, for where the one here
# is Debian's of 2021 or none.
RECORDED_CENTRIFUGE = {1: 0.50, 4: 0.44, 16: 0.23}


def goals(plan: Plan, found: Mapping[str, Rounds]) -> list[str]:
    """Returns a line for each goal: hit, miss, or not measured."""
    if "ours" not in found:
        return []
    lines = []
    for in_flight, times in ((1, 1.3), (4, 1.7), (16, 3.0)):
        if in_flight not in plan.in_flight:
            continue
        name = f"{in_flight} in flight"
        lines.append(_at_least(found, f"{name}: ours / centrifuge", "centrifuge", in_flight, times))
        loop = "c" if in_flight == 1 else "c-joined"
        recorded = times * RECORDED_CENTRIFUGE[in_flight]
        what = f"{name}: ours / C loop, for {times} × the centrifuge recorded beside it"
        lines.append(_at_least(found, what, loop, in_flight, recorded))
        if in_flight < 16:
            kind = "C loop" if in_flight == 1 else "joining C loop"
            lines.append(_at_least(found, f"{name}: ours / {kind}", loop, in_flight, 0.7))
    lines += [_late(found, loop) for loop in ("c", "c-joined")]
    lines += [_memory(found, count) for count in plan.growing]
    lines += [_flat(plan, found, in_flight) for in_flight in plan.in_flight]
    return lines


def _at_least(
    found: Mapping[str, Rounds], what: str, other: str, in_flight: int, wanted: float
) -> str:
    ratio = _ratio(found, other, rate(MIDDLE, in_flight))
    line = _line(f"{what} ≥ {wanted:.2f}", ratio, ratio is not None and ratio >= wanted)
    # Where something else takes turns on the server's core, this is the steadier figure.
    dearer = _ratio(found, other, cost(MIDDLE, in_flight))
    return f"{line} (by CPU time: {1 / dearer:.2f})" if dearer else line


def _ratio(found: Mapping[str, Rounds], other: str, figure: Figure) -> float | None:
    """Returns the median of the rounds' ratios: a round is a minute of one machine's mood."""
    pairs = [
        (mine, theirs)
        for one, two in zip(found["ours"], found.get(other, ()), strict=False)
        if (mine := figure(one)) is not None and (theirs := figure(two))
    ]
    return median(mine / theirs for mine, theirs in pairs) if pairs else None


def _late(found: Mapping[str, Rounds], loop: str) -> str:
    ratio = _ratio(found, loop, paced("p99"))
    kind = "C loop" if loop == "c" else "joining C loop"
    what = f"p99 at 40,000 deliveries/s: ours / {kind} ≤ 1.50"
    return _line(what, ratio, ratio is not None and ratio <= 1.5)


def _memory(found: Mapping[str, Rounds], count: int) -> str:
    sizes = values(found["ours"], idle(count))
    size = median(sizes) / 1e3 if sizes else None
    what = f"kB an idle socket, of {count:,} ≤ 16"
    return _line(what, size, size is not None and size <= 16)


def _flat(plan: Plan, found: Mapping[str, Rounds], in_flight: int) -> str:
    """A delivery costs as much, within a fifth, whatever the numbers of subscribers and lists."""
    shapes = [Shape(plan.growing[-1]), *plan.apart, *plan.extra]
    costs = [
        median(some) for shape in shapes if (some := values(found["ours"], cost(shape, in_flight)))
    ]
    middle_cost = values(found["ours"], cost(MIDDLE, in_flight))
    if len(costs) < 2 or not middle_cost:
        return _line(f"{in_flight} in flight: cost of a delivery flat ± 20 %", None, False)
    least, most = (edge(costs) / median(middle_cost) for edge in (min, max))
    what = f"{in_flight} in flight: cost of a delivery {least:.2f} to {most:.2f} × that at {MIDDLE}"
    return _line(f"{what}, within ± 20 %", most, least >= 0.8 and most <= 1.2)


def _line(what: str, value: float | None, is_hit: bool) -> str:
    if value is None:
        return f"  not measured  {what}"
    return f"  {'hit ' if is_hit else 'MISS'}  {what}: {value:.2f}"
