"""A software authenticator: makes real WebAuthn answers, and those of an authenticator that lies."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from shared import base64url
from shared.ids import new_secret_bytes

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
Json = dict[str, Any]

USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, HAS_KEY = 0x01, 0x04, 0x08, 0x10, 0x40
ORIGIN = "http://localhost:8000"


def new_key(kind: str) -> PrivateKey:
    if kind == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    if kind == "RS256":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())


def cose_key(key: PrivateKey) -> dict[int, Any]:
    """Return the public key as a COSE_Key (RFC 9052, section 7)."""
    public: Any = key.public_key()
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return {1: 1, 3: -8, -1: 6, -2: public.public_bytes_raw()}
    numbers = public.public_numbers()
    if isinstance(key, rsa.RSAPrivateKey):
        return {1: 3, 3: -257, -1: _big_endian(numbers.n), -2: _big_endian(numbers.e)}
    return {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}


@dataclass
class Authenticator:
    """One passkey, and what its answers say. Change a field, and it lies."""

    key: PrivateKey = field(default_factory=lambda: new_key("ES256"))
    credential_id: bytes = field(default_factory=new_secret_bytes)
    user_handle: bytes = b""
    sign_count: int = 0
    counts: bool = False
    flags: int = USER_PRESENT | USER_VERIFIED | BACKUP_ELIGIBLE | BACKED_UP
    origin: str = ORIGIN
    # Members of the client data that replace the honest ones.
    client_data: Mapping[str, Any] = field(default_factory=dict)
    rp_id: str = ""
    # For lies about the key itself.
    cose: Mapping[Any, Any] | None = None
    statement: tuple[str, Mapping[str, Any]] = ("none", {})

    def lying(self, **changes: Any) -> "Authenticator":
        return replace(self, **changes)

    def create(self, options: Json, name: str = "Laptop") -> Json:
        """Return the body that adds this passkey, for the options of a registration."""
        self.user_handle = base64url.decode(options["user"]["id"])
        client_data = self._client_data("webauthn.create", options["challenge"])
        public_key = cbor2.dumps(dict(cose_key(self.key) if self.cose is None else self.cose))
        data = self._authenticator_data(options["rp"]["id"], self.flags | HAS_KEY)
        data += bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id + public_key
        fmt, statement = self.statement
        attestation = {"fmt": fmt, "attStmt": dict(statement), "authData": data}
        return {
            "name": name,
            "id": base64url.encode(self.credential_id),
            "client_data_json": base64url.encode(client_data),
            "attestation_object": base64url.encode(cbor2.dumps(attestation)),
            "transports": ["internal"],
        }

    def get(self, options: Json) -> Json:
        """Return the body of an assertion, for the options of a sign-in."""
        client_data = self._client_data("webauthn.get", options["challenge"])
        if self.counts:
            self.sign_count += 1
        data = self._authenticator_data(options["rpId"], self.flags)
        return {
            "id": base64url.encode(self.credential_id),
            "client_data_json": base64url.encode(client_data),
            "authenticator_data": base64url.encode(data),
            "signature": base64url.encode(self._sign(data + hashlib.sha256(client_data).digest())),
            "user_handle": base64url.encode(self.user_handle),
        }

    def _client_data(self, kind: str, challenge: str) -> bytes:
        honest = {
            "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False,
        }  # fmt: skip
        return json.dumps(honest | dict(self.client_data)).encode()

    def _authenticator_data(self, rp_id: str, flags: int) -> bytes:
        rp_id_hash = hashlib.sha256((self.rp_id or rp_id).encode()).digest()
        return rp_id_hash + bytes([flags]) + self.sign_count.to_bytes(4)

    def _sign(self, data: bytes) -> bytes:
        match self.key:
            case ed25519.Ed25519PrivateKey():
                return self.key.sign(data)
            case rsa.RSAPrivateKey():
                return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
            case ec.EllipticCurvePrivateKey():
                return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


def _big_endian(number: int) -> bytes:
    return number.to_bytes(-(-number.bit_length() // 8))
