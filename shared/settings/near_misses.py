"""Find variables whose name is nearly that of a setting: a misspelled one would silently do nothing."""

from collections.abc import Iterable, Iterator

PREFIX = "LIVELIST_"
# Short names, such as PORT and HOST, are near to too many others.
MIN_LENGTH = 8
# Two mistakes in a shorter name make another word: MAIL_HOST is no misspelled MAIL_PORT.
MIN_LENGTH_FOR_TWO = 10
# Enough to see the mistake; a start must not fill the log.
MAX_FOUND = 10


def near_misses(given: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return a sentence for each of the given names that is probably a misspelled known one.

    A setting that is given under its right name as well is not missed.
    """
    names, files = set(known), {f"{name}_FILE" for name in known}
    present = set(given)
    missing = sorted(
        name for name in names if name not in present and f"{name}_FILE" not in present
    )
    found = {name: next(_meant(name, missing), "") for name in sorted(present - names - files)}
    sentences = [
        f"{name} is no setting: did you mean {meant}?" for name, meant in found.items() if meant
    ]
    return sentences[:MAX_FOUND]


def _meant(name: str, missing: Iterable[str]) -> Iterator[str]:
    plain = name.removeprefix(PREFIX)
    for setting in missing:
        if plain == setting or plain == f"{setting}_FILE":
            yield setting
    for setting in missing:
        allowed = 2 if len(setting) >= MIN_LENGTH_FOR_TWO else 1
        if len(setting) >= MIN_LENGTH and _distance(plain, setting, allowed) <= allowed:
            yield setting


def _distance(left: str, right: str, limit: int) -> int:
    """Return how many letters were added, left out, changed or swapped; more than `limit` if more."""
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before: list[int] = []
    previous = list(range(len(right) + 1))
    for row, a in enumerate(left, 1):
        current = [row]
        for column, b in enumerate(right, 1):
            cost = min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (a != b))
            is_swapped = row > 1 and column > 1 and a == right[column - 2] and b == left[row - 2]
            current.append(min(cost, before[column - 2] + 1) if is_swapped else cost)
        before, previous = previous, current
    return previous[-1]
