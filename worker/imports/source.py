"""The bytes of an uploaded file, or of a member of an archive: read several times, never as a whole."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import IO

from shared.languages.texts import message
from worker.imports.items import FileRefused, Problem

# A longer line is no todo: the longest description has 200,000 bytes.
MAX_LINE_BYTES = 1024 * 1024
# A quoted cell may continue on the next line, and a row so to the end of the file.
MAX_ROW_CHARACTERS = 4 * 1024 * 1024
# What is looked at to see what a file is.
HEAD_BYTES = 64 * 1024
_UTF_8_MARK, _UTF_16_MARKS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Source:
    """A file with its name, opened anew by each pass over it."""

    name: str
    open: Callable[[], IO[bytes]]

    @property
    def base_name(self) -> str:
        """Return the name without folders."""
        return self.name.replace("\\", "/").rpartition("/")[2]

    @property
    def stem(self) -> str:
        """Return the name without folders and its ending."""
        return self.base_name.rpartition(".")[0] or self.base_name

    def size(self) -> int:
        """Return the size of a file that can seek."""
        with closing(self.open()) as file:
            return file.seek(0, io.SEEK_END)

    def head(self) -> bytes:
        with closing(self.open()) as file:
            return file.read(HEAD_BYTES)

    def lines(self) -> Iterator[tuple[int, str | Problem]]:
        """Yield the number of each line and its text, or what is wrong with it."""
        with closing(self.open()) as file:
            start = file.read(3)
            if start[:2] in _UTF_16_MARKS:
                yield 1, Problem(0, "The file is UTF-16. Save it as UTF-8.")
                return
            rest = b"" if start == _UTF_8_MARK else start
            number = 0
            # The first three bytes may hold a line break.
            while (found := _read_line(file, rest)) is not None:
                line, rest = found
                number += 1
                yield number, _checked(line, number, file)

    def rows(self, delimiter: str = ",") -> Iterator[tuple[int, list[str] | Problem]]:
        """Yield the cells of each row of CSV, and the line on which the row begins."""
        # Larger than csv's own limit, which is half of the longest description.
        csv.field_size_limit(MAX_LINE_BYTES)
        lines = _RowLines(self.lines())
        reader = csv.reader(lines, delimiter=delimiter)
        while True:
            lines.is_new_row = True
            row: list[str] | None = []
            try:
                row = next(reader, None)
            except csv.Error:
                lines.problems.append(Problem(lines.begin, "This row is no CSV: see its quotes."))
            for problem in lines.take_problems():
                yield problem.line, problem
            if row is None:
                return
            if row:
                yield lines.begin, row


class _RowLines:
    """The lines of a CSV file without broken ones, which are kept as problems."""

    def __init__(self, lines: Iterator[tuple[int, str | Problem]]) -> None:
        self._lines = lines
        self.problems: list[Problem] = []
        self.is_new_row = True
        # Where the present row begins, and its length up to now.
        self.begin = self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        for number, line in self._lines:
            if isinstance(line, Problem):
                self.problems.append(line)
                continue
            if self.is_new_row:
                self.begin, self.is_new_row, self._size = number, False, 0
            self._size += len(line)
            if self._size > MAX_ROW_CHARACTERS:
                raise FileRefused(
                    message("The row at line {line} is too long: see its quotes.", line=self.begin)
                )
            return line
        raise StopIteration

    def take_problems(self) -> list[Problem]:
        taken, self.problems = self.problems, []
        return taken


def _read_line(file: IO[bytes], rest: bytes) -> tuple[bytes, bytes] | None:
    """Return the next line, and what of `rest`, bytes read before it, comes after it."""
    begin, line_break, after = rest.partition(b"\n")
    if line_break:
        return begin + line_break, after
    line = rest + file.readline(MAX_LINE_BYTES)
    return (line, b"") if line else None


def _checked(line: bytes, number: int, file: IO[bytes]) -> str | Problem:
    if len(line) >= MAX_LINE_BYTES and not line.endswith(b"\n"):
        while (more := file.readline(MAX_LINE_BYTES)) and not more.endswith(b"\n"):
            pass
        return Problem(number, "This line is longer than 1 MiB.")
    if b"\0" in line:
        return Problem(number, "This line holds a NUL character.")
    try:
        return line.decode()
    except UnicodeDecodeError:
        return Problem(number, "This line is not UTF-8.")
