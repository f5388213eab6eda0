"""Compare the events that a client received with the events that the database has."""

from collections.abc import Iterable, Sequence

from tests.support.faults.scenarios import Outcome


def compare_events(received: Sequence[int], since: int, head: int) -> Outcome:
    """Return the outcome for one client and stream: since+1 … head are due, each once, in order."""
    seen: set[int] = set()
    duplicated = reordered = highest = 0
    for seq in received:
        if seq in seen or not since < seq <= head:
            duplicated += 1
        elif seq < highest:
            reordered += 1
        seen.add(seq)
        highest = max(highest, seq)
    lost = sum(seq not in seen for seq in range(since + 1, head + 1))
    return Outcome(head - since, len(received), lost, duplicated, reordered)


def sum_outcomes(outcomes: Iterable[Outcome], note: str = "") -> Outcome:
    return sum(outcomes, Outcome(note=note))


def percentile(values: Sequence[float], fraction: float) -> float:
    """Return the value below which that fraction of the values lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * fraction))]
