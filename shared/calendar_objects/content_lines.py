"""The lines of iCalendar: unfolding, components, parameters and the escapes of TEXT. Pure.

Written here and not taken from the icalendar library, which changes texts: it reads "C:\\\\New" as "C:", a
line break and "ew", and it drops what it does not know how to parse. Here a line that no rule needs is
kept as it was sent. RFC 5545, sections 3.1 and 3.3.11.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from shared.errors import Invalid

# A description of 50,000 characters takes 200 kB in UTF-8. What is larger is an attached file, which a
# todo does not hold.
MAX_OBJECT_BYTES = 512 * 1024
# VCALENDAR, VTODO, VALARM; clients put nothing deeper than one component of their own into an alarm.
MAX_DEPTH = 4
# A daily todo of which an app keeps each day of a year has some 6,000; all others have some hundred.
MAX_LINES = 10_000
MAX_LINE_OCTETS = 75

_FOLD = re.compile(rb"\r?\n[ \t]")
# What shared/text.py refuses, with the carriage returns that are no part of a line break.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LINE = re.compile(
    r"""([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^",;:]*)(?:,(?:"[^"]*"|[^",;:]*))*)*):(.*)"""
)
_PARAMETER = re.compile(r""";([A-Za-z0-9-]+)=(?:"([^"]*)"|([^",;:]*))""")
_ESCAPE = re.compile(r"\\(.)")
_COMMA = re.compile(r"(?<!\\)((?:\\\\)*),")


@dataclass(frozen=True)
class Line:
    """One property. `parameters` begins with a semicolon, or is empty; `value` is as it was sent."""

    name: str
    parameters: str
    value: str

    @property
    def text(self) -> str:
        return f"{self.name}{self.parameters}:{self.value}"

    def parameter(self, name: str) -> str | None:
        """Return the first value of a parameter."""
        for found in _PARAMETER.finditer(self.parameters):
            if found[1].upper() == name:
                return found[2] if found[2] is not None else found[3]
        return None


@dataclass
class Component:
    """What stands between BEGIN and END: properties, and components inside."""

    name: str
    lines: list[Line] = field(default_factory=list)
    components: list["Component"] = field(default_factory=list)

    def first(self, name: str) -> Line | None:
        """Return the first property of this name."""
        return next((line for line in self.lines if line.name == name), None)

    def texts(self) -> Iterator[str]:
        """Return the lines of the component, with BEGIN and END."""
        yield f"BEGIN:{self.name}"
        yield from (line.text for line in self.lines)
        for inner in self.components:
            yield from inner.texts()
        yield f"END:{self.name}"


def not_acceptable(name: str, code: str, message: str) -> Invalid:
    """Return the one error of this package: which property, and what is wrong with it."""
    return Invalid.field(name, code, f"{name}: {message}")


def read_components(data: bytes, *, is_own: bool = False) -> Component:
    """Return the VCALENDAR in `data`. Raise Invalid.

    One that was written here is read whatever its size: with its time zones it is larger than what was sent.
    """
    if len(data) > MAX_OBJECT_BYTES and not is_own:
        limit = MAX_OBJECT_BYTES // 1024
        raise not_acceptable("VCALENDAR", "too_large", f"is larger than {limit} KiB.")
    try:
        # Unfold the bytes: a fold may stand inside a character (RFC 5545, 3.1).
        text = _FOLD.sub(b"", data).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise not_acceptable("VCALENDAR", "charset", "is not text in UTF-8.") from None
    rows = [row.removesuffix("\r") for row in text.split("\n")]
    rows = [row for row in rows if row.strip()]
    if len(rows) > MAX_LINES and not is_own:
        raise not_acceptable("VCALENDAR", "too_large", f"has more than {MAX_LINES} lines.")
    if not rows or rows[0].strip().upper() != "BEGIN:VCALENDAR":
        raise not_acceptable("VCALENDAR", "form", "the text does not begin with BEGIN:VCALENDAR.")
    return _tree(rows)


def _tree(rows: list[str]) -> Component:
    root = Component("")
    open_components = [root]
    name = "VCALENDAR"
    for row in rows:
        line = parse_line(row, after=name)
        name = line.name
        inside = open_components[-1]
        if name == "BEGIN":
            component = Component(line.value.strip().upper())
            if len(open_components) > MAX_DEPTH:
                raise not_acceptable("BEGIN", "depth", "components are nested too deeply.")
            inside.components.append(component)
            open_components.append(component)
        elif name == "END":
            if line.value.strip().upper() != inside.name or inside is root:
                raise not_acceptable("END", "form", "it ends a component that is not open.")
            open_components.pop()
        else:
            inside.lines.append(line)
    if len(open_components) > 1:
        raise not_acceptable("END", "form", f"{open_components[-1].name} has no END.")
    if len(root.components) > 1 or root.lines:
        raise not_acceptable("VCALENDAR", "form", "send one VCALENDAR and nothing beside it.")
    return root.components[0]


def parse_line(row: str, *, after: str = "") -> Line:
    """Return the property that an unfolded line spells. Raise Invalid."""
    found = _LINE.fullmatch(row)
    if found is None or _CONTROL.search(row):
        what = "holds control characters" if found else "is none: a property looks like NAME:value"
        raise not_acceptable(after or "VCALENDAR", "form", f"the property after it {what}.")
    return Line(found[1].upper(), found[2], found[3])


def escape(text: str) -> str:
    """Return `text` as the value of a TEXT property."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def unescape(value: str) -> str:
    """Return the text that a TEXT value spells; a backslash before any other letter stays."""
    return _ESCAPE.sub(_unescaped, value)


def _unescaped(found: re.Match[str]) -> str:
    escaped = found[1]
    if escaped in "nN":
        return "\n"
    return escaped if escaped in "\\;," else found[0]


def unescape_list(value: str) -> list[str]:
    """Return the texts of a TEXT value with several, separated by commas."""
    return [unescape(part) for part in _COMMA.sub("\\1\n", value).split("\n")]


def fold(rows: Iterable[str]) -> bytes:
    """Return the lines as bytes: CRLF, at most 75 octets in a line, no character cut in two."""
    return b"".join(_folded(row.encode()) for row in rows)


def _folded(row: bytes) -> bytes:
    if len(row) <= MAX_LINE_OCTETS:
        return row + b"\r\n"
    parts, start, room = [], 0, MAX_LINE_OCTETS
    while len(row) - start > room:
        end = start + room
        # Not between the bytes of a character, and not between a backslash and what it escapes, which
        # some clients read line by line.
        while row[end] & 0xC0 == 0x80 or row[end - 1 : end] == b"\\":
            end -= 1
            if end <= start + 1:  # 75 backslashes in a row
                end = start + room
                break
        parts.append(row[start:end])
        start, room = end, MAX_LINE_OCTETS - 1
    return b"\r\n ".join([*parts, row[start:]]) + b"\r\n"
