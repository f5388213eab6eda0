"""Text in its stored form is never longer than its column."""

import sys
import unicodedata

import pytest
from pydantic import TypeAdapter, ValidationError

from api.routes.account.account_fields import Bio, PersonName
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


@pytest.mark.parametrize("kind", [Line50, Line200, Line500, PersonName])
@pytest.mark.parametrize(
    "text",
    [
        "\u200b", "\u2800", "\u3164 \u115f", "\U000e0041\U000e007f", "\ufeff", "\u2060\u00ad", "\ufe0f",
        "\u0301", " \u200d\u0300",
    ],
)  # fmt: skip
def test_a_name_or_title_that_shows_nothing_is_refused(kind: type[str], text: str) -> None:
    with pytest.raises(ValidationError, match="can be seen"):
        TypeAdapter(kind).validate_python(text)


@pytest.mark.parametrize("kind", [Line50, Line200, Line500, PersonName])
@pytest.mark.parametrize(
    "text",
    [
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # the flag of England
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, with a zero-width non-joiner
        "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u2764\ufe0f", "\u05d0 b", "\U0001fadf", "-",
    ],
)  # fmt: skip
def test_names_of_all_scripts_are_accepted(kind: type[str], text: str) -> None:
    assert TypeAdapter(kind).validate_python(text) == text


@pytest.mark.parametrize("kind", [Line50, Line200, PersonName])
def test_names_that_look_the_same_are_the_same(kind: type[str]) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(kind)
    for padding in "\u00ad\u200b\u2060\u2064\u206a\ufeff\U000e0041":
        assert adapter.validate_python(f"Ho{padding}me") == "Home"


@pytest.mark.parametrize("kind", [Line50, Line200, Line500, PersonName])
def test_separators_of_lines_in_pasted_text_become_spaces(kind: type[str]) -> None:
    assert TypeAdapter(kind).validate_python("Buy\u2028milk\u2029") == "Buy milk"


BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize("control", BIDI_CONTROLS)
def test_a_name_holds_no_bidirectional_controls_and_a_title_loses_them(control: str) -> None:
    for kind in (Line50, Line200, PersonName):
        with pytest.raises(ValidationError, match="direction"):
            TypeAdapter(kind).validate_python(f"Ana{control}")
    title: TypeAdapter[str] = TypeAdapter(Line500)
    assert title.validate_python(f"Call {control}+49 30 1234") == "Call +49 30 1234"
    with pytest.raises(ValidationError):
        title.validate_python(control)


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
