"""Bytes as text that is safe in a URL, without padding (RFC 4648, section 5). Pure."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

_TEXT = re.compile(r"[A-Za-z0-9_-]*={0,2}")


def encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Return the bytes of `text`, padded or not. Raise ValueError for text that is not base64url."""
    # The standard library drops foreign characters and decodes the rest.
    if not _TEXT.fullmatch(text):
        raise ValueError("not base64url")
    unpadded = text.rstrip("=")
    return urlsafe_b64decode(unpadded + "=" * (-len(unpadded) % 4))
