"""Mails as MIME, read back by Python's own parser."""

import string
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedEmail

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worker.mail.mime import mime_bytes
from worker.mail.renderer import EmailMessage, header_text

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SENDER = ("Livelist", "livelist@example.com")
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"))


def _write(
    subject: str = "Milk", text: str = "Hello.\n", html: str = "<p>Hello.</p>", to: str = "a@b.org"
) -> bytes:
    email = EmailMessage(to, subject, text, html)
    return mime_bytes(email, SENDER, "<job@localhost>", {"X-Test": "1"}, AT)


def _read(raw: bytes) -> ParsedEmail:
    parsed = message_from_bytes(raw, policy=policy.SMTPUTF8)
    assert isinstance(parsed, ParsedEmail)
    assert not parsed.defects
    return parsed


@given(texts.map(header_text), texts, texts)
@example("Reminder: " + "word " * 60, "", "")
@example("Erinnerung: " + "Straße " * 40, "a\n\n.\nb", "--=_job--")
@example("=?utf-8?q?no_encoded_word?=", "=_job", "--=_job")
def test_a_mail_is_read_as_it_was_written(subject: str, text: str, html: str) -> None:
    raw = _write(subject, text, html)
    mail = _read(raw)

    parts = [mail.get_body((kind,)) for kind in ("plain", "html")]
    decoded = [part.get_payload(decode=True) for part in parts if part is not None]
    assert decoded == [text.encode(), html.encode()]
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    if "=?" not in subject:  # which any reader decodes
        assert str(mail["Subject"]) == subject
    assert mail["From"] == "Livelist <livelist@example.com>"
    assert (mail["Message-ID"], mail["X-Test"]) == ("<job@localhost>", "1")
    assert mail["Date"].datetime == AT


@pytest.mark.parametrize("subject", ["word " * 60, "x" * 500, "Straße " * 60])
def test_lines_end_with_crlf_and_are_short_enough_for_smtp(subject: str) -> None:
    raw = _write(header_text(subject), "y" * 5000, "z" * 5000)

    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_an_address_in_another_script_is_written_as_it_is() -> None:
    assert "To: 用户@例子.广告\r\n".encode() in _write(to="用户@例子.广告")


def test_a_sender_in_another_script_is_encoded() -> None:
    email = EmailMessage("a@b.org", "Milk", "", "")
    raw = mime_bytes(email, ("Liste für alle", "l@example.com"), "<job@localhost>", {}, AT)

    head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
    assert "From: =?utf-8?" in head
    assert set(head) <= set(string.printable)
    assert _read(raw)["From"] == "Liste für alle <l@example.com>"
