"""Tokens of the links in mails, and of share links: made when sent or shown, stored nowhere.

    token = <row id> "." base64url(HMAC-SHA256(key, "livelist-link" NUL purpose NUL id NUL nonce))

The row of a link holds id, nonce and expiry; queue, logs and a dump of the database hold no token.
Pure: whether the row is expired, used or withdrawn is decided by the feature that owns the row.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from enum import StrEnum
from hashlib import sha256

# 26 characters of id, a dot, 43 of signature: anything else need not reach the database.
_TOKEN = re.compile(r"([0-9a-hjkmnp-tv-z]{26})\.[A-Za-z0-9_-]{43}")


class Purpose(StrEnum):
    """What a link is for. A token for one purpose is invalid for every other."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105  a purpose, not a password
    CHANGE_EMAIL = "change_email"
    ACCEPT_INVITATION = "accept_invitation"
    MAIL_PREFERENCES = "mail_preferences"
    SHARE_LIST = "share_list"


def make(keys: Sequence[bytes], purpose: Purpose, row_id: str, nonce: str) -> str:
    """Return the token of a row, signed with the current key, which is the first of `keys`."""
    return f"{row_id}.{_signature(keys[0], purpose, row_id, nonce)}"


def row_id_in(token: str) -> str | None:
    """Return the id of the row that `token` claims to belong to; None for text that is no token."""
    match = _TOKEN.fullmatch(token)
    return match[1] if match else None


def check(keys: Iterable[bytes], purpose: Purpose, token: str, nonce: str) -> bool:
    """Return True if `token` was made for `purpose` and `nonce` with any of `keys`.

    The key before the current one is accepted too, so that links stay valid after a key rotation.
    """
    row_id = row_id_in(token)
    if row_id is None:
        return False
    signature = token.partition(".")[2]
    # Compared as text: decoded, several last characters of base64 mean the same bytes.
    return any(
        hmac.compare_digest(signature, _signature(key, purpose, row_id, nonce)) for key in keys
    )


def _signature(key: bytes, purpose: Purpose, row_id: str, nonce: str) -> str:
    # The first part keeps links apart from access tokens, which the same key signs: a JWT's signing
    # input never holds a NUL. No part can hold one either, so no two messages are equal.
    message = f"livelist-link\0{purpose.value}\0{row_id}\0{nonce}"
    digest = hmac.new(key, message.encode(), sha256).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")
