"""The table: medians over the rounds, with half their spread, and ratios within each round."""

from collections.abc import Callable, Sequence
from statistics import median

from bench.rest.cases import Case
from bench.rest.measure import Result, Results
from bench.rest.servers import Server

Figure = Callable[[Result], float]
HEAD = (
    "case", "server", "requests/s", "CPU µs a request", "p50 ms", "p99 ms", "× bare",
    "× async ORM", "server busy", "Postgres µs", "client µs",
)  # fmt: skip


def rate(result: Result) -> float:
    return result.measured.rate


def cpu_us(result: Result) -> float:
    return result.measured.cpu_us


def ratio(
    results: Results, case: str, server: str, other: str, figure: Figure, other_case: str = ""
) -> float | None:
    """Return the median of the ratios within each round, because the machine varies between rounds.

    Where the other server has no idempotency keys, its case without a key is compared.
    """
    others = results.of(other_case or case, other) or results.of(case.removesuffix("-key"), other)
    pairs = zip(results.of(case, server), others, strict=False)
    ratios = [figure(own) / figure(compared) for own, compared in pairs]
    return median(ratios) if ratios else None


def table(results: Results, cases: Sequence[Case], servers: Sequence[Server]) -> list[str]:
    """Return the lines of the table, in Markdown."""
    lines = ["| " + " | ".join(HEAD) + " |", "|---" * len(HEAD) + "|"]
    for case in cases:
        for server in servers:
            if rounds := results.of(case.key, server.key):
                cells = _cells(results, case, server, rounds)
                lines.append("| " + " | ".join(cells) + " |")
    return lines


def _cells(results: Results, case: Case, server: Server, rounds: Sequence[Result]) -> list[str]:
    return [
        case.title,
        server.title,
        _cell(rounds, rate),
        _cell(rounds, cpu_us),
        _cell(rounds, lambda result: result.measured.p50, 1),
        _cell(rounds, lambda result: result.measured.p99, 1),
        _ratio_cell(results, case, server, "bare"),
        _ratio_cell(results, case, server, "orm-async"),
        f"{median(r.measured.server_cpu / r.measured.seconds for r in rounds):.0%}",
        f"{median(result.postgres_us for result in rounds):,.0f}",
        f"{median(result.measured.client_us for result in rounds):,.0f}",
    ]


def _cell(rounds: Sequence[Result], figure: Figure, digits: int = 0) -> str:
    found = [figure(result) for result in rounds]
    text = f"{median(found):,.{digits}f}"
    if len(found) == 1 or not median(found):
        return text
    return f"{text} ±{(max(found) - min(found)) / 2 / median(found):.0%}"


def _ratio_cell(results: Results, case: Case, server: Server, other: str) -> str:
    found = ratio(results, case.key, server.key, other, rate)
    return "–" if found is None else f"{found:.2f}"
