"""Look at the headers of a message before it is stored: is it too odd, or written by a program? Pure.

Automatic mail is refused, so that two programs never write to each other (RFC 3834, 2). Nothing is ever
answered by a mail of our own.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence

# A mail with the signatures of ten relays has 30 KB.
MAX_HEADER_BYTES = 256 * 1024
MAX_HEADERS = 1_000
# As Postfix refuses: a message that was relayed so often is in a loop.
MAX_HOPS = 50
# What mail servers put into the place of an empty return path when they start a program.
NULL_SENDERS = frozenset({"", "<>", "mailer-daemon"})
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
_FIELD = re.compile(rb"([\x21-\x39\x3b-\x7e]{1,200})[ \t]*:(.*)", re.DOTALL)
_JOB_ID = re.compile("[0-9a-hjkmnp-tv-z]{26}")
# Servers add these, or change them, when they hand a message over again.
_TRACE = frozenset({"received", "delivered-to", "return-path", "x-original-to", "envelope-to"})

Headers = Mapping[str, Sequence[str]]


class MessageRefused(Exception):
    """The message is not taken. `code` and `sentence` are the answer of SMTP; it names no address."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def inspect(content: bytes, sender: str, our_host: str) -> str:
    """Return a key that is the same when this message is handed over again. Raise MessageRefused.

    `sender` is that of the envelope; `our_host` is in the Message-IDs of our own mails.
    """
    head, body = _divide(content)
    headers = _parse(head)
    if sender.strip().lower() in NULL_SENDERS or _is_automatic(headers):
        raise MessageRefused("550 5.7.1", "Automatic mail is not taken here")
    message_id = _first(headers, "message-id")
    if (
        len(headers.get("received", ())) > MAX_HOPS
        or "x-loop" in headers
        or _is_ours(message_id, our_host)
    ):
        raise MessageRefused("554 5.4.6", "This message was here before: mail loop")
    return message_id or _hash_of(headers, body)


def _divide(content: bytes) -> tuple[bytes, bytes]:
    end = re.search(rb"\r?\n\r?\n", content[: MAX_HEADER_BYTES + 4])
    if end is None:
        if len(content) > MAX_HEADER_BYTES:
            raise MessageRefused("552 5.3.4", "The headers of this message are too large")
        return content, b""
    return content[: end.start()], content[end.end() :]


def _parse(head: bytes) -> Headers:
    headers: dict[str, list[str]] = {}
    # A line that begins with a space continues the one before.
    rows = re.split(rb"\r?\n(?![ \t])", head)
    if len(rows) > MAX_HEADERS:
        raise MessageRefused("554 5.6.0", "This message has too many headers")
    for row in rows:
        if found := _FIELD.fullmatch(row):
            value = b" ".join(found[2].split()).decode("utf-8", "replace")
            headers.setdefault(found[1].decode("ascii").lower(), []).append(value)
    return headers


def _is_automatic(headers: Headers) -> bool:
    submitted = _first(headers, "auto-submitted").partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or _first(headers, "precedence").lower() in _BULK
        or "list-id" in headers
        or _first(headers, "content-type").lower().startswith("multipart/report")
    )


def _is_ours(message_id: str, our_host: str) -> bool:
    """Return True for an id as worker/mail/headers.py makes it.

    Mail programs use the domain of their user, which may be that of the site.
    """
    local, _, host = message_id.strip("<> ").lower().rpartition("@")
    return host == our_host.lower() and bool(_JOB_ID.fullmatch(local))


def _first(headers: Headers, name: str) -> str:
    return headers.get(name, ("",))[0].strip()


def _hash_of(headers: Headers, body: bytes) -> str:
    """Return what stands for a missing Message-ID."""
    digest = hashlib.sha256()
    for name in sorted(headers.keys() - _TRACE):
        digest.update("\0".join([name, *headers[name], ""]).encode())
    digest.update(body)
    return digest.hexdigest()
