"""Text in its stored form is never longer than its column."""

import pytest
from pydantic import TypeAdapter, ValidationError

from api.routes.account_fields import Bio, Email, PersonName
from shared.text import Line50, Line200, Line500, Prose, email_key

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


def test_an_email_whose_key_is_too_long_is_refused() -> None:
    # Each of these characters becomes 18 in the key, which then is longer than its column.
    adapter: TypeAdapter[str] = TypeAdapter(Email)

    assert len(email_key("\ufdfa" * 60 + "@example.com")) > 640
    with pytest.raises(ValidationError):
        adapter.validate_python("\ufdfa" * 60 + "@example.com")
    assert adapter.validate_python("ana.ľ@example.com") == "ana.ľ@example.com"
