"""A socket's transport under any other ASGI server: an outbox, and a task that empties it."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from realtime.limits import Limits
from realtime.transports.frame_batch import FrameBatch
from realtime.transports.transport import NOT_DIRECT, ignore
from shared import metrics
from shared.clock import monotonic
from shared.contract.frames import CLOSES, Close

log = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]


class AsgiTransport:
    """Hold at most the outbox's bounds, counted as frames, and the one batch that exceeded them.

    A batch keeps its frames, their message and its text.
    """

    descriptor = NOT_DIRECT

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

    def write(self, batch: FrameBatch, sent: int = 0) -> bool:
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
        """Send what is written, until the transport is closed or the peer is gone."""
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
            # The reading side notices too, and ends the connection.
            log.debug("peer gone while sending")

    def _is_closed(self) -> bool:
        # A method, because `send` may have closed the transport while it waited.
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
