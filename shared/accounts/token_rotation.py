"""The refresh token that follows another one, of sessions and of connected programs. Pure.

Two tabs or processes that wake together both send the token they share, and both get the same next one. With
a random one for each, a thief who is as fast would go on beside the owner, and nobody would see a second use.
"""

import hmac

from shared import base64url


def token_after(key: bytes, purpose: str, refresh_token: str) -> str:
    """Return 43 characters. `key` is the current one of the server."""
    message = f"livelist refresh token\0{purpose}\0{refresh_token}"
    return base64url.encode(hmac.digest(key, message.encode("utf-8", "surrogatepass"), "sha256"))
