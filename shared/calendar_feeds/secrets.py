"""The secret in the address of a feed. Pure.

    llf_ + 43 characters (256 random bits in base64url)

Secret scanners find a leaked address by the prefix.
"""

import hashlib
import re

from shared.errors import NotFound

PREFIX = "llf_"
SUFFIX = ".ics"
_SECRET = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")


def hash_secret(secret: str) -> str:
    """Return what the database stores. 256 random bits need no salt: there is nothing to guess from."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hash_of_file(file: str) -> str:
    """Return the hash for the last part of an address, such as `llf_….ics`.

    Raise NotFound, as for a feed that does not exist, for what cannot be one.
    """
    secret = file.removesuffix(SUFFIX)
    if not _SECRET.fullmatch(secret):
        raise NotFound
    return hash_secret(secret)
