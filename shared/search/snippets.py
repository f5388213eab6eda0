"""The part of a comment around what was found. Pure."""

from collections.abc import Sequence

from shared.comments.rules import MENTION
from shared.text import search_key

# Two lines or three of a list of results. A phone shows some 50 characters: the match begins among them.
MAX_LENGTH = 160
MAX_BEFORE = 16
# What is folded of a comment, on both sides of the place that the database tells: the place is of the
# folded text, and lies elsewhere where letters before it have another length when folded.
_AROUND = 200
# Of the length of "@…" also when folded, which makes three dots of "…".
_MENTIONED = "@\ue000"
# Folded characters of all snippets of an answer, some 0.15 µs each. Fifty snippets of ordinary text have
# 28,000; U+FDFA alone becomes eighteen.
MAX_FOLDED = 40_000


class Snippets:
    """Makes the snippets of one answer. It folds about MAX_FOLDED characters in all, for the event loop."""

    def __init__(self, needles: Sequence[str]) -> None:
        """Take the folded words, the most exact first."""
        self._needles = needles
        self._left = MAX_FOLDED

    def of(self, body: str, place: int, folded_length: int) -> str:
        """Return about MAX_LENGTH characters of a comment around what was found, in one line.

        `place`, from 1, is where the database found it in the folded text of this length.
        """
        text = MENTION.sub(_MENTIONED, body)
        near = (place - 1) * len(text) // max(1, folded_length)
        start = max(0, near - _AROUND)
        end = start + 2 * _AROUND + MAX_LENGTH
        shown = " ".join(text[start:end].split())
        at = self._find(shown)
        if at is None:
            at = len(" ".join(text[start:near].split()))
        begin = max(0, at - MAX_BEFORE)
        if begin or start:
            # Begin with a word, but not behind the match: there are texts without spaces.
            begin = shown.find(" ", begin, at) + 1 or begin
        part = shown[begin : begin + MAX_LENGTH].replace(_MENTIONED, "@…")
        is_cut = begin + MAX_LENGTH < len(shown) or end < len(text)
        return f"{'…' if begin or start else ''}{part}{'…' if is_cut else ''}"

    def _find(self, text: str) -> int | None:
        if self._left <= 0:
            return None
        key = self._fold(text)
        for needle in self._needles:
            if (found := key.find(needle)) < 0:
                continue
            at = found * len(text) // len(key)
            if len(text) != len(key):
                # Letters before it may be longer or shorter than those behind it.
                at += found - len(self._fold(text[:at]))
            return min(max(0, at), len(text))
        return None

    def _fold(self, text: str) -> str:
        key = search_key(text)
        self._left -= len(key)
        return key
