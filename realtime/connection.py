"""One signed-in socket or event stream: its user, its transport and its deadlines. Never waits."""

from collections.abc import Callable
from dataclasses import replace

from realtime.limits import Limits
from realtime.transports.frame_batch import FrameBatch, batch_of
from realtime.transports.transport import Transport
from shared.accounts.second_factors.requirement import is_refused
from shared.actor import Actor
from shared.contract.frames import Close, Expiring, Ping, ServerFrame
from shared.contract.shapes import SiteRole
from shared.ids import SessionId, UserId
from shared.settings import Settings


class Connection:
    """The hub's Subscriber. The node checks its deadlines once a second."""

    # Slots here and in what belongs to a socket: a node has thousands of them, most of them idle.
    __slots__ = (
        "__weakref__", "_closed", "_is_warned", "_limits", "_next_ping_at", "_pong_due_at", "_settings",
        "actor", "expires_at", "id", "is_doubted", "resumes_when_drained", "session_id", "transport",
        "user_id",
    )  # fmt: skip

    def __init__(
        self,
        connection_id: str,
        user_id: UserId,
        session_id: SessionId,
        transport: Transport,
        limits: Limits,
        settings: Settings,
        *,
        expires_at: float,
        first_ping_at: float,
    ) -> None:
        """`expires_at` and `first_ping_at` are monotonic seconds."""
        self.id = connection_id
        self.user_id = user_id
        self.session_id = session_id
        self.transport = transport
        # Set once the session was seen alive, which is before anything is subscribed to.
        self.actor: Actor | None = None
        # The account was edited while its session was read: the read may be older than the edit.
        self.is_doubted = False
        self.resumes_when_drained = False
        self._limits = limits
        self._settings = settings
        self._closed = False
        self._next_ping_at = first_ping_at
        self._pong_due_at: float | None = None
        self.extend_until(expires_at)

    def write(self, batch: FrameBatch) -> bool:
        return self.transport.write(batch)

    def send(self, frame: ServerFrame) -> None:
        self.transport.write(batch_of(frame))

    def close(self, code: Close) -> None:
        self._closed = True
        self.transport.close(code)

    def on_account_edited(self, site_role: SiteRole, *, has_second_factor: bool) -> bool:
        if self.actor is None:
            self.is_doubted = True
            return True
        self.actor = replace(self.actor, site_role=site_role, has_second_factor=has_second_factor)
        return not is_refused(self._settings, self.actor)

    @property
    def is_closed(self) -> bool:
        return self._closed

    def extend_until(self, expires_at: float) -> None:
        """Set when the credentials expire, in monotonic seconds."""
        self.expires_at = expires_at
        self._is_warned = False

    def on_pong(self) -> None:
        self._pong_due_at = None

    def check_deadlines(
        self, now: float, heads_for: Callable[["Connection"], dict[str, int]]
    ) -> None:
        """Close the connection if a deadline has passed; send a warning or a ping if one is due."""
        left = self.expires_at - now
        if left <= 0:
            self.close(Close.CREDENTIALS_EXPIRED)
        elif self.transport.is_stalled(now):
            self.close(Close.TOO_SLOW)
        elif self._pong_due_at is not None and now > self._pong_due_at:
            self._on_pong_missing(now)
        else:
            if left <= self._limits.expiring_seconds and not self._is_warned:
                self._is_warned = True
                self.send(Expiring(seconds=max(1, round(left))))
            # Behind a backlog the ping would arrive too late.
            is_ping_due = now >= self._next_ping_at and self._pong_due_at is None
            if is_ping_due and self.transport.is_empty:
                self.send(Ping(heads=heads_for(self)))
                self._next_ping_at = now + self._limits.heartbeat_seconds
                self._pong_due_at = now + self._limits.pong_seconds

    def _on_pong_missing(self, now: float) -> None:
        if self.transport.is_empty:
            self.close(Close.NO_PONG)
        else:
            # A socket that is sent a backlog is not read from; is_stalled() watches over it.
            self._pong_due_at = now + self._limits.pong_seconds
