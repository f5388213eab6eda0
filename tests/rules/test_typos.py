"""Words with one typo, as patterns: the same cases as for the client (tests/web/unit/typos.test.js)."""

import json
import re
from pathlib import Path

import pytest

from shared.search.typos import MAX_NEAR_WORDS, near_word, near_words

CASES = json.loads((Path(__file__).parents[1] / "support" / "typo_cases.json").read_text())


def _is_like(text: str, pattern: str) -> bool:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    regex = "".join({"%": ".*", "_": "."}.get(part, re.escape(part[-1])) for part in parts)
    return re.fullmatch(regex, text, re.DOTALL) is not None


@pytest.mark.parametrize(("word", "text", "is_found"), CASES)
def test_a_word_is_found_with_one_typo(word: str, text: str, *, is_found: bool) -> None:
    near = near_word(word)

    has_pattern = any(_is_like(text, pattern) for pattern in near.patterns)

    assert has_pattern is is_found
    # Looking for the parts first must lose nothing.
    assert not has_pattern or any(part in text for part in near.parts)


def test_only_a_few_words_may_have_a_typo() -> None:
    near = near_words(["milk", "to", "bread", "butter", "cheese", "sugar"])

    assert [len(word.patterns) > 1 for word in near] == [True, False, True, True, False, False]
    assert MAX_NEAR_WORDS == 3
