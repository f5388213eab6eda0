"""JSON as RFC 8259 has it and both databases can keep it; stricter than Python's own reader.

Source of the rules: docs/security.md, "Input". Without them FastAPI answered 500 for NaN, 1e400, a
lone surrogate and deep nesting, and of two equal keys the last one won.
"""

import json
import math
from typing import NoReturn

# Nobody nests deeper by hand; the deepest body of ours has four levels.
DEEPEST = 20
# As many as metadata has room for. Each unknown field is a line of the 422: a megabyte of them
# became an answer of 8 MB, and kept the process busy for seconds, before anybody had signed in.
MOST_KEYS = 2500
# What a bigint holds. Larger numbers also lose digits in JavaScript.
LARGEST_INTEGER = 2**63 - 1


class NotStrictJsonError(ValueError):
    """A sentence about what is wrong; never quotes what was sent."""


def check(body: bytes) -> None:
    """`body` is one JSON value that can be read in one way only. Raises NotStrictJsonError."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotStrictJsonError("It is not UTF-8.") from None
    try:
        value = _READER.decode(text)
    except NotStrictJsonError:
        raise
    except ValueError:
        raise NotStrictJsonError("It is not JSON.") from None
    except RecursionError:
        raise NotStrictJsonError(f"It is nested deeper than {DEEPEST} levels.") from None
    # Only these can hide what the walk looks for; most bodies are spared it.
    if "\\u" in text or text.count("{") + text.count("[") > DEEPEST:
        _walk(value)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(pairs) > MOST_KEYS:
        raise NotStrictJsonError(f"An object has more than {MOST_KEYS} keys.")
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotStrictJsonError("An object has the same key twice.")
    return found


def _integer(digits: str) -> int:
    # Measured before it is read: Python takes quadratic time for thousands of digits.
    if len(digits) > 20 or not -LARGEST_INTEGER - 1 <= (number := int(digits)) <= LARGEST_INTEGER:
        raise NotStrictJsonError("An integer lies beyond 64 bits.")
    return number


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NotStrictJsonError("A number is too large.")
    return number


def _constant(name: str) -> NoReturn:
    raise NotStrictJsonError("NaN and Infinity are not JSON.")


# One for all: json.loads would make another for each body.
_READER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_number, parse_constant=_constant
)


def _walk(value: object) -> None:
    """Looks at every text and at the depth. A loop, not a recursion: the depth is the sender's."""
    todo: list[tuple[object, int]] = [(value, 1)]
    while todo:
        one, depth = todo.pop()
        if isinstance(one, str):
            _check_text(one)
        elif isinstance(one, dict | list):
            if depth > DEEPEST:
                raise NotStrictJsonError(f"It is nested deeper than {DEEPEST} levels.")
            if isinstance(one, dict):
                todo += [(key, depth) for key in one]
                one = list(one.values())
            todo += [(inner, depth + 1) for inner in one]


def _check_text(text: str) -> None:
    if "\0" in text:
        raise NotStrictJsonError("A text holds a NUL character.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise NotStrictJsonError("A text holds half of a surrogate pair.")
