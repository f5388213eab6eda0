"""The bounded ways out of a node: how bytes reach one socket, and who notices that they do not.

Nothing here waits for a socket, except AsgiWire's own task. A wire without room is given nothing
more by the hub until it says `drained`: what was missed meanwhile is read from the database.
"""

import asyncio
import logging
import socket
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from realtime.limits import Limits
from realtime.transports.frame_batch import FrameBatch
from realtime.transports.uvicorn_protocol import SocketProtocol
from shared import metrics
from shared.clock import monotonic
from shared.contract.frames import CLOSES, Close

log = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]


def ignore() -> None:
    """What a wire says of itself while, or since, nobody listens to it."""


class Transport(Protocol):
    """How bytes reach one socket. `drained` is called when a wire that was full has room again."""

    on_drained: Callable[[], None]

    def write(self, batch: FrameBatch) -> bool:
        """Takes the burst; answers whether there is room for more. Never waits."""
        ...

    def close(self, code: Close) -> None:
        """Nothing more is sent but this close. Never waits."""
        ...

    @property
    def has_room(self) -> bool: ...

    @property
    def is_empty(self) -> bool: ...

    def is_stalled(self, now: float) -> bool:
        """Tells whether the peer has taken nothing for too long although something waits."""
        ...


class DirectTransport:
    """Straight into the transport's write buffer, which is the outbox: no task, no queue, no copy.

    It holds at most the outbox's bound and the one burst that went beyond it; the kernel holds
    at most its send buffer.
    """

    # Read once per socket and burst: half of what Python does for a delivery is looking up names.
    __slots__ = (
        "_closed", "_limits", "_progress_at", "_protocol", "_send", "_taken", "_transport",
        "_written", "has_room", "on_drained",
    )  # fmt: skip

    def __init__(self, protocol: SocketProtocol, limits: Limits) -> None:
        self.on_drained: Callable[[], None] = ignore
        self.has_room = True
        self._protocol = protocol
        self._transport = protocol.transport
        self._send = protocol.transport.write
        self._limits = limits
        self._closed = False
        self._written = 0
        self._taken = 0
        self._progress_at = monotonic()
        protocol.on_lost, protocol.on_room = self.cut, self._on_room_changed
        # Half full is soon enough to go on: the database is read while the rest drains.
        self._transport.set_write_buffer_limits(limits.outbox_bytes, limits.outbox_bytes // 2)
        if (raw := self._transport.get_extra_info("socket")) is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.send_buffer_bytes)

    def write(self, batch: FrameBatch) -> bool:
        if self._closed:
            return True
        data = batch.websocket_bytes
        self._written += len(data)
        # When this fills the buffer, the transport says so at once, and with it _set_room().
        self._send(data)
        return self.has_room

    def _on_room_changed(self, has_room: bool) -> None:
        self.has_room = has_room

    def close(self, code: Close) -> None:
        if self._closed:
            # Said before, to a peer that does not take even that.
            self._protocol.end(code)
            return
        self._closed = True
        metrics.socket_closes.labels(code=str(int(code))).inc()
        self._protocol.end(code)

    def cut(self) -> None:
        """The peer is gone: what is written from now on is written to nobody."""
        self._closed = True

    @property
    def is_empty(self) -> bool:
        return self.waiting_bytes == 0

    @property
    def waiting_bytes(self) -> int:
        return self._transport.get_write_buffer_size()

    def is_stalled(self, now: float) -> bool:
        waiting = self.waiting_bytes
        taken = self._written - waiting
        # Less than before: pongs wait too, which are not of our writing.
        if waiting == 0 or taken > self._taken:
            self._taken, self._progress_at = taken, now
        return now - self._progress_at > self._limits.progress_seconds


class AsgiTransport:
    """Through ASGI's send, under any server: an outbox, and the task that empties it.

    It holds at most the outbox's bounds, counted as frames, and the one burst that went beyond them;
    a burst keeps its frames, their message and its text.
    """

    def __init__(self, send: Send, limits: Limits) -> None:
        self.on_drained: Callable[[], None] = ignore
        self._send = send
        self._limits = limits
        self._outbox: deque[FrameBatch] = deque()
        self._frames = 0
        self.waiting_bytes = 0
        self._progress_at = monotonic()
        self._closed: Close | None = None
        self._written = asyncio.Event()

    def write(self, batch: FrameBatch) -> bool:
        if self._closed is not None:
            return True
        if not self._outbox:
            self._progress_at = monotonic()
            self._written.set()
        self._outbox.append(batch)
        self._frames += len(batch.frames)
        self.waiting_bytes += batch.size
        return self.has_room

    def close(self, code: Close) -> None:
        if self._closed is not None:
            return
        self._closed = code
        self._outbox.clear()
        metrics.socket_closes.labels(code=str(int(code))).inc()
        self._written.set()

    @property
    def has_room(self) -> bool:
        return (
            self._frames < self._limits.outbox_frames
            and self.waiting_bytes < self._limits.outbox_bytes
        )

    @property
    def is_empty(self) -> bool:
        return not self._outbox

    def is_stalled(self, now: float) -> bool:
        return bool(self._outbox) and now - self._progress_at > self._limits.progress_seconds

    async def run(self) -> None:
        """Sends what is written until the wire is closed or the peer is gone."""
        try:
            while self._closed is None:
                self._written.clear()
                if self._outbox:
                    await self._empty()
                else:
                    await self._written.wait()
            reason = CLOSES[self._closed].reason
            await self._send({"type": "websocket.close", "code": self._closed, "reason": reason})
        except OSError:
            # The peer is gone; the reading side hears of it too, and ends the connection.
            log.debug("peer gone while sending")

    def _is_closed(self) -> bool:
        return self._closed is not None

    async def _empty(self) -> None:
        while self._outbox and not self._is_closed():
            batch = self._outbox[0]
            await self._send({"type": "websocket.send", "text": batch.text})
            self._progress_at = monotonic()
            if self._is_closed():
                return
            self._outbox.popleft()
            self._frames -= len(batch.frames)
            self.waiting_bytes -= batch.size
        self.on_drained()
