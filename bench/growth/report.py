"""The tables: the median time at each size, and the ratio of the largest size to the smallest."""

from collections.abc import Sequence
from statistics import median

from bench.growth.measure import Time, Times
from bench.growth.series import Series

TOLERANCE = 0.2


def table(times: Times, series: Sequence[Series]) -> list[str]:
    """Return a table of series that have sizes in common, in Markdown."""
    sizes = list(dict.fromkeys(point.size for one in series for point in one.points))
    head = ["request", *(f"{size}, ms" for size in sizes), "ratio", "ratio of CPU time", "verdict"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for one in series:
        found = {point.size: times.by_point.get(point, []) for point in one.points}
        cells = [one.what, *(_cell(found.get(size, [])) for size in sizes), *_verdict(one, times)]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _cell(rounds: Sequence[Time]) -> str:
    if not rounds:
        return "–"
    found = [time.p50 for time in rounds]
    text = f"{median(found):.2f}"
    return (
        text if len(found) == 1 else f"{text} ±{(max(found) - min(found)) / 2 / median(found):.0%}"
    )


def _verdict(series: Series, times: Times) -> tuple[str, str, str]:
    smallest, largest = (times.by_point.get(series.points[at], []) for at in (0, -1))
    if not smallest or not largest:
        return "–", "–", "not measured"
    ratio = median(time.p50 for time in largest) / median(time.p50 for time in smallest)
    of_cpu = median(time.cpu_us for time in largest) / median(time.cpu_us for time in smallest)
    # Either shows growth, and noise of the machine is in the time alone.
    is_flat = min(ratio, of_cpu) <= 1 + TOLERANCE
    verdict = "flat" if is_flat else f"may grow: {series.grows}" if series.grows else "GROWS"
    return f"{ratio:.2f}", f"{of_cpu:.2f}", verdict
