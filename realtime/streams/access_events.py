"""The few events that decide who may go on listening. Everything else passes through unread."""

from dataclasses import dataclass
from typing import Literal

import orjson

from realtime.streams.stream_state import Subscriber
from shared import event_log
from shared.contract.events import AccountDisabled, ListDeleted, MemberRemoved, SessionRevoked
from shared.ids import SessionId, UserId

_NAMES = frozenset(
    kind.name for kind in (MemberRemoved, ListDeleted, SessionRevoked, AccountDisabled)
)


@dataclass(frozen=True)
class Control:
    """Whose subscription, or whose socket, ends with an event."""

    list_is_deleted: bool = False
    removed: UserId | None = None
    account_is_disabled: bool = False
    revoked: frozenset[SessionId] = frozenset()

    def ends(self, subscriber: Subscriber) -> Literal["removed", "deleted"] | None:
        """Returns why the listener's subscription to the stream ends, if it does."""
        if self.list_is_deleted:
            return "deleted"
        return "removed" if self.removed == subscriber.user_id else None

    def closes(self, subscriber: Subscriber) -> bool:
        return self.account_is_disabled or subscriber.session_id in self.revoked


def control_in(frame: bytes) -> Control | None:
    """Returns what the event in `frame` ends; None for nearly all of them."""
    name = event_log.event_name(frame)
    if name not in _NAMES:
        return None
    data = orjson.loads(frame)["data"]
    return Control(
        list_is_deleted=name == ListDeleted.name,
        removed=data["user_id"] if name == MemberRemoved.name else None,
        account_is_disabled=name == AccountDisabled.name,
        revoked=frozenset(data["session_ids"] if name == SessionRevoked.name else ()),
    )
