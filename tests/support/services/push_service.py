"""A push service on this machine, and browsers that decrypt the pushes sent to them.

async with PushService() as service:
    browser = service.browser()
    service.answer(410)                            # the answer to the next push
    ...
    [push] = await service.wait_for(1)
    browser.decrypt(push.body)                     # with the browser's own key (RFC 8291)

Written from the RFCs, and shares no code with the encryption and signing of the worker.
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
from tests.support.deadlines import DEADLINE_SECONDS

_CURVE = ec.SECP256R1()


def text_of(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class ReceivedPush:
    """One push as it arrived."""

    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def claims(self) -> dict[str, Any]:
        """Return the claims of the VAPID token (RFC 8292) after checking its signature."""
        scheme, _, rest = self.headers["authorization"].partition(" ")
        fields = dict(part.strip().split("=", 1) for part in rest.split(","))
        signed, _, signature = fields["t"].rpartition(".")
        raw = bytes_of(signature)
        assert (scheme, len(raw)) == ("vapid", 64)
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        point = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, bytes_of(fields["k"]))
        point.verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))
        head, claims = (json.loads(bytes_of(part)) for part in signed.split("."))
        assert head == {"typ": "JWT", "alg": "ES256"}
        return {**claims, "key": fields["k"]}


@dataclass(frozen=True)
class Browser:
    """A browser with the private key and the secret of its push subscription."""

    endpoint: str
    private: ec.EllipticCurvePrivateKey
    secret: bytes

    @property
    def point(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def subscription(self) -> PushSubscription:
        return PushSubscription(self.endpoint, text_of(self.point), text_of(self.secret))

    @property
    def body(self) -> dict[str, Any]:
        """The JSON body with which its page subscribes."""
        known = self.subscription
        return {"endpoint": known.endpoint, "keys": {"p256dh": known.p256dh, "auth": known.auth}}

    def decrypt(self, body: bytes) -> bytes:
        """Return the plain text. Raise InvalidTag if it was encrypted for another browser."""
        salt, key_size = body[:16], body[20]
        sender, sealed = body[21 : 21 + key_size], body[21 + key_size :]
        other = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, sender)
        agreed = self.private.exchange(ec.ECDH(), other)
        secret = _derive(agreed, self.secret, b"WebPush: info\0" + self.point + sender, 32)
        key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert padded.endswith(b"\x02"), "the record is not marked as the last one"
        return padded[:-1]


class PushService:
    """Listens on a free port of 127.0.0.1. `received` has every push, accepted or not."""

    def __init__(self) -> None:
        self.received: list[ReceivedPush] = []
        # Those that got an answer 2xx.
        self.accepted: list[ReceivedPush] = []
        self.connections = 0
        self.port = 0
        self._answers: deque[tuple[int, str]] = deque()
        self._connections_to_drop = 0
        self._body_size = 0
        self._is_silent = False
        self._delay_seconds = 0.0
        self._changed = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def browser(self) -> Browser:
        """Return a new browser that has subscribed at this service."""
        secret = bytes_of(new_secret())[:16]
        return Browser(f"{self.origin}/{new_id()}", ec.generate_private_key(_CURVE), secret)

    def answer(self, *statuses: int, header: str = "") -> None:
        """Answer the next pushes with these statuses; all others are answered with 201."""
        self._answers.extend((status, header) for status in statuses)

    def stop_answering(self, is_silent: bool = True) -> None:
        """Give no push an answer from now on; with False, answer again."""
        self._is_silent = is_silent

    def delay_answers(self, seconds: float) -> None:
        """Take each push at once from now on, and answer it after this time."""
        self._delay_seconds = seconds

    def drop_connections(self, times: int = 1) -> None:
        """Close the connections of the next pushes without an answer."""
        self._connections_to_drop = times

    def stall_bodies(self, size: int) -> None:
        """Announce a body of `size` bytes in every answer from now on, and send all but the last."""
        self._body_size = size

    async def wait_for(self, count: int, deadline: float = DEADLINE_SECONDS) -> list[ReceivedPush]:
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
            while await self._answer_one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has closed the connection
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Read a request and answer it. Return False if the connection must be closed."""
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        headers = {
            name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)
        }
        body = await reader.readexactly(int(headers["content-length"]))
        method, path, _ = first.split(" ")
        assert method == "POST"
        push = ReceivedPush(path, headers, body)
        async with self._changed:
            self.received.append(push)
            self._changed.notify_all()
        if self._is_silent:
            await reader.read()  # until the client gives up
            return False
        if self._connections_to_drop:
            self._connections_to_drop -= 1
            return False
        status, header = self._answers.popleft() if self._answers else (201, "")
        if status < 300:
            self.accepted.append(push)
        if self._delay_seconds:
            await asyncio.sleep(self._delay_seconds)
        writer.write(
            f"HTTP/1.1 {status} x\r\n{header}Content-Length: {self._body_size}\r\n\r\n".encode()
            + b"." * (self._body_size - 1)
        )
        await writer.drain()
        return True


def _derive(secret: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    return HKDF(hashes.SHA256(), size, salt, info).derive(secret)
