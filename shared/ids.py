"""Identifiers, tokens and nonces: the only module that makes them. Ids are opaque elsewhere."""

import base64
import os
import re
import secrets
import time
from typing import NewType

from shared import base64url

UserId = NewType("UserId", str)
SessionId = NewType("SessionId", str)
ApiTokenId = NewType("ApiTokenId", str)
GrantId = NewType("GrantId", str)
PasskeyId = NewType("PasskeyId", str)
ListId = NewType("ListId", str)
TodoId = NewType("TodoId", str)
FolderId = NewType("FolderId", str)
LabelId = NewType("LabelId", str)
PersonalLabelId = NewType("PersonalLabelId", str)
CommentId = NewType("CommentId", str)
AttachmentId = NewType("AttachmentId", str)
InvitationId = NewType("InvitationId", str)
ReminderId = NewType("ReminderId", str)
LinkId = NewType("LinkId", str)
ShareLinkId = NewType("ShareLinkId", str)
CalendarFeedId = NewType("CalendarFeedId", str)
ExportId = NewType("ExportId", str)
WebhookId = NewType("WebhookId", str)
DeliveryId = NewType("DeliveryId", str)
ImportId = NewType("ImportId", str)
JobId = NewType("JobId", str)
# A stream is a sequence of events: of a list ("<list id>") or a user ("user:<user id>").
StreamId = NewType("StreamId", str)
Epoch = NewType("Epoch", str)

# Crockford's base 32, lower case: sorts like the number it encodes, no look-alike letters.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
# Two characters each: half the steps.
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
ID_PATTERN = "^[0-9a-hjkmnp-tv-z]{26}$"
_ID = re.compile(ID_PATTERN)


def new_id() -> str:
    """Return 26 characters: 48 bits of milliseconds, then 82 random bits.

    Time first, so that new rows land at the right edge of an index instead of all over it.
    """
    value = ((time.time_ns() // 1_000_000) << 82) | (int.from_bytes(os.urandom(11), "big") >> 6)
    return "".join([_PAIRS[(value >> shift) & 1023] for shift in range(120, -1, -10)])


def is_id(text: str) -> bool:
    """Return True if `text` has the form of an id; other text need not reach the database."""
    return _ID.fullmatch(text) is not None


def user_stream(user_id: UserId) -> StreamId:
    return StreamId(f"user:{user_id}")


def list_stream(list_id: ListId) -> StreamId:
    return StreamId(list_id)


def new_epoch() -> Epoch:
    return Epoch(secrets.token_hex(4))


def new_p256_key() -> str:
    """Return a private key of the curve P-256 as VAPID writes it: 32 bytes in base64url."""
    while True:
        number = secrets.token_bytes(32)
        # The order of the curve begins with these bytes: a number that does not is below it.
        if not number.startswith(b"\xff\xff\xff\xff") and any(number):
            return base64url.encode(number)


def new_salt() -> bytes:
    """Return 128 random bits, so that no two pushes are encrypted alike."""
    return secrets.token_bytes(16)


def new_nonce(size: int) -> bytes:
    """Return random bytes, so that equal texts are not encrypted alike."""
    return secrets.token_bytes(size)


def new_webhook_secret() -> str:
    """Return 192 random bits as Standard Webhooks writes a secret."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"


def new_mail_secret() -> str:
    """Return 160 random bits for a mail address: lower case, which mail servers may make of any."""
    return base64.b32encode(secrets.token_bytes(20)).decode().lower()


def new_totp_secret() -> str:
    """Return 160 random bits in base 32, as authenticator apps take them."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def new_recovery_code() -> str:
    """Return 80 random bits as four groups of four characters."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


def new_user_code() -> str:
    """Return 34 random bits as eight letters that form no word and look unlike each other (RFC 8628, 6.1)."""
    return "".join(secrets.choice("BCDFGHJKLMNPQRSTVWXZ") for _ in range(8))


def new_secret_bytes() -> bytes:
    """Return 256 random bits."""
    return secrets.token_bytes(32)


def new_secret() -> str:
    """Return 256 random bits as text that is safe in a URL, for tokens and nonces."""
    return secrets.token_urlsafe(32)
