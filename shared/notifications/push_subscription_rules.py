"""Check the endpoint and keys of a browser's push subscription. Pure.

The text of a NotAcceptableError is shown to the user.
"""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from shared import base64url
from shared.text import NotAcceptableError

# The endpoints of known browsers have some hundreds of characters.
MAX_ENDPOINT_LENGTH = 1000
# RFC 8291, 3.1 and 3.2: an uncompressed P-256 point, and the authentication secret.
_PUBLIC_KEY_BYTES, _AUTH_SECRET_BYTES = 65, 16


@dataclass(frozen=True)
class PushSubscription:
    """A browser's PushSubscription (W3C Push API): the URL of its push service, and its keys.

    Only the browser can decrypt a message that is encrypted with these keys.
    """

    endpoint: str
    p256dh: str
    auth: str


def parse_endpoint(text: str, *, allow_private: bool) -> str:
    """Return `text` if it can be the URL of a push service. Raise NotAcceptableError.

    `allow_private` also accepts http, other ports and IP addresses. The address that the host name
    resolves to is checked for every push by worker/push/public_network.py, since it can change.
    """
    refusal = "must be an https address as a browser gives it"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise NotAcceptableError(refusal) from None
    host = parts.hostname or ""
    if not text.isascii() or not text.isprintable() or " " in text or not host or parts.fragment:
        raise NotAcceptableError(refusal)
    if parts.username is not None or parts.scheme not in ("https", "http"):
        raise NotAcceptableError(refusal)
    if not allow_private and (
        parts.scheme != "https" or port not in (None, 443) or _is_ip_address(host)
    ):
        raise NotAcceptableError(refusal)
    return text


def parse_public_key(text: str) -> str:
    """Return `text` if it is an uncompressed P-256 point in base64url. Raise NotAcceptableError."""
    return _parse_key(text, _PUBLIC_KEY_BYTES, _is_on_curve)


def parse_auth_secret(text: str) -> str:
    """Return `text` if it is 16 bytes in base64url. Raise NotAcceptableError."""
    return _parse_key(text, _AUTH_SECRET_BYTES, lambda key: True)


def _parse_key(text: str, size: int, is_valid: Callable[[bytes], bool]) -> str:
    """Return the key in base64url without padding. Raise NotAcceptableError."""
    try:
        key = base64url.decode(text)
    except ValueError:
        key = b""
    if len(key) != size or not is_valid(key):
        raise NotAcceptableError("is not a key of a push subscription")
    return base64url.encode(key)


def _is_on_curve(point: bytes) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return False
    return True


def _is_ip_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
