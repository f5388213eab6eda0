"""Normalization sorts marks in quadratic time, so no text brings it a long run of them."""

import re
import sys
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared import text as texts
from shared.settings import ROOT
from shared.text import NotAcceptableError, clean, email_key, name_key, search_key, title
from tests.support.migrations import revision_module

LONGEST = 50_000
MOST = 30
EVERY = [chr(number) for number in range(sys.maxunicode + 1)]
# What normalization sorts: marks, and letters that become marks.
SORTED = [
    character
    for character in EVERY
    if any(map(unicodedata.combining, (character, unicodedata.normalize("NFKD", character)[0])))
]
RUN = re.compile(f"[{''.join(SORTED)}]+")
# Some of the others are removed from between marks.
UNITS = st.text(st.sampled_from([*SORTED, *"\u200b\u202a\u2066\u0640e"]), min_size=1, max_size=40)


MIGRATION = revision_module("0007_fold_searched_texts")
FUNCTIONS = [
    clean, title, search_key, name_key, email_key, MIGRATION._search_key, MIGRATION._old_key
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS)
@given(unit=UNITS)
@example(unit="\u0315\u0300")
@example(unit="\U0001d165\U0001d16d")
@example(unit="\uff9e\u0334")
@example(unit="\u093c\u0e48\u200b")
@settings(max_examples=30, deadline=None)  # characters count here, not time
def test_no_long_run_of_marks_is_normalized(function: Callable[[str], str], unit: str) -> None:
    text = (unit * LONGEST)[:LONGEST]
    unpatched = unicodedata.normalize

    def normalize(form: Any, text: str) -> str:
        assert max(map(len, RUN.findall(text)), default=0) <= MOST
        return unpatched(form, text)

    with pytest.MonkeyPatch.context() as patch, suppress(NotAcceptableError):
        patch.setattr(unicodedata, "normalize", normalize)
        function(text)


def test_every_character_that_normalization_sorts_counts_as_a_mark() -> None:
    for character in SORTED:
        assert texts._with_few_marks(f"e{character * 3}x", 2) == f"e{character * 2}x", character
        with pytest.raises(NotAcceptableError, match="marks"):
            clean(f"e{character * (texts.MAX_COMBINING_MARKS + 1)}")


def test_repeated_vowels_are_accepted() -> None:
    assert clean("\u0939" + "\u093e" * 20) == "\u0939" + "\u093e" * 20


@pytest.mark.parametrize("unit", ["\u0315\u0300", "\U0001d165\U0001d16d", "\uff9e\u0334"])
def test_many_marks_of_every_kind_are_refused(unit: str) -> None:
    with pytest.raises(NotAcceptableError, match="marks"):
        clean(f"e{unit * texts.MAX_COMBINING_MARKS}")


def test_marks_beyond_the_first_thirty_are_not_searched() -> None:
    assert search_key("\u0915" + "\u093c" * 40) == "\u0915" + "\u093c" * 30


def test_an_invisible_control_does_not_part_the_marks_of_a_title() -> None:
    with pytest.raises(NotAcceptableError, match="marks"):
        title("q" + "\u0323\u202a" * 9)


def test_only_these_modules_normalize_text() -> None:
    """The migrations, too: 0005 reads addresses, which are short."""
    folders = ("api", "realtime", "worker", "console", "shared")
    found = {
        str(path.relative_to(ROOT)): path.read_text().count("unicodedata.normalize(")
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
    }

    assert {path: count for path, count in found.items() if count} == {
        "shared/text.py": 2,
        # Of at most 1,024 characters (api/routes/account/account_fields.py).
        "shared/accounts/authentication/passwords.py": 1,
        # Of at most 320 characters.
        "shared/inbound_mail/addresses.py": 1,
    }
