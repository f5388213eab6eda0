"""Seals a text for one browser, which alone can open it (RFC 8291, with the coding of RFC 8188).

    salt 16 | record size 4 | 65 | our point 65 | AES-128-GCM(text, 0x02)

    agreed = ECDH(our key of this one push, the browser's point)
    secret = HKDF(agreed, its auth secret, "WebPush: info" NUL its point, our point)
    key, nonce = HKDF(secret, salt, …)

One record, so the text is bounded. Pure, but for the randomness that `seal` draws.
"""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared import base64url
from shared.ids import new_salt
from shared.notifications.push_subscription_rules import PushSubscription

# Services take 4096 bytes and no more; of them 86 are the header, 16 the tag and 1 the delimiter.
LONGEST = 4096
LONGEST_TEXT = LONGEST - 86 - 16 - 1
_CURVE = ec.SECP256R1()


def seal(text: bytes, browser: PushSubscription) -> bytes:
    """Returns the body of a push. Raises ValueError for a text too long, or a key that is none."""
    return seal_with(text, browser, ec.generate_private_key(_CURVE), new_salt())


def seal_with(
    text: bytes, browser: PushSubscription, ours: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """Likewise, with a key and a salt that must be of this one push: both again tell the text."""
    if len(text) > LONGEST_TEXT:
        raise ValueError("too long for a push")
    theirs = base64url.decode(browser.p256dh)
    point = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    agreed = ours.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, theirs))
    secret = _derive(
        agreed, base64url.decode(browser.auth), b"WebPush: info\0" + theirs + point, 32
    )
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    # 2 ends the last record; what would follow it is padding.
    sealed = AESGCM(key).encrypt(nonce, text + b"\x02", None)
    return salt + LONGEST.to_bytes(4, "big") + bytes([len(point)]) + point + sealed


def _derive(secret: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    return HKDF(hashes.SHA256(), size, salt, info).derive(secret)
