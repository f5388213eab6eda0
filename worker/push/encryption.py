"""Encrypt a text for one browser, which alone can decrypt it (RFC 8291, with the coding of RFC 8188).

    salt 16 | record size 4 | 65 | server point 65 | AES-128-GCM(text, 0x02)

    shared secret = ECDH(server key of this push, browser's point)
    info          = "WebPush: info" NUL, browser's point, server point
    secret        = HKDF(shared secret, browser's auth secret, info)
    key, nonce    = HKDF(secret, salt, …)


There is one record, so the length of the text is limited. Pure, except for the random key and salt that
`encrypt` makes.
"""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared import base64url
from shared.ids import new_salt
from shared.notifications.push_subscription_rules import PushSubscription

# Services accept at most 4096 bytes: 86 are the header, 16 the tag and 1 the delimiter.
MAX_BODY_BYTES = 4096
MAX_TEXT_BYTES = MAX_BODY_BYTES - 86 - 16 - 1
_CURVE = ec.SECP256R1()


def encrypt(text: bytes, browser: PushSubscription) -> bytes:
    """Return the body of a push. Raise ValueError if the text is too long or the key is invalid."""
    return encrypt_with(text, browser, ec.generate_private_key(_CURVE), new_salt())


def encrypt_with(
    text: bytes, browser: PushSubscription, server_key: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """Like `encrypt`, with a given key and salt.

    Each pair of key and salt must be used for one push only: used twice, it reveals the texts.
    """
    if len(text) > MAX_TEXT_BYTES:
        raise ValueError("too long for a push")
    browser_point = base64url.decode(browser.p256dh)
    server_point = server_key.public_key().public_bytes(
        Encoding.X962, PublicFormat.UncompressedPoint
    )
    shared_secret = server_key.exchange(
        ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, browser_point)
    )
    info = b"WebPush: info\0" + browser_point + server_point
    secret = _derive(shared_secret, base64url.decode(browser.auth), info, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    # The byte 2 delimits the last record. Padding could follow it.
    encrypted = AESGCM(key).encrypt(nonce, text + b"\x02", None)
    record_size = MAX_BODY_BYTES.to_bytes(4, "big")
    return salt + record_size + bytes([len(server_point)]) + server_point + encrypted


def _derive(secret: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    return HKDF(hashes.SHA256(), size, salt, info).derive(secret)
