"""Words with one typo, as patterns of LIKE. Pure. web/views/tools/typos.js does the same for the client."""

from collections.abc import Sequence
from dataclasses import dataclass

# Shorter words are like too many others: "mail" and "main", "bus" and "but".
MIN_LENGTH = 4
# One letter less of a word this long leaves enough of it.
MIN_LENGTH_FOR_MISSING = 5
# A word has four patterns a letter, and each is compared with a text.
MAX_LENGTH = 20
# Each is compared with up to 79 patterns; the words after them must occur as typed.
MAX_NEAR_WORDS = 3


@dataclass(frozen=True)
class NearWord:
    """What texts contain that have a word with one typo: one of `parts`, and one of `patterns`.

    A typo is in one half of a word or swaps the two letters between the halves, so such a text has one of
    `parts`. Looking for those first spares most texts the comparison with all patterns.
    """

    parts: tuple[str, str, str]
    patterns: tuple[str, ...]


def near_words(words: Sequence[str]) -> list[NearWord]:
    """Return the words, of which the first MAX_NEAR_WORDS that are long enough may have one typo."""
    found, left = [], MAX_NEAR_WORDS
    for word in words:
        near = near_word(word) if left else _as_typed(word)
        left -= len(near.patterns) > 1
        found.append(near)
    return found


def _as_typed(word: str) -> NearWord:
    return NearWord((word, word, word), (_pattern(word),))


def near_word(word: str) -> NearWord:
    """Return the word as it is, and with one letter replaced, left out, added or swapped with the next."""
    size = len(word)
    if not MIN_LENGTH <= size <= MAX_LENGTH:
        return _as_typed(word)
    middle = size // 2
    swapped = word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]
    return NearWord((word[:middle], word[middle:], swapped), tuple(_patterns(word)))


def _patterns(word: str) -> list[str]:
    found = [_pattern(word)]
    for at in range(len(word)):
        before, after = word[:at], word[at + 1 :]
        found.append(_pattern(before, after))
        if at > 0:
            found.append(_pattern(before, word[at:]))
            found.append(_pattern(word[: at - 1] + word[at] + word[at - 1] + after))
        if len(word) >= MIN_LENGTH_FOR_MISSING:
            found.append(_pattern(before + after))
    return list(dict.fromkeys(found))


def _pattern(*parts: str) -> str:
    """Return the pattern of a text that contains the parts with one character between them."""
    return "%" + "_".join(map(_literal, parts)) + "%"


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
