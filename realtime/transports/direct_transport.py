"""A socket's transport under our own uvicorn protocol: the write buffer of asyncio is the outbox."""

import socket
from collections.abc import Callable

from realtime.limits import Limits
from realtime.transports.frame_batch import FrameBatch
from realtime.transports.transport import ignore
from realtime.transports.websocket_protocol import SocketProtocol
from shared import metrics
from shared.clock import monotonic
from shared.contract.frames import Close


class DirectTransport:
    """Write straight into the write buffer: no task, no queue, no copy.

    The buffer holds at most the outbox's bound and the one batch that exceeded it; the kernel holds
    at most its send buffer.
    """

    # Looked up once per socket and batch: half of what Python does for a delivery is lookups.
    __slots__ = (
        "_closed", "_limits", "_progress_at", "_protocol", "_send", "_taken_bytes", "_transport",
        "_written_bytes", "has_room", "on_drained",
    )  # fmt: skip

    def __init__(self, protocol: SocketProtocol, limits: Limits) -> None:
        self.on_drained: Callable[[], None] = ignore
        self.has_room = True
        self._protocol = protocol
        self._transport = protocol.transport
        self._send = protocol.transport.write
        self._limits = limits
        self._closed = False
        self._written_bytes = 0
        self._taken_bytes = 0
        self._progress_at = monotonic()
        protocol.on_lost, protocol.on_room_changed = self._on_lost, self._on_room_changed
        # Half full is soon enough to go on: the database is read while the rest drains.
        self._transport.set_write_buffer_limits(limits.outbox_bytes, limits.outbox_bytes // 2)
        if (raw := self._transport.get_extra_info("socket")) is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.send_buffer_bytes)

    @property
    def protocol(self) -> SocketProtocol:
        return self._protocol

    def write(self, batch: FrameBatch) -> bool:
        if self._closed:
            return True
        data = batch.websocket_bytes
        self._written_bytes += len(data)
        # If this fills the buffer, asyncio calls _on_room_changed() before it returns.
        self._send(data)
        return self.has_room

    def close(self, code: Close) -> None:
        if self._closed:
            # Closed before; the peer did not even take that.
            self._protocol.start_close(code)
            return
        self._closed = True
        metrics.socket_closes.labels(code=str(int(code))).inc()
        self._protocol.start_close(code)

    @property
    def is_empty(self) -> bool:
        return self.waiting_bytes == 0

    @property
    def waiting_bytes(self) -> int:
        return self._transport.get_write_buffer_size()

    def is_stalled(self, now: float) -> bool:
        waiting = self.waiting_bytes
        taken = self._written_bytes - waiting
        # `taken` can shrink: pongs wait in the buffer too, and are not counted as written.
        if waiting == 0 or taken > self._taken_bytes:
            self._taken_bytes, self._progress_at = taken, now
        return now - self._progress_at > self._limits.progress_seconds

    def _on_room_changed(self, has_room: bool) -> None:
        self.has_room = has_room

    def _on_lost(self) -> None:
        """Discard from now on what is written: the peer is gone."""
        self._closed = True
