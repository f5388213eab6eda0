"""Verify Livelist's access tokens by hand, as a server does that checks what it has signed itself."""

import base64
import hmac
import os
import time

import orjson

# The key that signs the access tokens of the run (shared/accounts/authentication/access_tokens.py).
KEY = bytes.fromhex(os.environ["TOKEN_KEY"])


def session_of(authorization: bytes) -> str | None:
    """Return the session that a genuine token names, or None. Reads no database."""
    head, _, signature = authorization.removeprefix(b"Bearer ").rpartition(b".")
    if not hmac.compare_digest(_decode(signature), hmac.digest(KEY, head, "sha256")):
        return None
    claims = orjson.loads(_decode(head.partition(b".")[2]))
    if claims["typ"] != "access" or claims["exp"] <= time.time():
        return None
    session: str = claims["sid"]
    return session


def _decode(segment: bytes) -> bytes:
    return base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
