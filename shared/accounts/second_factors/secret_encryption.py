"""Encrypt the secrets of authenticator apps and webhooks, which must be readable to be used.

AES-256-GCM under a key that is derived from SECRET_KEY: a database dump without the server's key holds
no usable secret. The id of the owner (a user, or a webhook) is authenticated with it, so that a row copied
to another owner does not decrypt. Pure, but for the nonce.
"""

import hashlib
import hmac
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared import base64url
from shared.ids import new_nonce

_NONCE_BYTES = 12


def key_id(key: bytes) -> str:
    """Return the name of a server key in `totp.key_id`. It does not reveal the key."""
    return hashlib.sha256(b"livelist totp key id" + _derive(key)).hexdigest()[:8]


def encrypt(keys: Sequence[bytes], owner_id: str, secret: str) -> str:
    """Encrypt with the current key, which is the first of `keys`."""
    nonce = new_nonce(_NONCE_BYTES)
    sealed = AESGCM(_derive(keys[0])).encrypt(nonce, secret.encode(), owner_id.encode())
    return base64url.encode(nonce + sealed)


def decrypt(keys: Sequence[bytes], owner_id: str, encrypted: str) -> str | None:
    """Return the secret; None if none of `keys` encrypted it for this owner.

    The key before the current one decrypts too, until the worker has encrypted all secrets anew.
    """
    data = base64url.decode(encrypted)
    nonce, sealed = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
    for key in keys:
        try:
            return AESGCM(_derive(key)).decrypt(nonce, sealed, owner_id.encode()).decode()
        except InvalidTag:
            continue
    return None


def _derive(key: bytes) -> bytes:
    # Tokens and links are signed with the same secret, so each use derives its own key.
    return hmac.digest(key, b"livelist totp secret", "sha256")
