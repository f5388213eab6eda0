"""Codes and refresh tokens: how they look, and what the database stores of them. Pure, but for chance.

    llc_ authorization code    lld_ device code    llr_ refresh token     + 43 characters, 256 random bits

Secret scanners find a leaked one by its prefix. Access tokens have the form of API tokens.
"""

import hashlib
import hmac
from collections.abc import Sequence

from shared import base64url
from shared.accounts.token_rotation import token_after
from shared.ids import new_secret, new_user_code

CODE_PREFIX = "llc_"
DEVICE_PREFIX = "lld_"
REFRESH_PREFIX = "llr_"
# 43 characters of base64url and the prefix; anything longer need not be hashed.
MAX_LENGTH = 100


def new_code() -> str:
    return CODE_PREFIX + new_secret()


def new_device_code() -> str:
    return DEVICE_PREFIX + new_secret()


def new_refresh_token() -> str:
    return REFRESH_PREFIX + new_secret()


def refresh_token_after(key: bytes, refresh_token: str) -> str:
    """Return the one token that follows a refresh token."""
    return REFRESH_PREFIX + token_after(key, "oauth", refresh_token)


def hash_secret(secret: str) -> str:
    """Return what the database stores. 256 random bits need no salt: there is nothing to guess from."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make_user_code() -> str:
    """Return a new user code as it is shown: two groups of four letters."""
    code = new_user_code()
    return f"{code[:4]}-{code[4:]}"


def hash_user_code(key: bytes, user_code: str) -> str:
    """Return what the database stores of a user code.

    It has 34 random bits: from a plain hash it is found within minutes.
    """
    letters = "".join(filter(str.isalpha, user_code.upper()))
    return hmac.digest(key, b"livelist oauth user code\0" + letters.encode(), "sha256").hex()


def hash_user_code_with_all(keys: Sequence[bytes], user_code: str) -> list[str]:
    """Return the hashes under the current key and the one before it."""
    return [hash_user_code(key, user_code) for key in keys]


def is_verifier_of(challenge: str, verifier: str) -> bool:
    """Return True if `challenge` was made of `verifier` by S256 (RFC 7636, 4.6)."""
    made = base64url.encode(hashlib.sha256(verifier.encode()).digest())
    return hmac.compare_digest(made, challenge)
