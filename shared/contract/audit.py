"""Shapes of the audit, and every action that it records. docs/audit.md explains them to users."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal, get_args

from pydantic import Field

from shared.contract.base import Instant, Shape


class AuditGroup(StrEnum):
    """By what users filter the audit of their account."""

    SIGN_INS = "sign_ins"
    CREDENTIALS = "credentials"
    ACCOUNT = "account"
    SHARING = "sharing"


# A new action also needs a sentence in web/format/audit_sentences.js and a line in docs/audit.md.
AuditAction = Literal[
    "account.created",
    "account.deleted",
    "account.deletion_requested",
    "account.deletion_stopped",
    "account.disabled",
    "account.enabled",
    "account.invited",
    "account.kept",
    "account.last_admin_kept",
    "account.link_wanted",
    "account.notified",
    "account.registered",
    "account.registered_again",
    "account.renamed",
    "account.role_changed",
    "account.role_mapped",
    "account.verified",
    "api_token.created",
    "api_token.renamed",
    "api_token.revoked",
    "application.connected",
    "application.disconnected",
    "application.ended",
    "application.token_replayed",
    "calendar_feed.created",
    "calendar_feed.revoked",
    "calendar_feed.rotated",
    "data_export.downloaded",
    "data_export.requested",
    "email.change_wanted",
    "email.changed",
    "email.refused",
    "email.tried_again",
    "email_address.created",
    "email_address.renewed",
    "email_address.revoked",
    "guest.joined",
    "guest.left",
    "guest.removed",
    "identity.linked",
    "identity.unlinked",
    "invitation.accepted",
    "invitation.accepted_elsewhere",
    "jobs.discarded",
    "jobs.retried",
    "member.account_deleted",
    "member.invited",
    "member.left",
    "member.removed",
    "member.restored",
    "member.role_changed",
    "passkey.added",
    "passkey.counter_went_back",
    "passkey.removed",
    "passkey.renamed",
    "password.changed",
    "password.reset",
    "password.reset_wanted",
    "password.wrong",
    "recovery_code.used",
    "recovery_codes.renewed",
    "second_factor.guessed",
    "second_factors.reset",
    "session.ended_by_provider",
    "session.new_device",
    "session.opened",
    "session.others_revoked",
    "session.revoked",
    "session.signed_out",
    "session.stepped_up",
    "session.token_replayed",
    "share_link.changed",
    "share_link.created",
    "share_link.revoked",
    "sign_in.failed",
    "step_up.failed",
    "totp.added",
    "totp.removed",
    "totp.replaced",
    "webhook.changed",
    "webhook.created",
    "webhook.deleted",
    "webhook.disabled",
    "webhook.enabled",
    "webhook.gave_up",
    "webhook.secret_replaced",
]

# By what an action's name begins with.
_GROUPS: Mapping[str, AuditGroup] = {
    "account": AuditGroup.ACCOUNT,
    "api_token": AuditGroup.CREDENTIALS,
    "application": AuditGroup.CREDENTIALS,
    "calendar_feed": AuditGroup.CREDENTIALS,
    "data_export": AuditGroup.ACCOUNT,
    "email": AuditGroup.CREDENTIALS,
    "email_address": AuditGroup.CREDENTIALS,
    "guest": AuditGroup.SHARING,
    "identity": AuditGroup.CREDENTIALS,
    "invitation": AuditGroup.SHARING,
    "jobs": AuditGroup.ACCOUNT,
    "member": AuditGroup.SHARING,
    "passkey": AuditGroup.CREDENTIALS,
    "password": AuditGroup.CREDENTIALS,
    "recovery_code": AuditGroup.CREDENTIALS,
    "recovery_codes": AuditGroup.CREDENTIALS,
    "second_factor": AuditGroup.SIGN_INS,
    "second_factors": AuditGroup.CREDENTIALS,
    "session": AuditGroup.SIGN_INS,
    "share_link": AuditGroup.SHARING,
    "sign_in": AuditGroup.SIGN_INS,
    "step_up": AuditGroup.SIGN_INS,
    "totp": AuditGroup.CREDENTIALS,
    "webhook": AuditGroup.SHARING,
}


def group_of(action: AuditAction) -> AuditGroup:
    return _GROUPS[action.partition(".")[0]]


def actions_of(group: AuditGroup) -> list[AuditAction]:
    return [action for action in get_args(AuditAction) if group_of(action) is group]


class AuditEntryShape(Shape):
    """What somebody did, when, and from where."""

    id: str = Field(description="Sorts by time: a greater id is a later entry.")
    at: Instant
    action: str = Field(description="Such as `password.changed` or `sign_in.failed`.")
    actor_id: str | None = Field(
        description="Null if nobody was signed in, or for the operator at the command line."
    )
    user_id: str | None = Field(description="The account concerned.")
    list_id: str | None
    address: str = Field(
        description="Network address of the caller. Empty in your own audit for what others did."
    )
    facts: dict[str, Any]


class AuditPage(Shape):
    """A page of the audit, newest first."""

    items: list[AuditEntryShape]
    next_cursor: str | None = Field(description="Send as `before` for older entries.")
