"""The goals of a request's cost, compared with the results of a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.rest.measure import Results
from bench.rest.report import cpu_us, rate, ratio


@dataclass(frozen=True)
class Goal:
    """Livelist reaches `least` times the rate of `other`, whose case may be a cheaper one."""

    case: str
    other: str
    least: float
    other_case: str = ""


GOALS = (
    Goal("get", "bare", 0.6),
    Goal("get", "orm-async", 4.0),
    Goal("snapshot", "bare", 0.5),
    Goal("patch", "bare", 0.5),
    Goal("patch", "orm-async", 4.0),
    Goal("patch-key", "bare", 0.5, other_case="patch"),
)
SQLITE_EDITS_PER_SECOND = 800.0


def goals(results: Results) -> list[str]:
    """Return a line for each goal: hit, MISS, or not measured."""
    return [*(_compare(results, goal) for goal in GOALS), _sqlite(results)]


def _compare(results: Results, goal: Goal) -> str:
    other = f"{goal.other}, {goal.other_case}" if goal.other_case else goal.other
    rates, costs = (
        ratio(results, goal.case, "livelist", goal.other, figure, goal.other_case)
        for figure in (rate, cpu_us)
    )
    line = _line(f"{goal.case}: Livelist / {other} ≥ {goal.least}", rates, goal.least)
    # The ratio of rates flatters whoever is compared with a server that waits for Postgres.
    return f"{line} (by CPU time: {1 / costs:.2f})" if costs else line


def _sqlite(results: Results) -> str:
    rates: Sequence[float] = [rate(result) for result in results.of("patch", "livelist-sqlite")]
    what = f"patch on SQLite, edits/s ≥ {SQLITE_EDITS_PER_SECOND:.0f}"
    return _line(what, median(rates) if rates else None, SQLITE_EDITS_PER_SECOND)


def _line(what: str, value: float | None, least: float) -> str:
    if value is None:
        return f"  not measured  {what}"
    return f"  {'hit ' if value >= least else 'MISS'}  {what}: {value:,.2f}"
