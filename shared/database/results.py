"""The rows that a statement returned, and how many rows it wrote."""

from collections.abc import Iterator, Sequence
from typing import Any


class Result:
    """The rows of a statement, as named tuples, all of them in memory.

    `rowcount`: how many rows an INSERT, UPDATE or DELETE wrote; -1 if it was executed for several
    sets of values.
    """

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: Sequence[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        return list(self._rows)

    def one(self) -> Any:
        """Return the only row. Raise LookupError if there is not exactly one."""
        if len(self._rows) != 1:
            raise LookupError(f"{len(self._rows)} rows instead of one")
        return self._rows[0]

    def one_or_none(self) -> Any | None:
        """Return the only row, or None without one. Raise LookupError if there are several."""
        return self.one() if self._rows else None

    def scalar(self) -> Any:
        """Return the first value of the first row; None without a row."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        """Return the first value of the only row. Raise LookupError if there is not exactly one."""
        return self.one()[0]

    def scalars(self) -> list[Any]:
        """Return the first value of each row."""
        return [row[0] for row in self._rows]
