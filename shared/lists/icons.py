"""The icon of a list: one emoji, as Unicode 17 (UTS 51, "ED-17 emoji sequence") writes it. Pure."""

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from shared.text import NotAcceptableError

# The longest emoji in use, a kiss of two people with skin tones, has 10 code points; flags of regions 14.
MAX_ICON_LENGTH = 16

_PICTURE = (
    "[\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
_ELEMENT = f"{_PICTURE}\ufe0f?[\U0001f3fb-\U0001f3ff]?"
_EMOJI = re.compile(
    f"{_ELEMENT}(?:\u200d{_ELEMENT}){{0,4}}"
    "|[\U0001f1e6-\U0001f1ff]{2}"
    "|[0-9#*]\ufe0f?\u20e3"
    "|\U0001f3f4[\U000e0030-\U000e007a]{2,6}\U000e007f"
)


def is_icon(text: str) -> bool:
    """Return True for one emoji, and for no icon: the empty text."""
    return len(text) <= MAX_ICON_LENGTH and (text == "" or _EMOJI.fullmatch(text) is not None)


def _one_emoji(text: str) -> str:
    if not is_icon(text):
        raise NotAcceptableError("must be one emoji, or empty")
    return text


Icon = Annotated[str, StringConstraints(max_length=MAX_ICON_LENGTH), AfterValidator(_one_emoji)]
