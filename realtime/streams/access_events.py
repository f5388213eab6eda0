"""Find the events that end a subscription or a session. No other event is parsed."""

from dataclasses import dataclass
from typing import Literal

import orjson

from realtime.streams.subscriber import Subscriber
from shared import event_log
from shared.contract.events import (
    AccountDisabled,
    ApiTokenRevoked,
    ListDeleted,
    MemberRemoved,
    SessionRevoked,
)
from shared.ids import SessionId, UserId

_NAMES = frozenset(
    kind.name
    for kind in (MemberRemoved, ListDeleted, SessionRevoked, ApiTokenRevoked, AccountDisabled)
)
# The field with the ids of what was revoked.
_REVOKED_IDS = {SessionRevoked.name: "session_ids", ApiTokenRevoked.name: "token_ids"}


@dataclass(frozen=True)
class AccessChange:
    """The subscriptions or sockets that an event ends."""

    list_is_deleted: bool = False
    removed: UserId | None = None
    account_is_disabled: bool = False
    revoked: frozenset[SessionId] = frozenset()

    def end_reason(self, subscriber: Subscriber) -> Literal["removed", "deleted"] | None:
        """Return why the subscription to the event's stream ends; None if it does not."""
        if self.list_is_deleted:
            return "deleted"
        return "removed" if self.removed == subscriber.user_id else None

    def closes(self, subscriber: Subscriber) -> bool:
        """Return True if the whole socket must be closed."""
        return self.account_is_disabled or subscriber.session_id in self.revoked


def access_change_in(frame: bytes) -> AccessChange | None:
    """Return what the event in `frame` ends; None for nearly all events."""
    name = event_log.event_name(frame)
    if name not in _NAMES:
        return None
    data = orjson.loads(frame)["data"]
    return AccessChange(
        list_is_deleted=name == ListDeleted.name,
        removed=data["user_id"] if name == MemberRemoved.name else None,
        account_is_disabled=name == AccountDisabled.name,
        revoked=frozenset(data[_REVOKED_IDS[name]] if name in _REVOKED_IDS else ()),
    )
