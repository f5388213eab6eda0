"""The table and the goals: medians over the rounds, with half their spread."""

import math
from collections.abc import Callable, Sequence
from statistics import median

from bench.live.measure import Result, Results
from bench.live.setups import Setup

Figure = Callable[[Result], float]
HEAD = (
    "server", "offered/s", "event p50 ms", "p99 ms", "p99 × bare", "answer p50 ms", "p99 ms",
    "client late p99 ms", "at most, edits/s", "server µs an edit", "Postgres µs", "client µs",
    "lost", "doubled", "out of order", "refused",
)  # fmt: skip
P99_TIMES_BARE = 4.0
EDITS_PER_SECOND = {"livelist": 600.0, "two": 1_000.0}


def event_p99(result: Result) -> float:
    return result.paced.event_percentile(0.99)


def most(result: Result) -> float:
    return result.saturated.rate if result.saturated else math.nan


def table(results: Results, setups: Sequence[Setup]) -> list[str]:
    """Return the lines of the table, in Markdown."""
    lines = ["| " + " | ".join(HEAD) + " |", "|---" * len(HEAD) + "|"]
    for setup in setups:
        if rounds := results.of(setup.key):
            cells = [setup.title, *_cells(rounds, _ratio_to_bare(results, setup.key))]
            lines.append("| " + " | ".join(cells) + " |")
    return lines


def goals(results: Results, setups: Sequence[Setup]) -> list[str]:
    """Return a line for each goal: hit, MISS, or not measured."""
    ratio = _ratio_to_bare(results, "livelist")
    lines = [
        _line(
            f"p99 at the fixed rate: Livelist / bare ≤ {P99_TIMES_BARE:.0f}",
            ratio, ratio is not None and ratio <= P99_TIMES_BARE,
        )
    ]  # fmt: skip
    for setup in setups:
        if (least := EDITS_PER_SECOND.get(setup.key)) is not None:
            rounds = results.of(setup.key)
            rate = median(map(most, rounds)) if rounds else None
            what = f"{setup.title}: edits/s ≥ {least:,.0f}"
            lines.append(_line(what, rate, rate is not None and rate >= least))
        if not setup.is_bare and (rounds := results.of(setup.key)):
            faults = sum(result.faults.total + result.paced.refused for result in rounds)
            what = f"{setup.title}: events lost, doubled or out of order, and edits refused = 0"
            lines.append(_line(what, faults, faults == 0))
    return lines


def _cells(rounds: Sequence[Result], ratio: float | None) -> list[str]:
    return [
        _cell(rounds, lambda result: result.paced.offered),
        _cell(rounds, lambda result: result.paced.event_percentile(0.5), 1),
        _cell(rounds, event_p99, 1),
        "–" if ratio is None else f"{ratio:.2f}",
        _cell(rounds, lambda result: result.paced.answer_percentile(0.5), 1),
        _cell(rounds, lambda result: result.paced.answer_percentile(0.99), 1),
        _cell(rounds, lambda result: result.paced.client_delay_percentile(0.99), 1),
        _cell(rounds, most),
        _cell(rounds, lambda result: result.saturated.server_us if result.saturated else math.nan),
        _cell(
            rounds, lambda result: result.saturated.postgres_us if result.saturated else math.nan
        ),
        _cell(rounds, lambda result: result.saturated.client_us if result.saturated else math.nan),
        *(
            str(sum(getattr(result.faults, name) for result in rounds))
            for name in ("lost", "doubled", "disordered")
        ),
        str(sum(result.paced.refused for result in rounds)),
    ]


def _cell(rounds: Sequence[Result], figure: Figure, digits: int = 0) -> str:
    found = [figure(result) for result in rounds]
    if any(map(math.isnan, found)):
        return "–"
    text = f"{median(found):,.{digits}f}"
    if len(found) == 1 or not median(found):
        return text
    return f"{text} ±{(max(found) - min(found)) / 2 / median(found):.0%}"


def _ratio_to_bare(results: Results, key: str) -> float | None:
    """Return the median of the ratios within each round, because the machine varies between rounds."""
    pairs = zip(results.of(key), results.of("bare"), strict=False)
    ratios = [event_p99(own) / event_p99(bare) for own, bare in pairs]
    return median(ratios) if ratios else None


def _line(what: str, value: float | None, is_hit: bool) -> str:
    if value is None:
        return f"  not measured  {what}"
    return f"  {'hit ' if is_hit else 'MISS'}  {what}: {value:,.2f}"
