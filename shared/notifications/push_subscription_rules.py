"""What a browser says of itself when it subscribes to pushes, and whether that can be. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from shared import base64url

# Those of the browsers we know have some hundreds of characters.
MAX_ENDPOINT_LENGTH = 1000
# RFC 8291: an uncompressed point of P-256, and a secret.
_POINT_BYTES, _SECRET_BYTES = 65, 16


@dataclass(frozen=True)
class PushSubscription:
    """Where a browser's service takes pushes for it, and the keys only the browser can open them with."""

    endpoint: str
    p256dh: str
    auth: str


def parse_endpoint(text: str, *, allow_private: bool) -> str:
    """Returns `text` if a service of a browser may be there. Raises ValueError, for people.

    What its name resolves to is checked when something is sent there, by worker/push/public_network.py:
    it may be another machine by then.
    """
    refused = "must be an https address as a browser gives it"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(refused) from None
    host = parts.hostname or ""
    if not text.isascii() or not text.isprintable() or " " in text or not host or parts.fragment:
        raise ValueError(refused)
    if parts.username is not None or parts.scheme not in ("https", "http"):
        raise ValueError(refused)
    if not allow_private and (
        parts.scheme != "https" or port not in (None, 443) or _is_number(host)
    ):
        raise ValueError(refused)
    return text


def parse_public_key(text: str) -> str:
    """Returns `text` if it is a point of P-256, uncompressed. Raises ValueError, for people."""
    return _key(text, _POINT_BYTES, _is_on_curve)


def parse_auth_secret(text: str) -> str:
    """Returns `text` if it is 16 bytes. Raises ValueError, for people."""
    return _key(text, _SECRET_BYTES, lambda found: True)


def _key(text: str, size: int, is_one: Callable[[bytes], bool]) -> str:
    """Returns it without padding."""
    try:
        found = base64url.decode(text)
    except ValueError:
        found = b""
    if len(found) != size or not is_one(found):
        raise ValueError("is not a key of a push subscription")
    return base64url.encode(found)


def _is_on_curve(point: bytes) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return False
    return True


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
