"""Mail addresses of lists and of replies. Pure.

    groceries+llm_<32 characters>@in.example.org        a todo of a list: 160 random bits
    reply+n<id><day><signature>@in.example.org          a comment: a notification, or a reminder (r)

Secret scanners find a leaked address of a list by the prefix. What stands before the + says only to users
which list it is. All is in lower case and without look-alikes of case, because mail servers may change
case; a local part has at most 64 characters (RFC 5321, 4.5.3.1.1).
"""

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.text import domain_key, normalized

PREFIX = "llm_"
# As long as a mail is answered. Who reads the mailbox later can no longer comment.
REPLY_LIFETIME = timedelta(days=14)
MAX_SLUG = 24
_LIST = re.compile(rf"(?:[^+]{{1,64}}\+)?({PREFIX}[a-z2-7]{{32}})")
_REPLY = re.compile(r"reply\+([nr])([0-9a-hjkmnp-tv-z]{26})([0-9a-f]{4})([a-z2-7]{24})")
# Both, anywhere in a text.
_SECRETS = re.compile(r"(llm_)[a-z2-7]{32}|(reply\+[nr])[0-9a-z]{54}", re.IGNORECASE)
# 120 bits: with 64 characters there is no room for more, and nobody can try them out.
_SIGNATURE_BYTES = 15

# What was mailed: a notification or a reminder.
Mailed = Literal["n", "r"]


@dataclass(frozen=True)
class ListAddress:
    """An address of a list. The database knows the hash."""

    hash: str


@dataclass(frozen=True)
class ReplyAddress:
    """An address that claims to be for replies. `check_reply` says whether it is."""

    mailed: Mailed
    row_id: str
    day: str
    signature: str

    @property
    def expires_on(self) -> int:
        """Return the last day of its life, in days since 1970."""
        return int(self.day, 16)


def hash_secret(secret: str) -> str:
    """Return what the database stores. 160 random bits need no salt: there is nothing to guess from."""
    return hashlib.sha256(secret.encode()).hexdigest()


def list_address(list_name: str, secret: str, domain: str) -> str:
    """Return the address of a list, with its name where that can be written in ASCII."""
    ascii_name = normalized("NFKD", list_name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_name)[:MAX_SLUG].strip("-") or "list"
    return f"{slug}+{secret}@{domain}"


def reply_address(
    keys: Sequence[bytes], mailed: Mailed, row_id: str, email_key: str, now: datetime, domain: str
) -> str:
    """Return the address for the reply of one recipient about one todo: those of the row."""
    day = f"{_day(now + REPLY_LIFETIME):04x}"
    return f"reply+{mailed}{row_id}{day}{_sign(keys[0], mailed, row_id, day, email_key)}@{domain}"


def parse_address(address: str, domain: str) -> ListAddress | ReplyAddress | None:
    """Return what the address claims to be; None for text that is no address of ours."""
    local, _, given = unicodedata.normalize("NFC", address[:320]).rpartition("@")
    local = local.strip('"').lower()
    if not domain or domain_key(given) != domain:
        return None
    if found := _LIST.fullmatch(local):
        return ListAddress(hash_secret(found[1]))
    if found := _REPLY.fullmatch(local):
        return ReplyAddress("n" if found[1] == "n" else "r", found[2], found[3], found[4])
    return None


def text_without_secrets(text: str) -> str:
    """Return decoded text with its secret addresses blanked."""
    return _SECRETS.sub(lambda found: (found[1] or found[2]) + "...", text)


def check_reply(keys: Sequence[bytes], reply: ReplyAddress, email_key: str, now: datetime) -> bool:
    """Return True if we made the address for an account with this address, and it has not expired.

    With another address of the account it is void: it was mailed to the old mailbox.
    """
    if reply.expires_on < _day(now):
        return False
    return any(
        hmac.compare_digest(
            reply.signature, _sign(key, reply.mailed, reply.row_id, reply.day, email_key)
        )
        for key in keys
    )


def _sign(key: bytes, mailed: str, row_id: str, day: str, email_key: str) -> str:
    message = f"livelist-reply\0{mailed}\0{row_id}\0{day}\0{email_key}"
    digest = hmac.new(key, message.encode(), hashlib.sha256).digest()[:_SIGNATURE_BYTES]
    return base64.b32encode(digest).decode().lower()


def _day(instant: datetime) -> int:
    return int(instant.timestamp()) // 86_400
