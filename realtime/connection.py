"""One open socket: who it belongs to, its deadlines, and the bounded way out.

The hub writes bursts; the wire carries them. Nothing in here waits, except the wire's own task.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from realtime.burst import Burst, one
from realtime.limits import Limits
from realtime.protocol import SocketProtocol
from shared import metrics
from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.frames import CLOSES, Close, Expiring, Ping, ServerFrame
from shared.ids import SessionId, UserId

log = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Wire(Protocol):
    """How bytes reach one socket: bounded, never waiting. `drained` is called when all are sent."""

    drained: Callable[[], None]

    def write(self, burst: Burst) -> bool:
        """Takes the burst; answers whether there is room for more."""
        ...

    def close(self, code: Close) -> None: ...

    @property
    def is_empty(self) -> bool: ...

    def is_stuck(self, now: float) -> bool:
        """Tells whether the peer has taken nothing for too long although something waits."""
        ...


class AsgiWire:
    """A wire through ASGI's send: an outbox, and the task that empties it.

    It holds at most the outbox's bounds and the one burst that went beyond them.
    """

    def __init__(self, send: Send, protocol: SocketProtocol | None, limits: Limits) -> None:
        self.drained: Callable[[], None] = lambda: None
        self._send = send
        self._protocol = protocol
        self._limits = limits
        self._outbox: deque[Burst] = deque()
        self._frames = 0
        self.waiting_bytes = 0
        self._progress_at = monotonic()
        self._closed: Close | None = None
        self._written = asyncio.Event()

    def write(self, burst: Burst) -> bool:
        if self._closed is not None:
            return True
        if not self._outbox:
            self._progress_at = monotonic()
            self._written.set()
        self._outbox.append(burst)
        self._frames += len(burst.frames)
        self.waiting_bytes += burst.size
        return (
            self._frames < self._limits.outbox_frames
            and self.waiting_bytes < self._limits.outbox_bytes
        )

    def close(self, code: Close) -> None:
        if self._closed is not None:
            return
        self._closed = code
        self._outbox.clear()
        metrics.socket_closes.labels(code=str(int(code))).inc()
        if self._protocol is not None:
            self._protocol.end(code)
        self._written.set()

    @property
    def is_empty(self) -> bool:
        return not self._outbox

    def is_stuck(self, now: float) -> bool:
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
            if self._protocol is None:
                reason = CLOSES[self._closed].reason
                await self._send(
                    {"type": "websocket.close", "code": self._closed, "reason": reason}
                )
        except OSError:
            # The peer is gone; the reading side hears of it too, and ends the connection.
            log.debug("peer gone while sending")

    def _is_closed(self) -> bool:
        return self._closed is not None

    async def _empty(self) -> None:
        while self._outbox and not self._is_closed():
            burst = self._outbox[0]
            for text in burst.texts:
                await self._send({"type": "websocket.send", "text": text})
                self._progress_at = monotonic()
                if self._is_closed():
                    return
            self._outbox.popleft()
            self._frames -= len(burst.frames)
            self.waiting_bytes -= burst.size
        self.drained()


class Connection:
    """A signed-in socket. The hub's listener; the node looks at its deadlines once a second."""

    def __init__(
        self,
        connection_id: str,
        user_id: UserId,
        session_id: SessionId,
        wire: Wire,
        limits: Limits,
        *,
        expires_at: float,
    ) -> None:
        self.id = connection_id
        self.user_id = user_id
        self.session_id = session_id
        self.wire = wire
        # Set once the session is known to be alive, before anything is subscribed.
        self.actor: Actor | None = None
        self.resumes_when_drained = False
        self._limits = limits
        self._closed = False
        self._next_ping = monotonic() + limits.heartbeat_seconds
        self._pong_due: float | None = None
        self.extend(expires_at)

    def write(self, burst: Burst) -> bool:
        return self.wire.write(burst)

    def say(self, frame: ServerFrame) -> None:
        self.wire.write(one(frame))

    def close(self, code: Close) -> None:
        self._closed = True
        self.wire.close(code)

    @property
    def is_closed(self) -> bool:
        return self._closed

    def extend(self, expires_at: float) -> None:
        """The credentials hold until then, in monotonic seconds."""
        self.expires_at = expires_at
        self._is_warned = False

    def ponged(self) -> None:
        self._pong_due = None

    def beat(self, now: float, heads: Callable[["Connection"], dict[str, int]]) -> None:
        """Closes what has run out of time; warns, and pings, when it is time to."""
        left = self.expires_at - now
        if left <= 0:
            self.close(Close.CREDENTIALS_EXPIRED)
        elif self.wire.is_stuck(now):
            self.close(Close.TOO_SLOW)
        elif self._pong_due is not None and now > self._pong_due:
            self.close(Close.NO_PONG)
        else:
            if left <= self._limits.expiring_seconds and not self._is_warned:
                self._is_warned = True
                self.say(Expiring(seconds=max(1, round(left))))
            # A socket with a backlog would see the ping too late; is_stuck() watches over it.
            if now >= self._next_ping and self._pong_due is None and self.wire.is_empty:
                self.say(Ping(heads=heads(self)))
                self._next_ping = now + self._limits.heartbeat_seconds
                self._pong_due = now + self._limits.pong_seconds
