"""VAPID (RFC 8292): identify this server to push services by signing each push message.

    Authorization: vapid t=<JWT of aud, exp, sub, signed ES256>, k=<public key>

A browser subscribes with the public key; its push service then accepts pushes of that key alone.
Pure.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from jose import jwt

from shared import base64url

# RFC 8292 allows at most 24 hours, and clocks differ.
LIFETIME = timedelta(hours=12)


def public_key(private: str) -> str:
    """Return the key a browser subscribes with: the uncompressed point in base64url."""
    point = _load(private).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64url.encode(point)


def authorization(private: str, endpoint: str, contact: str, now: datetime) -> str:
    """Return the Authorization header of one push.

    `contact` is a URI at which the push service can reach the operator of this server.
    """
    claims = {
        "aud": origin_of(endpoint),
        "exp": int((now + LIFETIME).timestamp()),
        "sub": contact,
    }
    key = _load(private).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return f"vapid t={jwt.encode(claims, key, 'ES256')}, k={public_key(private)}"


def origin_of(endpoint: str) -> str:
    """Return the origin of the push service that an endpoint belongs to."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}"


@lru_cache(maxsize=4)
def _load(private: str) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(base64url.decode(private), "big")
    return ec.derive_private_key(number, ec.SECP256R1())
