"""The part of a comment around what was found. Pure."""

from collections.abc import Sequence

from shared.comments.rules import MENTION
from shared.text import search_key

# A line or two of a list of results.
MAX_LENGTH = 160
_BEFORE = 40


def snippet(body: str, words: Sequence[str]) -> str:
    """Return about MAX_LENGTH characters of a comment around the first of the folded words, in one line.

    Folding rarely changes the length of a text, so a place in the folded text is near that of the text.
    """
    text = " ".join(MENTION.sub("@…", body).split())
    if len(text) <= MAX_LENGTH:
        return text
    key = search_key(text)
    found = [at for word in words if (at := key.find(word)) >= 0]
    begin = max(0, min(found, default=0) - _BEFORE)
    if begin:
        begin = text.find(" ", begin) + 1 or begin
    part = text[begin : begin + MAX_LENGTH]
    return f"{'…' if begin else ''}{part}{'…' if begin + MAX_LENGTH < len(text) else ''}"
