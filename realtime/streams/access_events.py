"""Find the events that end or change a right: of a subscription, a session. No other is parsed."""

from dataclasses import dataclass
from typing import Any, Literal

import orjson

from realtime.streams.subscriber import Subscriber
from shared import event_log
from shared.contract.events import (
    AccountDisabled,
    AccountEdited,
    ApiTokenRevoked,
    ListDeleted,
    MemberEdited,
    MemberRemoved,
    SessionRevoked,
)
from shared.contract.frames import Close
from shared.contract.shapes import SiteRole
from shared.ids import SessionId, UserId

_NAMES = frozenset(
    kind.name
    for kind in (
        MemberEdited,
        MemberRemoved,
        ListDeleted,
        SessionRevoked,
        ApiTokenRevoked,
        AccountDisabled,
        AccountEdited,
    )
)
# The field with the ids of what was revoked.
_REVOKED_IDS = {SessionRevoked.name: "session_ids", ApiTokenRevoked.name: "token_ids"}


@dataclass(frozen=True)
class AccountState:
    """What an edited account may do is decided by its role and whether it has a second factor."""

    site_role: SiteRole
    has_second_factor: bool


@dataclass(frozen=True)
class AccessChange:
    """The subscriptions or sockets that an event ends, and whose role it changes."""

    list_is_deleted: bool = False
    removed: UserId | None = None
    # Of a member whose role, or name, has changed.
    edited: UserId | None = None
    account_is_disabled: bool = False
    revoked: frozenset[SessionId] = frozenset()
    account: AccountState | None = None

    def end_reason(self, subscriber: Subscriber) -> Literal["removed", "deleted"] | None:
        """Return why the subscription to the event's stream ends; None if it does not."""
        if self.list_is_deleted:
            return "deleted"
        return "removed" if self.removed == subscriber.user_id else None

    def close_code(self, subscriber: Subscriber) -> Close | None:
        """Return with which code the whole socket must be closed; None if it stays open."""
        if self.account_is_disabled or subscriber.session_id in self.revoked:
            return Close.REFUSED
        if self.account and not subscriber.on_account_edited(
            self.account.site_role, has_second_factor=self.account.has_second_factor
        ):
            # A client gets a new ticket then, and learns from its refusal what is missing.
            return Close.CREDENTIALS_EXPIRED
        return None


def access_change_in(frame: bytes) -> AccessChange | None:
    """Return what the event in `frame` ends; None for nearly all events."""
    name = event_log.event_name(frame)
    if name not in _NAMES:
        return None
    data = orjson.loads(frame)["data"]
    return AccessChange(
        list_is_deleted=name == ListDeleted.name,
        removed=data["user_id"] if name == MemberRemoved.name else None,
        edited=data["member"]["user"]["id"] if name == MemberEdited.name else None,
        account_is_disabled=name == AccountDisabled.name,
        revoked=frozenset(data[_REVOKED_IDS[name]] if name in _REVOKED_IDS else ()),
        account=_account_state(data["account"]) if name == AccountEdited.name else None,
    )


def _account_state(account: dict[str, Any]) -> AccountState:
    # An event that was stored before there were second factors does not say whether there is one.
    has_second_factor = account.get("has_second_factor", False)
    return AccountState(SiteRole(account["site_role"]), has_second_factor)
