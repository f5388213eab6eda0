"""Encrypt mails that wait to become todos: they may name secret addresses, in any encoding of a mail.

AES-256-GCM under a key that is derived from SECRET_KEY. Pure, but for the nonce. A large mail takes
milliseconds: call both in a thread.
"""

import hmac
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.ids import new_nonce

_NONCE_BYTES = 12
# No header begins so. What has no mark was stored by a release that did not encrypt.
_MARK = b"\0aes\0"


def seal(keys: Sequence[bytes], content: bytes) -> bytes:
    """Return what the database stores, encrypted with the current key, which is the first of `keys`."""
    nonce = new_nonce(_NONCE_BYTES)
    return _MARK + nonce + AESGCM(_derive(keys[0])).encrypt(nonce, content, None)


def unseal(keys: Sequence[bytes], stored: bytes) -> bytes | None:
    """Return the mail; None if none of `keys` encrypted it: SECRET_KEY was changed twice within a week."""
    if not stored.startswith(_MARK):
        return stored
    start = len(_MARK) + _NONCE_BYTES
    nonce, sealed = stored[len(_MARK) : start], stored[start:]
    for key in keys:
        try:
            return AESGCM(_derive(key)).decrypt(nonce, sealed, None)
        except InvalidTag:
            continue
    return None


def _derive(key: bytes) -> bytes:
    # Tokens and links are signed with the same secret, so each use derives its own key.
    return hmac.digest(key, b"livelist stored mail", "sha256")
