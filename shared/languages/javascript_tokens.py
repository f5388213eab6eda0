"""Split JavaScript into tokens, as far as reading its string literals needs.

Babel's own lexer takes no template inside another, and is no part of its interface.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*[\s\S]*?\*/)
    |(?P<name>[\w$#]+)
    |(?P<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
    |(?P<regexp>/(?![*/])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*)
    |(?P<operator>=>|.)""",
    re.VERBOSE,
)
# After these a slash divides.
_ENDS_VALUE = re.compile(r"^(?:[\w$]+|[)\]}])$")
_KEYWORDS = {"return", "typeof", "case", "in", "of", "new", "delete", "void", "await", "yield"}


class Token(NamedTuple):
    """`kind` is name, string, template, regexp or operator. `value` of a string is without quotes.

    `parts` of a template are its texts, each with the code that follows, and the line of that code.
    """

    kind: str
    value: str
    line: int
    parts: tuple[tuple[str, str, int], ...] = ()


def tokens_of(source: str, line: int = 1) -> Iterator[Token]:
    """Return the tokens of a module, or of the code inside a template that begins in `line`."""
    position = 0
    last = ""
    while position < len(source):
        if source[position] == "`":
            parts, end = _template(source, position, line)
            text = "{}".join(part for part, _, _ in parts)
            token = Token("template", _unescaped(text), line, tuple(parts))
        else:
            match = _TOKEN.match(source, position)
            assert match  # the last alternative takes every character
            kind, value, end = str(match.lastgroup), match[0], match.end()
            if kind == "regexp" and _ENDS_VALUE.match(last) and last not in _KEYWORDS:
                kind, value, end = "operator", "/", position + 1
            token = Token(kind, _unescaped(value[1:-1]) if kind == "string" else value, line)
        line += source.count("\n", position, end)
        position = end
        if token.kind != "space":
            # A string ends a value as a name does.
            last = "s" if token.kind in ("string", "template", "regexp") else token.value
            yield token


_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|\n|(.))")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


def _unescaped(text: str) -> str:
    def value(match: re.Match[str]) -> str:
        code = match[1] or match[2] or match[3]
        return chr(int(code, 16)) if code else _ESCAPES.get(match[4] or "", match[4] or "")

    return _ESCAPE.sub(value, text)


def _template(source: str, start: int, line: int) -> tuple[list[tuple[str, str, int]], int]:
    """Return the parts of the template that begins at `start`, and where it ends."""
    parts = []
    position = text_start = start + 1
    while source[position] != "`":
        if source[position] == "\\":
            position += 2
        elif source.startswith("${", position):
            text = source[text_start:position]
            end = _end_of_code(source, position + 2)
            code_line = line + source.count("\n", start, position)
            parts.append((text, source[position + 2 : end], code_line))
            position = text_start = end + 1
        else:
            position += 1
    return [*parts, (source[text_start:position], "", line)], position + 1


def _end_of_code(source: str, position: int) -> int:
    """Return where the code of `${…}` ends: the position of its closing brace."""
    depth = 0
    while depth or source[position] != "}":
        character = source[position]
        if character == "`":
            _, position = _template(source, position, 0)
            continue
        if character in "'\"":
            string = _TOKEN.match(source, position)
            position = string.end() if string else position + 1
            continue
        depth += {"{": 1, "}": -1}.get(character, 0)
        position += 1
    return position
