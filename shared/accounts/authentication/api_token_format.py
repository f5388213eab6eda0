"""The text of an API token, and of a guest's token: prefix, 256 random bits, checksum.

    llt_ or llg_ + 43 characters (the secret) + 6 characters (CRC-32 of what precedes)     base 62

Secret scanners find a leaked token by the prefix and confirm it by the checksum. A mistyped token is
refused without the database. Expression for scanners: `ll[tg]_[0-9A-Za-z]{49}`.
"""

import hashlib
import re
from zlib import crc32

from shared.errors import Unauthenticated

PREFIX = "llt_"
# Of a guest who came by a share link. The kinds never mix: each is looked up in a table of its own.
GUEST_PREFIX = "llg_"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# 62**43 > 2**256 and 62**6 > 2**32.
_SECRET_LENGTH = 43
_CHECKSUM_LENGTH = 6
_TOKEN = re.compile(
    rf"(?:{PREFIX}|{GUEST_PREFIX})[0-9A-Za-z]{{{_SECRET_LENGTH + _CHECKSUM_LENGTH}}}"
)


def make_token(secret: bytes, prefix: str = PREFIX) -> str:
    """Return the token of 32 random bytes."""
    return _with_checksum(prefix + _base62(int.from_bytes(secret, "big"), _SECRET_LENGTH))


def is_api_token(credential: str) -> bool:
    """Return True if a bearer credential is meant as an API token, valid or not."""
    return credential.startswith(PREFIX)


def is_guest_token(credential: str) -> bool:
    """Return True if a bearer credential is meant as the token of a guest, valid or not."""
    return credential.startswith(GUEST_PREFIX)


def hash_token(token: str) -> str:
    """Return what the database stores. Raise Unauthenticated for a mistyped token.

    256 random bits need no salt and no slow hash: there is nothing to guess from.
    """
    if not _TOKEN.fullmatch(token) or _with_checksum(token[:-_CHECKSUM_LENGTH]) != token:
        raise Unauthenticated("This is not a token of ours: perhaps a character is missing.")
    return hashlib.sha256(token.encode()).hexdigest()


def _with_checksum(text: str) -> str:
    return text + _base62(crc32(text.encode()), _CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
