"""The sections of an export: which rows and columns of which table belong to an account."""

from sqlalchemy import case, or_, select

from shared.accounts.personal_data.list_sections import LIST_SECTIONS
from shared.accounts.personal_data.section import USER, Section
from shared.tables.accounts import (
    AdminMessageRow,
    ApiTokenRow,
    AuditRow,
    ExternalIdentityRow,
    LinkRow,
    SessionRow,
    UserRow,
)
from shared.tables.interop.calendar_feeds import CalendarFeedRow
from shared.tables.interop.inbound_addresses import InboundAddressRow
from shared.tables.interop.oauth import OAuthGrantRow
from shared.tables.interop.webhooks import WebhookRow
from shared.tables.known_devices import KnownDeviceRow
from shared.tables.labels import PersonalLabelRow, TodoPersonalLabelRow
from shared.tables.lists import ListFolderRow
from shared.tables.members import InvitationRow
from shared.tables.notifications import NotificationRow, PreferencesRow, PushSubscriptionRow
from shared.tables.passkeys import PasskeyRow
from shared.tables.second_factors import TotpRow

_MY_EMAIL_KEY = select(UserRow.email_key).where(UserRow.id == USER).scalar_subquery()
_INVITATION = (
    "id", "list_id", "role", "created_at", "expires_at", "accepted_at", "declined_at",
    "withdrawn_at",
)  # fmt: skip

SECTIONS: tuple[Section, ...] = (
    Section(
        "profile",
        UserRow,
        ("id", "email", "name", "bio", "avatar_url", "time_zone", "locale", "language",
         "week_start", "hour_cycle", "site_role", "status",
         "verified_at", "last_login_at", "has_second_factor", "mail_refused_at", "mail_refusal", "version",
         "created_at", "updated_at"),
        own=[UserRow.id == USER],
    ),
    Section(
        "list_folders",
        ListFolderRow,
        ("id", "name", "rank"),
        own=[ListFolderRow.user_id == USER],
    ),
    Section(
        "personal_labels",
        PersonalLabelRow,
        ("id", "name", "colour"),
        own=[PersonalLabelRow.user_id == USER],
    ),
    Section(
        "personal_labels_of_todos",
        TodoPersonalLabelRow,
        ("todo_id", "label_id"),
        own=[TodoPersonalLabelRow.user_id == USER],
        key=("user_id", "todo_id", "label_id"),
    ),
    Section(
        "preferences",
        PreferencesRow,
        ("channels", "digest", "digest_hour", "next_digest_at"),
        own=[PreferencesRow.user_id == USER],
        key=("user_id",),
    ),
    Section(
        "external_identities",
        ExternalIdentityRow,
        ("id", "issuer", "subject", "created_at"),
        own=[ExternalIdentityRow.user_id == USER],
    ),
    Section(
        "sessions",
        SessionRow,
        ("id", "sign_in_method", "user_agent", "address", "created_at", "authenticated_at",
         "last_used_at", "expires_at", "revoked_at"),
        own=[SessionRow.user_id == USER],
    ),
    Section(
        "known_devices",
        KnownDeviceRow,
        ("session_id", "first_seen_at", "last_seen_at"),
        own=[KnownDeviceRow.user_id == USER],
        key=("user_id", "hash"),
    ),
    Section(
        "authenticator_app",
        TotpRow,
        ("created_at", "confirmed_at"),
        own=[TotpRow.user_id == USER],
        key=("user_id",),
    ),
    Section(
        "passkeys",
        PasskeyRow,
        ("id", "name", "credential_id", "transports", "aaguid", "is_backed_up", "created_at",
         "last_used_at"),
        own=[PasskeyRow.user_id == USER],
    ),
    Section(
        "api_tokens",
        ApiTokenRow,
        ("id", "name", "scope", "list_ids", "created_at", "expires_at", "last_used_at",
         "grant_id", "audience"),
        own=[ApiTokenRow.user_id == USER],
    ),
    Section(
        "connected_applications",
        OAuthGrantRow,
        ("id", "client_id", "client_name", "redirect_host", "scope", "audience", "list_ids", "created_at",
         "refreshed_at", "expires_at"),
        own=[OAuthGrantRow.user_id == USER],
    ),
    Section(
        "calendar_feeds",
        CalendarFeedRow,
        ("id", "list_id", "name", "content", "include_completed", "filter", "created_at",
         "last_used_at"),
        own=[CalendarFeedRow.user_id == USER],
    ),
    Section(
        "email_addresses_of_lists",
        InboundAddressRow,
        ("list_id", "created_at"),
        own=[InboundAddressRow.user_id == USER],
        key=("user_id", "list_id"),
    ),
    Section(
        "push_subscriptions",
        PushSubscriptionRow,
        ("id", "session_id", "created_at"),
        own=[PushSubscriptionRow.user_id == USER],
    ),
    Section(
        "webhooks",
        WebhookRow,
        ("id", "list_id", "name", "url", "events", "created_at", "disabled_at", "disabled_reason",
         "failures", "failing_since", "retry_at", "last_error", "last_delivered_at"),
        own=[WebhookRow.user_id == USER],
    ),
    Section(
        "mailed_links",
        LinkRow,
        ("id", "purpose", "email", "created_at", "expires_at", "used_at", "void_reason"),
        own=[LinkRow.user_id == USER],
    ),
    Section(
        "audit",
        AuditRow,
        ("id", "at", "action", "actor_id", "user_id", "list_id", "facts"),
        own=[AuditRow.user_id == USER, AuditRow.actor_id == USER],
        # As GET /users/me/audit: without the network addresses of other users.
        computed={
            "address": case(
                (or_(AuditRow.actor_id.is_(None), AuditRow.actor_id == USER), AuditRow.address),
                else_="",
            )
        },
    ),
    Section(
        "notifications",
        NotificationRow,
        ("id", "kind", "actor_id", "actor_name", "list_id", "list_name", "todo_id", "comment_id",
         "invitation_id", "in_app", "created_at", "read_at"),
        own=[NotificationRow.user_id == USER],
    ),
    Section(
        "messages_of_administrators",
        AdminMessageRow,
        ("id", "subject", "body", "created_at"),
        own=[AdminMessageRow.user_id == USER],
    ),
    Section(
        "sent_invitations",
        InvitationRow,
        ("email", "mail_failure", *_INVITATION),
        own=[InvitationRow.invited_by == USER],
    ),
    Section(
        "received_invitations",
        InvitationRow,
        _INVITATION,
        own=[InvitationRow.email_key == _MY_EMAIL_KEY],
    ),
    *LIST_SECTIONS,
)  # fmt: skip
