"""What was heard against what was to be heard."""

from collections.abc import Iterable, Sequence

from tests.support.faults.scenarios import Outcome


def score(heard: Sequence[int], since: int, head: int) -> Outcome:
    """Returns the outcome for one client of one stream: since+1 … head, each once, in order."""
    seen: set[int] = set()
    duplicated = reordered = highest = 0
    for seq in heard:
        if seq in seen or not since < seq <= head:
            duplicated += 1
        elif seq < highest:
            reordered += 1
        seen.add(seq)
        highest = max(highest, seq)
    lost = sum(seq not in seen for seq in range(since + 1, head + 1))
    return Outcome(head - since, len(heard), lost, duplicated, reordered)


def total(outcomes: Iterable[Outcome], note: str = "") -> Outcome:
    """Returns their sum, with a note."""
    return sum(outcomes, Outcome(note=note))


def percentile(values: Sequence[float], part: float) -> float:
    """Returns the value below which `part` of them lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]
