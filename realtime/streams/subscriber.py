"""The hub's interfaces to subscribers, and to observers of their subscriptions."""

from dataclasses import dataclass
from typing import Protocol

from realtime.transports.frame_batch import FrameBatch
from realtime.transports.transport import Transport
from shared.contract.frames import Close
from shared.contract.shapes import SiteRole
from shared.ids import SessionId, StreamId, UserId


class Subscriber(Protocol):
    """An open socket or event stream of one session."""

    @property
    def user_id(self) -> UserId: ...

    @property
    def session_id(self) -> SessionId: ...

    @property
    def transport(self) -> Transport: ...

    def write(self, batch: FrameBatch) -> bool:
        """Take the batch; return True if there is room for more. Never wait."""
        ...

    def close(self, code: Close) -> None:
        """Send this close and nothing after it. Never wait."""
        ...

    def on_account_edited(self, site_role: SiteRole, *, has_second_factor: bool) -> bool:
        """Note the account's new state. Return False if its requests are refused from now on."""
        ...


class SubscriptionObserver(Protocol):
    """Called by the hub when a subscriber may or may no longer read a stream; for example presence."""

    def on_admitted(self, subscriber: Subscriber, stream: StreamId) -> None:
        """Handle a subscriber whose right to read the stream was read from the database."""
        ...

    def on_ended(
        self, subscriber: Subscriber, stream: StreamId | None, *, at_once: bool = False
    ) -> None:
        """Handle the end of the subscription to the stream; None: of all its subscriptions."""
        ...

    def on_revoked(self, stream: StreamId, user_id: UserId | None) -> None:
        """Handle that the user may no longer read the stream; None: no user may."""
        ...

    def on_member_edited(self, user_id: UserId) -> None:
        """Handle that the user may have another role in a list."""
        ...


@dataclass(eq=False, slots=True)
class LaggingSubscription:
    """A subscription whose events after `cursor` must be read from the database.

    `authorized_seq` is the position at which the user was seen to be a member: removals up to it
    are history, the first one after it ends delivery. `revoked_seq` is the latest removal of the
    user that the stream has emitted. Until that event is sent to the subscriber as well, it may
    get the events before it and nothing else.
    """

    stream: StreamId
    epoch: str
    cursor: int
    # Id of the `subscribe` frame that is still to be answered.
    request_id: int | None = None
    authorized_seq: int | None = None
    revoked_seq: int = 0

    @property
    def is_authorized(self) -> bool:
        return self.authorized_seq is not None and self.authorized_seq >= self.revoked_seq

    def authorize_at(self, seq: int) -> bool:
        """Record that the user was a member at `seq`; return True if that admits the subscriber."""
        if self.authorized_seq is not None:
            return False
        self.authorized_seq = seq
        return self.is_authorized
