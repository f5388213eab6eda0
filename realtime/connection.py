"""One open, signed-in socket: who it belongs to, and its deadlines. Nothing in here waits."""

from collections.abc import Callable

from realtime.limits import Limits
from realtime.transports.frame_batch import batch_of
from realtime.transports.websocket_transports import Transport
from shared.actor import Actor
from shared.contract.frames import Close, Expiring, Ping, ServerFrame
from shared.ids import SessionId, UserId


class Connection:
    """The hub's listener; the node looks at its deadlines once a second."""

    def __init__(
        self,
        connection_id: str,
        user_id: UserId,
        session_id: SessionId,
        transport: Transport,
        limits: Limits,
        *,
        expires_at: float,
        first_ping_at: float,
    ) -> None:
        self.id = connection_id
        self.user_id = user_id
        self.session_id = session_id
        self.transport = transport
        # The wire's own: called once per socket and burst.
        self.write = transport.write
        # Set once the session is known to be alive, before anything is subscribed.
        self.actor: Actor | None = None
        self.resumes_when_drained = False
        self._limits = limits
        self._closed = False
        self._next_ping = first_ping_at
        self._pong_due: float | None = None
        self.extend(expires_at)

    def say(self, frame: ServerFrame) -> None:
        self.transport.write(batch_of(frame))

    def close(self, code: Close) -> None:
        self._closed = True
        self.transport.close(code)

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
        elif self.transport.is_stalled(now):
            self.close(Close.TOO_SLOW)
        elif self._pong_due is not None and now > self._pong_due:
            self._miss_pong(now)
        else:
            if left <= self._limits.expiring_seconds and not self._is_warned:
                self._is_warned = True
                self.say(Expiring(seconds=max(1, round(left))))
            # A socket with a backlog would see the ping too late.
            if now >= self._next_ping and self._pong_due is None and self.transport.is_empty:
                self.say(Ping(heads=heads(self)))
                self._next_ping = now + self._limits.heartbeat_seconds
                self._pong_due = now + self._limits.pong_seconds

    def _miss_pong(self, now: float) -> None:
        if self.transport.has_room:
            self.close(Close.NO_PONG)
        else:
            # A socket without room is not listened to either; is_stuck() watches over it.
            self._pong_due = now + self._limits.pong_seconds
