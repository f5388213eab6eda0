"""The same frames without a socket: one stream as Server-Sent Events over HTTP.

    id: 5f0c2a71:12                         the position after it: `Last-Event-ID` resumes there
    data: {"type":"event","seq":12,…}       the frame, byte for byte what the socket sends

    id: 5f0c2a71:12
    event: subscribed                       a frame that is no event of the stream is named
    data: {"type":"subscribed","re":0,…}

Ordering, catching up, revocation and deadlines are the hub's and the connection's, as for sockets;
here is only another wire (sse_response.py opens it). docs/protocol.md, "Without a socket".
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
from realtime.transports.websocket_transports import ignore
from shared import metrics
from shared.clock import monotonic
from shared.contract.frames import CLOSES, Close, Closed

# When a client comes back after a cut: soon, and not all of a node at once.
RETRY_MILLISECONDS = (500, 5000)
# One `send` at most, but for a single frame that is larger: what was sent cannot be taken back.
CHUNK_BYTES = 32 * 1024

# Both stand at the beginning of a frame, before anything that a person wrote.
_TYPE = re.compile(rb'\{"type":"([a-z_]+)"')
_SEQ = re.compile(rb'"seq":(\d+)')
# Nothing follows them, a stream being one subscription.
_LAST = frozenset({b"reset", b"unsubscribed", b"error", b"closed"})

log = logging.getLogger(__name__)


class SseTransport:
    """A wire (websocket_transports.py) into a response body: an outbox that `run` empties.

    It holds at most the outbox's bounds and the one burst that went beyond them.
    """

    def __init__(self, epoch: str, limits: Limits) -> None:
        self.on_drained: Callable[[], None] = ignore
        # A stream cannot answer a ping: that it takes what is sent must do. If not, is_stuck() sees
        # it, or TCP does (event_stream.Underneath.lose_after).
        self.taken: Callable[[], None] = ignore
        self.cut_soon: Callable[[], None] = ignore
        # How much of what was sent the connection still holds; a server that does not say holds 0.
        self.bytes_underneath: Callable[[], int] = lambda: 0
        self._epoch = epoch.encode()
        self._limits = limits
        self._outbox: deque[bytes] = deque()
        # What waits here and what a `send` under way has not got rid of.
        self.waiting_bytes = 0
        self._progress_at = monotonic()
        self._underneath = 0
        self._is_over = False
        self._closed: Close | None = None
        self._changed = asyncio.Event()

    def write(self, batch: FrameBatch) -> bool:
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
            # After what waits, as on a socket: it was said while they might hear it, and the cut
            # bounds how long they may take.
            [frame] = batch_of(Closed(code=code, reason=CLOSES[code].reason)).frames
            self._put(frame)
        self.cut_soon()
        self._changed.set()

    def lose(self) -> None:
        """The peer is gone: what is written from now on is written to nobody."""
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
        # A `send` returns when nearly all of it is taken: whoever takes a little is not stuck.
        underneath = self.bytes_underneath()
        if underneath != self._underneath:
            self._underneath, self._progress_at = underneath, now
        waits = self.waiting_bytes > 0
        return waits and now - self._progress_at > self._limits.progress_seconds

    async def run(self, send: Send) -> None:
        """Sends what is written until the stream is over; the response body is then complete."""
        try:
            await _send(send, b"retry: %d\n\n" % random.randint(*RETRY_MILLISECONDS))  # noqa: S311
            while self._outbox or not self._is_over:
                self._changed.clear()
                if self._outbox:
                    await self._send_some(send)
                else:
                    await self._changed.wait()
            self.cut_soon()
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
        self.taken()
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
    """Returns the frame as a server-sent event; JSON has no line breaks of its own.

    Events of the stream have no name, so that a client hears those it does not know as well.
    """
    name = b"" if kind == b"event" else b"event: " + kind + b"\n"
    if kind in (b"event", b"subscribed") and (seq := _SEQ.search(frame)):
        return b"id: %b:%b\n%bdata: %b\n\n" % (epoch, seq[1], name, frame)
    return b"%bdata: %b\n\n" % (name, frame)
