"""Parse JSON (RFC 8259) that has one meaning and that both databases can store.

The rules are in docs/protocol.md, "Rules for requests". Python's own reader is less strict: without
these checks FastAPI answered 500 for NaN, 1e400, a lone surrogate and deep nesting, and of two equal
keys the last one won.
"""

import json
import math
from typing import NoReturn

from shared.languages.texts import message

# The deepest body of our API has four levels; no user nests metadata deeper than this by hand.
MAX_DEPTH = 20
# As many as fit into metadata. Each unknown field is an entry of the 422: a megabyte of them became
# an answer of 8 MB and kept the process busy for seconds, even without signing in.
MAX_KEYS = 2500
# The largest integer that every reader of JSON keeps exactly (RFC 8259, section 6): JavaScript and
# others read numbers as doubles, and lose digits of larger ones.
MAX_SAFE_INTEGER = 2**53 - 1
_TOO_DEEP = message("It is nested deeper than {limit} levels.", limit=MAX_DEPTH)


class NotStrictJsonError(ValueError):
    """A sentence that says what is wrong and never quotes what was sent."""


def parse_strict_json(sent: bytes | str) -> object:
    """Return the JSON value `sent`. Raise NotStrictJsonError unless it can be read in one way only."""
    try:
        text = sent.decode() if isinstance(sent, bytes) else sent
    except UnicodeDecodeError:
        raise NotStrictJsonError("It is not UTF-8.") from None
    try:
        value: object = _DECODER.decode(text)
    except NotStrictJsonError:
        raise
    except ValueError:
        raise NotStrictJsonError("It is not JSON.") from None
    except RecursionError:
        raise NotStrictJsonError(_TOO_DEEP) from None
    # Only such bodies can contain what _check_values looks for; most need not be walked.
    if "\\u" in text or text.count("{") + text.count("[") > MAX_DEPTH:
        _check_values(value)
    return value


def _decode_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(pairs) > MAX_KEYS:
        raise NotStrictJsonError(message("An object has more than {limit} keys.", limit=MAX_KEYS))
    decoded = dict(pairs)
    if len(decoded) != len(pairs):
        raise NotStrictJsonError("An object has the same key twice.")
    return decoded


def _decode_integer(digits: str) -> int:
    # Check the length first: int() takes quadratic time for thousands of digits.
    if len(digits) > 20 or abs(number := int(digits)) > MAX_SAFE_INTEGER:
        raise NotStrictJsonError("An integer lies beyond 2⁵³ - 1.")
    return number


def _decode_float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NotStrictJsonError("A number is too large.")
    return number


def _reject_constant(name: str) -> NoReturn:
    raise NotStrictJsonError("NaN and Infinity are not JSON.")


# Built once: json.loads would build a decoder for each body.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_decode_object,
    parse_int=_decode_integer,
    parse_float=_decode_float,
    parse_constant=_reject_constant,
)


def _check_values(root: object) -> None:
    """Check every string and the depth. A loop, because the sender chooses the depth."""
    stack: list[tuple[object, int]] = [(root, 1)]
    while stack:
        value, depth = stack.pop()
        if isinstance(value, str):
            _check_text(value)
        elif isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                raise NotStrictJsonError(_TOO_DEEP)
            if isinstance(value, dict):
                stack += [(key, depth) for key in value]
                value = list(value.values())
            stack += [(inner, depth + 1) for inner in value]


def _check_text(text: str) -> None:
    if "\0" in text:
        raise NotStrictJsonError("A text holds a NUL character.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise NotStrictJsonError("A text holds half of a surrogate pair.")
