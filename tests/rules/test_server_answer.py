"""What of a mail server's answer may be logged and shown."""

from pathlib import Path
from time import thread_time

import pytest

from shared.jobs.retries import ConfigurationError, Transient
from tests.support.settings import plain_settings
from worker.mail.server_answer import MAX_LENGTH, public_answer, shortened, sign_in_secrets


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("250 2.0.0 Ok: queued as 4XyZ12abcQ", "250 2.0.0 Ok: queued as 4XyZ12abcQ"),
        ("535 5.7.8 wrong user or password", "535 5.7.8 wrong user or password"),
        ("550 5.1.1 <ana@example.com>: no such user", "550 5.1.1 (address): no such user"),
        ("550 mailbox 'ana.b+c@straße.example' is full", "550 mailbox (address) is full"),
        ("550 ana@[192.0.2.1], ben@example.org unknown", "550 (address), (address) unknown"),
        ('554 spam: Subject: "Ana\'s surgery" found', "554 spam: Subject: (text) found"),
        ("550 see https://help.example/?token=abc now", "550 see (link) now"),
        (f"334 {'QUJD' * 12}", "334 (token)"),
        ("451 first\r\nsecond\x1b[31m\u202eline", "451 first second [31m line"),
        ("", ""),
    ],
)
def test_addresses_texts_links_tokens_and_control_characters_are_replaced(
    answer: str, shown: str
) -> None:
    assert shortened(answer) == shown


def test_a_long_answer_is_cut() -> None:
    assert len(shortened("550 " + "no " * 1000)) == MAX_LENGTH


def test_the_password_is_hidden_however_it_is_echoed(tmp_path: Path) -> None:
    mail = plain_settings(tmp_path, mail_username="livelist", mail_password="s3cret pass").mail

    for echo in ("s3cret pass", "czNjcmV0IHBhc3M=", "AGxpdmVsaXN0AHMzY3JldCBwYXNz"):
        assert shortened(f"535 no: {echo}", sign_in_secrets(mail)) == "535 no: (hidden)"


def test_a_huge_answer_is_shortened_in_milliseconds() -> None:
    began_at = thread_time()

    assert len(shortened("550 " + "x" * 40_000)) <= MAX_LENGTH

    # The time of a pattern that looks from every character to the end: 1.2 s.
    assert thread_time() - began_at < 0.2


def test_the_public_answer_has_codes_and_our_own_words_only() -> None:
    failure = ConfigurationError("the mail server answered 535: it does not accept MAIL_USERNAME")
    failure.answer = "535 5.7.8 mx1.intern.example user livelist: wrong password"

    public = public_answer(failure)

    assert public == "the mail server answered 535 5.7.8: it does not accept MAIL_USERNAME"


@pytest.mark.parametrize("answer", ["gaierror: mx1.intern", "", "454 mx1.intern is full"])
def test_without_an_enhanced_code_the_public_answer_is_our_reason(answer: str) -> None:
    failure = Transient("the mail server answered 454")
    failure.answer = answer

    assert public_answer(failure) == "the mail server answered 454"
