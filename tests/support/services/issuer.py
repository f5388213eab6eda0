"""An issuer on this machine: it signs JWTs with real keys and serves the public ones over HTTP.

async with Issuer() as issuer:
    token = issuer.token(sub="ana", email="ana@example.org")
    issuer.keys.pop("rsa")                         # rotate a key out
    issuer.answer = b"HTTP/1.1 503 ..."            # or answer something else
    issuer.is_silent = True                        # or nothing at all

Signs by the RFCs, and shares no code with what is tested.
"""

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType, TracebackType
from typing import Any, Self

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.clock import SystemClock

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey
AUDIENCE = "livelist"


def text_of(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def encoded(value: Any) -> str:
    return text_of(json.dumps(value).encode())


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@cache
def rsa_key(number: int = 0) -> rsa.RSAPrivateKey:
    """Return one of some keys, which are made once: making one takes up to a second."""
    return rsa.generate_private_key(65537, 2048)


def public_jwk(kid: str, key: PrivateKey) -> dict[str, Any]:
    """Return the public key as a JWK (RFC 7518, section 6; RFC 8037)."""
    public = key.public_key()
    jwk: dict[str, Any] = {"kid": kid, "use": "sig"}
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        return jwk | {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
    if isinstance(public, ec.EllipticCurvePublicKey):
        size = (public.key_size + 7) // 8
        point = public.public_numbers()
        x, y = (text_of(number.to_bytes(size, "big")) for number in (point.x, point.y))
        return jwk | {"kty": "EC", "crv": f"P-{public.key_size}", "x": x, "y": y}
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return jwk | {"kty": "OKP", "crv": "Ed25519", "x": text_of(raw)}


def _number(number: int) -> str:
    return text_of(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def sign(key: PrivateKey, algorithm: str, signed: bytes) -> bytes:
    """Return the signature of a JWS."""
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(signed)
    digest = {"2": hashes.SHA256(), "3": hashes.SHA384(), "5": hashes.SHA512()}[algorithm[2]]
    if isinstance(key, ec.EllipticCurvePrivateKey):
        size = (key.key_size + 7) // 8
        r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(digest)))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    if algorithm.startswith("PS"):
        pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
        return key.sign(signed, pss, digest)
    return key.sign(signed, padding.PKCS1v15(), digest)


def recorded_fetches(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> list[str]:
    """Return the addresses that a module asks for from now on, whether a request arrives or not."""
    asked, fetch = list[str](), vars(module)["fetch"]

    async def record_and_fetch(url: str, **options: Any) -> bytes:
        asked.append(url)
        return bytes(await fetch(url, **options))

    monkeypatch.setattr(module, "fetch", record_and_fetch)
    return asked


@dataclass
class Issuer:
    """`keys` are published and sign; `requests` counts the requests for them."""

    keys: dict[str, PrivateKey] = field(
        default_factory=lambda: {
            "rsa": rsa_key(),
            "ec": ec.generate_private_key(ec.SECP256R1()),
            "ed": Ed25519PrivateKey.generate(),
        }
    )
    requests: int = 0
    # What is sent instead of the keys; b"" ends the connection without an answer.
    answer: bytes | None = None
    # It answers nothing, and keeps connections open as long as the client does.
    is_silent: bool = False

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def setting(self, **changes: Any) -> dict[str, Any]:
        """Return this issuer as an object of TRUSTED_ISSUERS."""
        jwks_url = f"{self.url}/jwks"
        return {"issuer": self.url, "audience": AUDIENCE, "jwks_url": jwks_url} | changes

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return good claims with these changes; None removes one."""
        now = int(SystemClock().now().timestamp())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "subject-1",
            "iat": now,
            "exp": now + 600,
            "email": "ana@example.org",
            "email_verified": True,
            "name": "Ana",
        }
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def token(self, kid: str = "ed", algorithm: str = "EdDSA", **changes: Any) -> str:
        """Return a token with good claims but these changes."""
        header = {"alg": algorithm, "kid": kid}
        return self.signed(encoded(header), encoded(self.claims(**changes)), kid, algorithm)

    def signed(self, header: str, claims: str, kid: str = "ed", algorithm: str = "EdDSA") -> str:
        """Return a token of encoded parts, signed with a key of this issuer."""
        text = f"{header}.{claims}"
        return f"{text}.{text_of(sign(self.keys[kid], algorithm, text.encode()))}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            self.requests += 1
            if self.is_silent:
                await reader.read()
            body = json.dumps({"keys": [public_jwk(*each) for each in self.keys.items()]}).encode()
            good = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
            writer.write(good if self.answer is None else self.answer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
