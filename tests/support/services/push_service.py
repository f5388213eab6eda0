"""A real push service on this machine, and browsers that open what it was given for them.

async with PushService() as service:
    browser = service.browser()
    service.answer(410)                            # to the next push
    ...
    [push] = await service.wait_for(1)
    browser.open(push.body)                        # decrypted with the browser's own key (RFC 8291)

Written from the RFCs, with nothing of what the worker uses to encrypt and sign.
"""

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.ids import new_id, new_secret
from shared.notifications.push_subscription_rules import PushSubscription

_CURVE = ec.SECP256R1()


def text_of(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class Received:
    """One push as it arrived."""

    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def claims(self) -> dict[str, Any]:
        """Returns what the signature says, having checked it against the key beside it."""
        scheme, _, rest = self.headers["authorization"].partition(" ")
        fields = dict(one.strip().split("=", 1) for one in rest.split(","))
        said, _, signature = fields["t"].rpartition(".")
        raw = bytes_of(signature)
        assert (scheme, len(raw)) == ("vapid", 64)
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        point = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, bytes_of(fields["k"]))
        point.verify(der, said.encode(), ec.ECDSA(hashes.SHA256()))
        head, claims = (json.loads(bytes_of(one)) for one in said.split("."))
        assert head == {"typ": "JWT", "alg": "ES256"}
        return {**claims, "key": fields["k"]}


@dataclass(frozen=True)
class Browser:
    endpoint: str
    private: ec.EllipticCurvePrivateKey
    secret: bytes

    @property
    def point(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def subscribed(self) -> PushSubscription:
        return PushSubscription(self.endpoint, text_of(self.point), text_of(self.secret))

    @property
    def body(self) -> dict[str, Any]:
        """What its page posts."""
        known = self.subscribed
        return {"endpoint": known.endpoint, "keys": {"p256dh": known.p256dh, "auth": known.auth}}

    def open(self, body: bytes) -> bytes:
        """Returns the text. Raises InvalidTag when it was not sealed for this browser."""
        salt, key_size = body[:16], body[20]
        sender, sealed = body[21 : 21 + key_size], body[21 + key_size :]
        other = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, sender)
        agreed = self.private.exchange(ec.ECDH(), other)
        secret = _derive(agreed, self.secret, b"WebPush: info\0" + self.point + sender, 32)
        key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert padded.endswith(b"\x02"), "it is not the last record"
        return padded[:-1]


class PushService:
    """Listens on a free port of 127.0.0.1. `received` holds what it was given, taken or not."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self.port = 0
        self._answers: deque[tuple[int, str]] = deque()
        self._hang_ups = 0
        self._rest = 0
        self._silent = False
        self._changed = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def browser(self) -> Browser:
        """Returns a browser that has subscribed here."""
        secret = bytes_of(new_secret())[:16]
        return Browser(f"{self.origin}/{new_id()}", ec.generate_private_key(_CURVE), secret)

    def answer(self, *statuses: int, header: str = "") -> None:
        """The next pushes get these answers; all others 201."""
        self._answers.extend((one, header) for one in statuses)

    def say_nothing(self, silent: bool = True) -> None:
        """Pushes get no answer any more; with False, they do again."""
        self._silent = silent

    def hang_up(self, times: int = 1) -> None:
        """The connections of the next pushes are closed without an answer."""
        self._hang_ups = times

    def promise(self, size: int) -> None:
        """Answers have a body of `size` bytes from now on, of which the last never comes."""
        self._rest = size

    async def wait_for(self, count: int, deadline: float = 10.0) -> list[Received]:
        async with asyncio.timeout(deadline), self._changed:
            await self._changed.wait_for(lambda: len(self.received) >= count)
        return list(self.received)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the other side is done
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        headers = {
            name.lower(): value.strip() for name, value in (one.split(":", 1) for one in lines)
        }
        body = await reader.readexactly(int(headers["content-length"]))
        method, path, _ = first.split(" ")
        assert method == "POST"
        async with self._changed:
            self.received.append(Received(path, headers, body))
            self._changed.notify_all()
        if self._silent:
            await reader.read()  # until the other side gives up
            return False
        if self._hang_ups:
            self._hang_ups -= 1
            return False
        status, header = self._answers.popleft() if self._answers else (201, "")
        writer.write(
            f"HTTP/1.1 {status} x\r\n{header}Content-Length: {self._rest}\r\n\r\n".encode()
            + b"." * (self._rest - 1)
        )
        await writer.drain()
        return True


def _derive(secret: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    return HKDF(hashes.SHA256(), size, salt, info).derive(secret)
