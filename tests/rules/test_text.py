"""Text in its stored form is never longer than its column."""

import sys
import unicodedata

import pytest
from pydantic import TypeAdapter, ValidationError

from api.routes.account_fields import Bio, PersonName
from shared.text import Line50, Line200, Line500, Prose, clean

# Hebrew, one character of which becomes three in normal form.
GROWING = "\ufb2c"
LIMITS = [
    (Line50, 50), (Line200, 200), (Line500, 500), (Prose, 50_000), (PersonName, 100), (Bio, 1000),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "limit"), LIMITS)
def test_a_text_is_not_longer_in_normal_form_than_allowed(kind: type[str], limit: int) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(kind)
    fits = limit // 3

    assert len(adapter.validate_python(GROWING * fits)) == fits * 3
    assert adapter.validate_python("x" * limit) == "x" * limit
    for text in (GROWING * (fits + 1), "x" * (limit + 1)):
        with pytest.raises(ValidationError):
            adapter.validate_python(text)


@pytest.mark.parametrize("kind", [Line50, Line200, Line500, PersonName])
@pytest.mark.parametrize("text", ["", " ", "\u2003", "a\nb", "a\tb", "a\0"])
def test_a_text_of_one_line_has_no_line_break_and_is_not_empty(kind: type[str], text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(text)


def test_control_characters_and_surrogates_are_refused_and_no_others() -> None:
    def is_refused(character: str) -> bool:
        try:
            clean(f"a{character}b")
        except ValueError:
            return True
        return False

    refused = {number for number in range(sys.maxunicode + 1) if is_refused(chr(number))}

    assert refused == {
        number
        for number in range(sys.maxunicode + 1)
        if unicodedata.category(chr(number)) in ("Cc", "Cs") and chr(number) not in "\n\t"
    }


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        (" two\r\nlines\t ", "two\nlines"), ("u\u0308", "ü"), ("\u2003ü\u2003", "ü"), ("\n", ""),
    ],
)  # fmt: skip
def test_a_text_is_stored_in_normal_form_without_surrounding_space(text: str, stored: str) -> None:
    assert clean(text) == stored


def test_stacked_marks_are_refused() -> None:
    assert clean("q" + "\u0323" * 8) == "q" + "\u0323" * 8
    with pytest.raises(ValueError, match="marks"):
        clean("q" + "\u0323" * 9)
