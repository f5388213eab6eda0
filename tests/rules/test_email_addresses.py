"""Two addresses are equal if they are one mailbox, and not if their domains or mailboxes may differ."""

import pytest
from pydantic import TypeAdapter, ValidationError

from api.routes.account.account_fields import Email
from shared.accounts import rules
from shared.text import email_key

EMAIL: TypeAdapter[str] = TypeAdapter(Email)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ana@example.com", " ANA@EXAMPLE.COM "),
        ("a@straße.example", "A@XN--STRAE-OQA.EXAMPLE"),
        ("a@bu\u0308cher.example", "a@BÜCHER.example"),
        ("WEIẞ@example.com", "weiß@example.com"),
        ("cafe\u0301@example.com", "CAFÉ@example.com"),
    ],
)
def test_two_spellings_of_a_mailbox_are_one_address(one: str, other: str) -> None:
    assert email_key(one) == email_key(other)
    assert email_key(email_key(one)) == email_key(one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a@straße.example", "a@strasse.example"),
        ("weiß@example.com", "weiss@example.com"),
        ("a@βόλος.example", "a@βόλοσ.example"),
        ("\uff21na@example.com", "ana@example.com"),
        ("o\ufb00er@example.com", "offer@example.com"),
        ("ana@\uff45xample.com", "ana@example.com"),
    ],
)
def test_addresses_that_may_have_two_owners_differ(one: str, other: str) -> None:
    assert email_key(one) != email_key(other)


@pytest.mark.parametrize("text", ["", "@", "a@", "@b", "a@xn--", "a@\u2603.example", "01ABC"])
def test_any_text_has_a_key(text: str) -> None:
    assert email_key(text) == text.lower()


def test_a_domain_that_would_have_to_be_mapped_is_refused() -> None:
    assert EMAIL.validate_python("Ana@BÜCHER.example") == "Ana@bücher.example"
    for domain in ("\uff45xample.com", "o\ufb00er.example", "\u2603.example"):
        with pytest.raises(ValidationError):
            EMAIL.validate_python(f"ana@{domain}")


def test_an_address_whose_a_label_is_too_long_is_refused() -> None:
    for domain in ("ü." * 30 + "example", "ü." * 60 + "example"):
        with pytest.raises(ValidationError):
            EMAIL.validate_python(f"{'a' * 60}@{domain}")
    assert EMAIL.validate_python("ana.ľ@example.com") == "ana.ľ@example.com"


@pytest.mark.parametrize("address", ["ana@corp.local", "ana@mail.corp.internal"])
def test_addresses_of_a_company_network_are_accepted(address: str) -> None:
    assert rules.parse_email_address(address) == address
