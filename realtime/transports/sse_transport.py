"""Frames as Server-Sent Events: one stream of events in the body of an HTTP response.

    id: 5f0c2a71:12                         the position after it: `Last-Event-ID` resumes there
    data: {"type":"event","seq":12,…}       the frame, byte for byte what the socket sends

    id: 5f0c2a71:12
    event: subscribed                       a frame that is no event of the stream is named
    data: {"type":"subscribed","re":0,…}

Order, backfill, revocation and deadlines are the hub's and the connection's, as for sockets; this
is only another transport. sse_response.py opens it. docs/protocol.md, "Without a socket".
"""

import asyncio
import logging
import random
import re
from collections import deque
from collections.abc import Callable

from starlette.types import Send

from realtime.limits import Limits
from realtime.transports.frame_batch import FrameBatch, batch_of
from realtime.transports.transport import NOT_DIRECT, ignore
from shared import metrics
from shared.clock import monotonic
from shared.contract.frames import CLOSES, Close, Closed

# When a client reconnects after a cut: soon, and not all clients of a node at once.
RETRY_MILLISECONDS = (500, 5000)
# The most for one `send`, unless a single frame is larger: what was sent cannot be taken back.
CHUNK_BYTES = 32 * 1024

# Both come at the beginning of a frame, before any text of a user.
_TYPE = re.compile(rb'\{"type":"([a-z_]+)"')
_SEQ = re.compile(rb'"seq":(\d+)')
# The stream ends after these: it is one subscription.
_LAST = frozenset({b"reset", b"unsubscribed", b"error", b"closed"})

log = logging.getLogger(__name__)


class SseTransport:
    """Write to an outbox that `run` empties into the response body.

    It holds at most the outbox's bounds and the one batch that exceeded them.
    """

    descriptor = NOT_DIRECT

    def __init__(self, epoch: str, limits: Limits) -> None:
        self.on_drained: Callable[[], None] = ignore
        # A stream cannot answer a ping; that its peer takes data must do. If the peer takes none,
        # is_stalled() notices, or TCP does (sse_response.HttpConnection.set_acknowledge_timeout).
        self.on_progress: Callable[[], None] = ignore
        self.abort_soon: Callable[[], None] = ignore
        # How much of what was sent the connection still holds; 0 if the server does not say.
        self.connection_bytes: Callable[[], int] = lambda: 0
        self._epoch = epoch.encode()
        self._limits = limits
        self._outbox: deque[bytes] = deque()
        # What is in the outbox, and what a running `send` has not handed on yet.
        self.waiting_bytes = 0
        self._progress_at = monotonic()
        self._last_connection_bytes = 0
        self._is_over = False
        self._closed: Close | None = None
        self._changed = asyncio.Event()

    def write(self, batch: FrameBatch, sent: int = 0) -> bool:
        if not self.waiting_bytes:
            self._progress_at = monotonic()
        for frame in batch.frames:
            if self._is_over:
                return True
            self._put(frame)
        self._changed.set()
        return self.has_room

    def close(self, code: Close) -> None:
        if self._closed is not None:
            return
        self._closed = code
        metrics.socket_closes.labels(code=str(int(code))).inc()
        if not self._is_over:
            # After what waits, as on a socket: it was written while the user might read it, and
            # abort_soon() bounds how long the peer may take.
            [frame] = batch_of(Closed(code=code, reason=CLOSES[code].reason)).frames
            self._put(frame)
        self.abort_soon()
        self._changed.set()

    def on_lost(self) -> None:
        """Discard what waits and what is written from now on: the peer is gone."""
        self._is_over = True
        self._outbox.clear()
        self._changed.set()

    @property
    def has_room(self) -> bool:
        return (
            len(self._outbox) < self._limits.outbox_frames
            and self.waiting_bytes < self._limits.outbox_bytes
        )

    @property
    def is_empty(self) -> bool:
        return not self.waiting_bytes

    def is_stalled(self, now: float) -> bool:
        # A `send` returns when nearly all of it is taken, so a peer that takes a little is seen
        # only by what the connection holds.
        held = self.connection_bytes()
        if held != self._last_connection_bytes:
            self._last_connection_bytes, self._progress_at = held, now
        return self.waiting_bytes > 0 and now - self._progress_at > self._limits.progress_seconds

    async def run(self, send: Send) -> None:
        """Send what is written until the stream is over; then complete the response body."""
        try:
            await _send(send, b"retry: %d\n\n" % random.randint(*RETRY_MILLISECONDS))  # noqa: S311
            while self._outbox or not self._is_over:
                self._changed.clear()
                if self._outbox:
                    await self._send_some(send)
                else:
                    await self._changed.wait()
            self.abort_soon()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except OSError:
            log.debug("peer gone while sending")

    async def _send_some(self, send: Send) -> None:
        chunk = [self._outbox.popleft()]
        size = len(chunk[0])
        while self._outbox and size + len(self._outbox[0]) <= CHUNK_BYTES:
            chunk.append(self._outbox.popleft())
            size += len(chunk[-1])
        await _send(send, b"".join(chunk))
        self._progress_at = monotonic()
        self.waiting_bytes -= size
        self.on_progress()
        if not self._outbox:
            self.on_drained()

    def _put(self, frame: bytes) -> None:
        kind = _type_of(frame)
        event = _event(kind, frame, self._epoch)
        self._outbox.append(event)
        self.waiting_bytes += len(event)
        if kind in _LAST:
            self._is_over = True


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


def _type_of(frame: bytes) -> bytes:
    found = _TYPE.match(frame)
    assert found is not None, "a frame begins with its type"
    return found[1]


def _event(kind: bytes, frame: bytes, epoch: bytes) -> bytes:
    """Return the frame as a server-sent event; JSON has no line breaks of its own.

    Events of the stream have no name, so that a client receives those it does not know as well.
    """
    name = b"" if kind == b"event" else b"event: " + kind + b"\n"
    if kind in (b"event", b"subscribed") and (seq := _SEQ.search(frame)):
        return b"id: %b:%b\n%bdata: %b\n\n" % (epoch, seq[1], name, frame)
    return b"%bdata: %b\n\n" % (name, frame)
