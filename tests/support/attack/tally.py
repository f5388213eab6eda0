"""What a part of the attack counts, and the table of all parts."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

# A kind of fault repeats in many requests; the first one of each kind shows it.
SHOWN_KINDS = 20


class Failure(NamedTuple):
    kind: str
    text: str


@dataclass
class Tally:
    """`tried` attempts, of which the server `refused` some; a failure is an answer that it must not give.

    An attempt that is neither refused nor a failure was a valid one, and was answered as such.
    """

    part: str
    database: str = ""
    tried: int = 0
    refused: int = 0
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0

    @contextmanager
    def attempt(self, name: str) -> Iterator[None]:
        """Count one attempt; an AssertionError inside the block is a failure."""
        self.tried += 1
        try:
            yield
        except AssertionError as error:
            self.fail(f"{name}: {' '.join(str(error).split())[:600]}", name)

    def fail(self, text: str, kind: str = "") -> None:
        """Count a failure; of each kind the first one is shown."""
        self.failures.append(Failure(kind or text, text))


HEADINGS = ("part", "database", "tried", "refused", "failed", "s")


def format_table(tallies: Sequence[Tally]) -> str:
    rows = [
        (
            tally.part, tally.database, str(tally.tried), str(tally.refused),
            str(len(tally.failures)), f"{tally.seconds:.1f}",
        )
        for tally in tallies
    ]  # fmt: skip
    widths = [max(len(row[column]) for row in (HEADINGS, *rows)) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (HEADINGS, *rows)
    )


def format_failures(tally: Tally) -> str:
    """Return the first failure of each kind, with the number of its kind."""
    counts = Counter(failure.kind for failure in tally.failures)
    firsts = {failure.kind: failure.text for failure in reversed(tally.failures)}
    lines = [
        f"  FAILED {count} x {firsts[kind]}" for kind, count in counts.most_common(SHOWN_KINDS)
    ]
    return "\n".join([*lines, f"  {len(counts)} kinds of failures"])


def exit_code(tallies: Sequence[Tally]) -> int:
    """Return 0 if every part tried something and nothing failed, else 1."""
    return 0 if tallies and all(tally.tried and not tally.failures for tally in tallies) else 1
