"""Searches compare folded texts. tests/web/unit/folding.test.js has the same cases for the client."""

from time import thread_time

import pytest

from shared.text import search_key
from tests.support.folding_cases import FOLDED, FOUND


@pytest.mark.parametrize(("text", "folded"), FOLDED)
def test_a_text_is_folded_once_and_for_all(text: str, folded: str) -> None:
    assert search_key(text) == folded
    assert search_key(folded) == folded


@pytest.mark.parametrize(("search", "title", "is_found"), FOUND)
def test_a_search_finds_what_its_words_mean(search: str, title: str, *, is_found: bool) -> None:
    assert all(word in search_key(title) for word in search_key(search).split()) is is_found


@pytest.mark.parametrize("text", ["-" * 50_000, " -" * 25_000, "a-" * 25_000, "é\u0306-" * 16_000])
def test_a_long_text_is_folded_in_linear_time(text: str) -> None:
    began = thread_time()

    search_key(text)

    # 10 ms on a machine with nothing else to do; in quadratic time it took seconds.
    assert thread_time() - began < 1.0
