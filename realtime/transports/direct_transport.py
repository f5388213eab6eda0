"""A socket's transport under our own uvicorn protocol: the write buffer of asyncio is the outbox."""

import socket
import sys
from collections.abc import Callable

from realtime.limits import Limits
from realtime.transports.frame_batch import FrameBatch
from realtime.transports.transport import NOT_DIRECT, ignore
from realtime.transports.websocket_protocol import SocketProtocol
from shared import metrics
from shared.clock import monotonic
from shared.contract.frames import Close


class DirectTransport:
    """Write straight into the write buffer, or, while that is empty, let others write to the socket.

    The buffer holds at most the outbox's bound and the one batch that exceeded it; the kernel holds
    at most its send buffer.
    """

    __slots__ = (
        "_closed", "_limits", "_open_descriptor", "_progress_at", "_protocol", "_taken_bytes",
        "_transport", "_written_bytes", "descriptor", "has_room", "on_drained",
    )  # fmt: skip

    def __init__(self, protocol: SocketProtocol, limits: Limits) -> None:
        self.on_drained: Callable[[], None] = ignore
        self.has_room = True
        self._protocol = protocol
        self._transport = protocol.transport
        self._limits = limits
        self._closed = False
        # Of what was written into the buffer.
        self._written_bytes = 0
        self._taken_bytes = 0
        self._progress_at = monotonic()
        self.descriptor = self._open_descriptor = _descriptor_of(protocol)
        protocol.writer = self
        # Zero, so that the protocol is told of the first byte that waits and of the last one's end.
        self._transport.set_write_buffer_limits(0)
        if (raw := self._transport.get_extra_info("socket")) is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.send_buffer_bytes)

    @property
    def protocol(self) -> SocketProtocol:
        return self._protocol

    def write(self, batch: FrameBatch, sent: int = 0) -> bool:
        if self._closed:
            return True
        data = batch.websocket_bytes[sent:]
        self._written_bytes += len(data)
        # If bytes are left, asyncio calls on_waiting() before it returns.
        self._transport.write(data)
        if self.waiting_bytes >= self._limits.outbox_bytes:
            self.has_room = False
        return self.has_room

    def close(self, code: Close) -> None:
        if self._closed:
            # Closed before; the peer did not even take that.
            self._protocol.start_close(code)
            return
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

    # SocketWriter

    def on_waiting(self) -> None:
        self.descriptor = NOT_DIRECT

    def on_empty(self) -> None:
        self.descriptor, self.has_room = self._open_descriptor, True

    def on_ended(self) -> None:
        self._closed = True
        # Its number will soon belong to another file or socket.
        self.descriptor = self._open_descriptor = NOT_DIRECT


def _descriptor_of(protocol: SocketProtocol) -> int:
    """Return the descriptor of the socket, unless what is written to it has to be encrypted."""
    raw = protocol.transport.get_extra_info("socket")
    # On Windows a socket is no file.
    if raw is None or protocol.scheme != "ws" or sys.platform == "win32":
        return NOT_DIRECT
    descriptor: int = raw.fileno()
    return descriptor
