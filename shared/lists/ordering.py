"""Ranks among the few hundred lists or folders of one user. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.errors import Invalid
from shared.lists.ranks import MAX_LENGTH, ranks_between


@dataclass(frozen=True)
class Neighbour:
    """Beside which other one something is put. `field` of the request names it."""

    id: str
    field: str
    is_after: bool


def find_rank(
    others: Sequence[tuple[str, str]], neighbour: Neighbour | None
) -> tuple[str, dict[str, str]]:
    """Return the rank beside `neighbour`, or after all of `others`, which are pairs (id, rank).

    And new ranks of the others by id, in the same order, if the rank would be too long: else none. Raise
    Invalid if the neighbour is not among them.
    """
    ordered = sorted(others, key=lambda other: (other[1], other[0]))
    at = _position([each for each, _ in ordered], neighbour)
    low = ordered[at - 1][1] if at > 0 else None
    high = ordered[at][1] if at < len(ordered) else None
    rank = ranks_between(low, high)[0]
    if len(rank) <= MAX_LENGTH:
        return rank, {}
    ranks = ranks_between(None, None, len(ordered) + 1)
    rank = ranks.pop(at)
    return rank, {each: new for (each, _), new in zip(ordered, ranks, strict=True)}


def _position(ids: Sequence[str], neighbour: Neighbour | None) -> int:
    if neighbour is None:
        return len(ids)
    if neighbour.id not in ids:
        raise unknown(neighbour)
    return ids.index(neighbour.id) + neighbour.is_after


def unknown(neighbour: Neighbour) -> Invalid:
    return Invalid.field(neighbour.field, "unknown_neighbour", "It must be another one of yours.")
