"""Shorten what a mail server answered, so that it may be logged and shown to operators.

Servers quote addresses and parts of the mail; some name an account or echo what was sent to sign in.
"""

import base64
import re
from collections.abc import Iterable

import aiosmtplib

from shared.jobs.retries import Failure
from shared.settings.mail import MailSettings

MAX_LENGTH = 160
# The patterns take time with the square of the length: a second for the 40 kB that a server may send.
MAX_READ_LENGTH = 1000

_REPLACED = (
    # With the angle brackets and quotes that servers put around them.
    (re.compile(r"[<\"']*[^\s<>\"'@]*@[^\s<>\"',;)]*[>\"']*"), "(address)"),
    # A subject or a line of the mail, as content filters quote it.
    (re.compile(r"\"[^\"]*\"|'[^']{8,}'|<[^>]*>"), "(text)"),
    (re.compile(r"https?://\S+"), "(link)"),
)
# Base64 of AUTH, tokens: longer than the queue ids of mail servers, which help to find a mail in
# their logs.
# Reply code and enhanced status code (RFC 3463).
_CODES = re.compile(r"(\d{3})[ -]([245]\.\d{1,3}\.\d{1,3})\b")
_LONG_TOKEN = re.compile(r"[A-Za-z0-9+/=_-]{32,}")


def shortened(answer: str, secrets: Iterable[str] = (), *, keep_addresses: bool = False) -> str:
    """Return the answer in one line without addresses, quoted texts, links, tokens and `secrets`.

    `keep_addresses` keeps addresses and quoted texts, for an operator who gave the address.
    """
    text = " ".join("".join(c if c.isprintable() else " " for c in answer).split())
    for secret in secrets:
        if secret:
            text = text.replace(secret, "(hidden)")
    # After the secrets: half of one would be shown.
    text = text[:MAX_READ_LENGTH]
    for pattern, replacement in () if keep_addresses else _REPLACED:
        text = pattern.sub(replacement, text)
    text = _LONG_TOKEN.sub("(token)", text)
    return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - 1] + "…"


def public_answer(failure: Failure) -> str:
    """Return what /health, which everybody may read, shows of a failure: codes and our own words.

    A server's words may name users and hosts; the log and `./livelist doctor` show them.
    """
    found = _CODES.match(failure.answer)
    return failure.reason if found is None else failure.reason.replace(found[1], found[0], 1)


def answer_of(error: BaseException) -> str:
    """Return the server's last answer, or what the network said, in full."""
    if isinstance(error, aiosmtplib.SMTPResponseException) and error.code >= 200:
        return f"{error.code} {error.message}"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def sign_in_secrets(mail: MailSettings) -> list[str]:
    """Return the texts from which somebody could learn the password of the mail server."""
    password = mail.password.get_secret_value()
    if not password:
        return []
    plain = f"\0{mail.username}\0{password}"  # as AUTH PLAIN sends it
    return [password, *(base64.b64encode(text.encode()).decode() for text in (password, plain))]
