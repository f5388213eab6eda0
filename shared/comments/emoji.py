"""Recognize one emoji, as UTS 51 (ED-17) composes them. Pure."""

import re

# The longest in use, a kiss of two persons with skin tones, has ten code points.
MAX_EMOJI_LENGTH = 16
# The code points that can be emoji (Extended_Pictographic), by blocks: new emoji are put into the last.
_PICTOGRAPH = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe"
    "\u2600-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
_TAGS = "(?:[\U000e0020-\U000e007e]+\U000e007f)"
_ELEMENT = f"{_PICTOGRAPH}(?:\ufe0f|[\U0001f3fb-\U0001f3ff])?{_TAGS}?"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_KEYCAP = "[0-9#*]\ufe0f?\u20e3"
_EMOJI = re.compile(f"{_FLAG}|{_KEYCAP}|{_ELEMENT}(?:\u200d{_ELEMENT})*")


def is_emoji(text: str) -> bool:
    """Return True if `text` is one emoji and nothing else. Which ones a device can draw differs."""
    return len(text) <= MAX_EMOJI_LENGTH and _EMOJI.fullmatch(text) is not None
