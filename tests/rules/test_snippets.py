"""The part of a comment around what was found, and how much of the comments is folded for it."""

import pytest

from shared.comments.rules import search_text
from shared.search import snippets
from shared.search.snippets import MAX_BEFORE, MAX_FOLDED, MAX_LENGTH, Snippets
from shared.search.typos import near_word
from shared.text import search_key

_URL = f"https://example.com/{'path/' * 60}needle/{'more/' * 60} end"


def _snippet(body: str, *needles: str) -> str:
    places = (search_text(body).find(needle) for needle in needles)
    place = next((at for at in places if at >= 0), 0)
    return Snippets(needles).of(body, place + 1, len(search_text(body)))


@pytest.mark.parametrize(
    ("body", "needle"),
    [
        (f"{'買い物の記録です。' * 30}牛乳を買う{'明日も忘れずに。' * 30} 終わり", "牛乳"),
        (_URL, "needle"),
        (f"see {_URL}", "needle"),
        (f"{'word ' * 200}needle {'end ' * 200}", "needle"),
        (f"{'Größe ' * 300}needle {'end ' * 200}", "needle"),
        (f"{'ß' * 900} {'a b ' * 300}needle{' end' * 100}", "needle"),
        (f"{'ß' * 90} {'ﷺ' * 20} {'a b ' * 20}needle{' end' * 100}", "needle"),
        (f"{'@[0123456789abcdefghjkmnpqrs] ' * 100}needle {'end ' * 100}", "needle"),
        ("line\n\n\n" * 300 + "needle" + " end" * 100, "needle"),
        (f"{'end ' * 200}needle", "needle"),
    ],
)
def test_the_snippet_shows_what_was_found(body: str, needle: str) -> None:
    found = _snippet(body, needle)

    assert needle in found
    assert len(found) <= MAX_LENGTH + 2


def test_the_snippet_shows_a_word_that_is_like_the_searched_one() -> None:
    body = f"{'word ' * 200}the plumber comes {'end ' * 200}"

    assert "plumber" in _snippet(body, "plomber", *near_word("plomber").parts)


@pytest.mark.parametrize(
    ("body", "needle"),
    [
        (f"{'word ' * 15}needle, and the end", "needle"),
        (f"{'word ' * 200}needle {'end ' * 200}", "needle"),
        (f"{'Größe ' * 15}needle {'end ' * 200}", "needle"),
    ],
)
def test_the_match_is_near_the_beginning_also_of_a_short_comment(body: str, needle: str) -> None:
    assert 0 < _snippet(body, needle).index(needle) <= MAX_BEFORE + len("…")


def test_a_short_comment_is_shown_in_one_line() -> None:
    assert _snippet("call\n\n the  plumber", "plumber") == "call the plumber"


@pytest.mark.parametrize("letter", ["a", "é", "\ufdfa"])
def test_the_snippets_of_an_answer_fold_a_bounded_number_of_characters(
    monkeypatch: pytest.MonkeyPatch, letter: str
) -> None:
    folded = []

    def counted(text: str) -> str:
        folded.append(search_key(text))
        return folded[-1]

    monkeypatch.setattr(snippets, "search_key", counted)
    body = letter * 10_000
    made = Snippets((search_key(letter),))
    shown = [made.of(body, 1, len(search_text(body))) for _ in range(50)]

    # The last one is begun within the bound. It folds a window of at most 560 letters and a part of it.
    assert sum(map(len, folded)) <= MAX_FOLDED + 2 * 560 * 18
    assert all(len(text) <= MAX_LENGTH + 2 for text in shown)
