"""The types of query parameters, whose texts have one spelling each.

Pydantic alone also reads `yes` and `on` as true, and `1_0`, ` 5` and `5.0` as numbers.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator

from shared.contract.base import Instant, parse_instant
from shared.text import NotAcceptableError

_FLAGS = {"true": True, "false": False}
# As many digits as the largest safe integer has (shared/contract/input/strict_json.py).
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,15})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# The `+` of an offset that was not escaped arrives as a space.
_UNESCAPED_OFFSET = re.compile(r"[0-9.] [0-9]{2}:[0-9]{2}$")


def _parse_flag(text: Any) -> bool:
    if text not in _FLAGS:
        raise NotAcceptableError("must be true or false")
    return _FLAGS[text]


def _parse_integer(text: Any) -> int:
    if not isinstance(text, str) or not _INTEGER.fullmatch(text):
        raise NotAcceptableError("must be an integer")
    return int(text)


def _parse_day_or_instant(text: Any) -> date | datetime:
    """Return a day, or an instant in the given offset. Raise NotAcceptableError."""
    if isinstance(text, str) and _DAY.fullmatch(text):
        # Together with a time, for the same message about a day that does not exist.
        return parse_instant(f"{text}T00:00:00Z").date()
    if isinstance(text, str) and _UNESCAPED_OFFSET.search(text):
        raise NotAcceptableError(
            "has a space where an offset has its sign: write + as %2B in an address, or use Z"
        )
    return parse_instant(text)


def _parse_instant_with_offset(text: Any) -> datetime:
    if isinstance(text, str) and _UNESCAPED_OFFSET.search(text):
        _parse_day_or_instant(text)
    return parse_instant(text)


QueryFlag = Annotated[bool, BeforeValidator(_parse_flag)]
QueryInteger = Annotated[int, BeforeValidator(_parse_integer)]
QueryInstant = Annotated[Instant, BeforeValidator(_parse_instant_with_offset)]
QueryDayOrInstant = Annotated[datetime | date, BeforeValidator(_parse_day_or_instant)]
