"""Read a JSON document of any length, a part at a time.

Only the containers that `descend` names are opened; each value in them is parsed by itself. So memory
holds one such value, whatever the length of the document.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import closing
from typing import Any, NamedTuple

import orjson

from shared.languages.texts import message
from worker.imports.items import FileRefused
from worker.imports.source import Source

# A card with all its comments and checklists has some hundred kilobytes.
MAX_VALUE_BYTES = 8 * 1024 * 1024
# Deeper than any program writes; the walker recurses only into what `descend` names.
MAX_DEPTH = 64
READ_BYTES = 256 * 1024

Path = tuple[str, ...]

# A string as a whole, the beginning of one that the buffer does not hold to its end, or a bracket.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|"|[{}\[\]]', re.DOTALL)
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SPACE = re.compile(rb"[ \t\r\n]*+")
_SCALAR = re.compile(rb"[^,}\]\s]*+")


class Value(NamedTuple):
    """A value at `path`, in which `*` stands for an element of an array. Broken: `value` is BROKEN."""

    path: Path
    line: int
    value: Any


class _Broken:
    pass


BROKEN = _Broken()
# The value of a container when it ends.
END = object()


def walk(source: Source, descend: Collection[Path]) -> Iterator[Value]:
    """Yield the values of the containers at the paths `descend`, and END after each container.

    In `descend`, `*` stands for every key too. Raise FileRefused where the document breaks off.
    """
    with closing(source.open()) as file:
        buffer = _Buffer(file.read)
        if buffer.data.startswith(b"\xef\xbb\xbf"):
            buffer.position = 3
        yield from _walk(buffer, (), frozenset(descend))


class _Buffer:
    """A window on the bytes of the document."""

    def __init__(self, read: Any) -> None:
        self._read = read
        self.data = bytes(read(READ_BYTES))
        self.position = 0
        self._line, self._counted = 1, 0

    def line(self) -> int:
        self._line += self.data.count(b"\n", self._counted, self.position)
        self._counted = self.position
        return self._line

    def more(self) -> bool:
        """Drop what was read, and add the next bytes; return False at the end."""
        self.line()
        more = bytes(self._read(READ_BYTES))
        self.data = self.data[self.position :] + more
        self.position = self._counted = 0
        return bool(more)

    def peek(self) -> bytes:
        """Return the next byte that is no white space; empty at the end."""
        while True:
            found = _SPACE.match(self.data, self.position)
            assert found is not None
            self.position = found.end()
            if self.position < len(self.data):
                return self.data[self.position : self.position + 1]
            if not self.more():
                return b""

    def expect(self, expected: bytes) -> None:
        if self.peek() != expected:
            raise self.broken()
        self.position += 1

    def broken(self) -> FileRefused:
        return FileRefused(
            message("The JSON of the file breaks off or is wrong at line {line}.", line=self.line())
        )

    def string(self) -> str:
        if self.peek() != b'"':
            raise self.broken()
        while (found := _STRING.match(self.data, self.position)) is None:
            if len(self.data) - self.position > MAX_VALUE_BYTES or not self.more():
                raise self.broken()
        self.position = found.end()
        try:
            return str(orjson.loads(found.group()))
        except orjson.JSONDecodeError:
            raise self.broken() from None

    def raw_value(self) -> bytes:
        """Return the bytes of the next value. Raise FileRefused."""
        first = self.peek()
        if first in (b"{", b"["):
            return self._container()
        if first == b'"':
            while (found := _STRING.match(self.data, self.position)) is None:
                if len(self.data) - self.position > MAX_VALUE_BYTES or not self.more():
                    raise self.broken()
        else:
            while True:
                found = _SCALAR.match(self.data, self.position)
                assert found is not None
                if found.end() < len(self.data) or not self.more():
                    break
            if not found.group():
                raise self.broken()
        self.position = found.end()
        return found.group()

    def _container(self) -> bytes:
        depth, offset = 0, 0
        while True:
            found = _TOKEN.search(self.data, self.position + offset)
            if found is None or found.group() == b'"':
                offset = (found.start() if found else len(self.data)) - self.position
                if len(self.data) - self.position > MAX_VALUE_BYTES:
                    raise FileRefused(
                        message("At line {line} is a value of more than 8 MiB.", line=self.line())
                    )
                if not self.more():
                    raise self.broken()
                continue
            token = found.group()
            if token in (b"{", b"["):
                depth += 1
                if depth > MAX_DEPTH:
                    raise FileRefused(
                        message("At line {line} the JSON nests too deep.", line=self.line())
                    )
            elif token in (b"}", b"]"):
                depth -= 1
            offset = found.end() - self.position
            if depth == 0:
                raw = self.data[self.position : found.end()]
                self.position = found.end()
                return raw


def _walk(buffer: _Buffer, path: Path, descend: frozenset[Path]) -> Iterator[Value]:
    first = buffer.peek()
    line = buffer.line()
    if first not in (b"{", b"[") or not _is_opened(path, descend):
        raw = buffer.raw_value()
        try:
            yield Value(path, line, orjson.loads(raw))
        except orjson.JSONDecodeError:
            yield Value(path, line, BROKEN)
        return
    buffer.position += 1
    closing_bracket = b"}" if first == b"{" else b"]"
    if buffer.peek() == closing_bracket:
        buffer.position += 1
    else:
        while True:
            key = "*"
            if first == b"{":
                key = buffer.string()
                buffer.expect(b":")
            yield from _walk(buffer, (*path, key), descend)
            if buffer.peek() == closing_bracket:
                buffer.position += 1
                break
            buffer.expect(b",")
    yield Value(path, line, END)


def _is_opened(path: Path, descend: frozenset[Path]) -> bool:
    return any(
        len(path) == len(pattern)
        and all(part in ("*", name) for part, name in zip(pattern, path, strict=True))
        for pattern in descend
    )
