"""A WebSocket client that sends any bytes, and reads what the server answers until it closes."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from shared.contract.frames import SUBPROTOCOL
from tests.support.deadlines import DEADLINE_SECONDS

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA


def handshake(*extra: str, path: str = "/ws", protocol: str = SUBPROTOCOL) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
        f"Sec-WebSocket-Protocol: {protocol}", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *extra, "", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


def frame(
    payload: bytes, opcode: int = TEXT, *, fin: bool = True, rsv: int = 0, masked: bool = True
) -> bytes:
    """Return a client's frame, which may break the rules of RFC 6455, section 5.2."""
    size, mask_bit = len(payload), 0x80 * masked
    first = bytes([0x80 * fin | rsv << 4 | opcode])
    if size < 126:
        head = first + bytes([mask_bit | size])
    elif size < 65_536:
        head = first + bytes([mask_bit | 126]) + size.to_bytes(2, "big")
    else:
        head = first + bytes([mask_bit | 127]) + size.to_bytes(8, "big")
    if not masked:
        return head + payload
    mask = os.urandom(4)
    repeated = (mask * (size // 4 + 1))[:size]
    masked_payload = (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(
        size, "big"
    )
    return head + mask + masked_payload


@dataclass
class Answers:
    """What the server sent after the handshake, and how it ended."""

    frames: list[dict[str, Any]] = field(default_factory=list)
    code: int | None = None
    reason: str = ""
    # False if the connection was still open, and the last frame was answered.
    ended: bool = True
    text: str = ""


@dataclass
class RawSocket:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Send, unless the server has closed meanwhile."""
        with contextlib.suppress(ConnectionError):
            self.writer.write(data)
            await self.writer.drain()

    async def read_status(self) -> int:
        """Return the status of the handshake, before which no frame may be sent; 0: no answer."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            try:
                head = await self.reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                return 0
        return int(head.split(b" ")[1])

    async def read_answers(self, *, until: int = -1) -> Answers:
        """Return everything until the server closes, or answers the frame with the id `until`."""
        answers = Answers()
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            async with asyncio.timeout(DEADLINE_SECONDS):
                await self._read_frames(answers, until)
        return answers

    async def _read_frames(self, answers: Answers, until: int) -> None:
        while True:
            opcode, payload = await self._read_frame()
            if opcode == CLOSE:
                answers.code = int.from_bytes(payload[:2], "big") if payload else None
                answers.reason = payload[2:].decode()
                return
            if opcode == TEXT:
                answers.text += payload.decode()
                frames = _unbatched(orjson.loads(payload))
                answers.frames += frames
                if any(each.get("re") == until for each in frames):
                    answers.ended = False
                    return

    async def _read_frame(self) -> tuple[int, bytes]:
        first, second = await self.reader.readexactly(2)
        size = second & 0x7F
        if size > 125:
            size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
        return first & 0x0F, await self.reader.readexactly(size)


def _unbatched(message: dict[str, Any]) -> list[dict[str, Any]]:
    return message["frames"] if message["type"] == "batch" else [message]


@asynccontextmanager
async def raw_socket(port: int, head: bytes = handshake()) -> AsyncIterator[RawSocket]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(head)
        yield RawSocket(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(1):
                await writer.wait_closed()
