"""The sections of an export: which rows and columns of which table belong to an account.

Content of lists: of lists that the account owns, everything; of other lists, of which it is a member,
what it wrote. A user who was removed from a list has no right to read it any more, so what they wrote
there is left out. A list in the trash is visible to its owners alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import aliased

from shared.database.column_types import Base
from shared.tables.accounts import (
    AdminMessageRow,
    ApiTokenRow,
    AuditRow,
    ExternalIdentityRow,
    LinkRow,
    SessionRow,
    UserRow,
)
from shared.tables.comments import CommentRow
from shared.tables.interop.calendar_objects import CalendarObjectRow
from shared.tables.interop.calendar_preferences import CalendarPreferencesRow
from shared.tables.known_devices import KnownDeviceRow
from shared.tables.labels import LabelRow
from shared.tables.lists import ListRow
from shared.tables.members import InvitationRow, MemberRow
from shared.tables.notifications import NotificationRow, PreferencesRow, PushSubscriptionRow
from shared.tables.passkeys import PasskeyRow
from shared.tables.reminders import ReminderRow
from shared.tables.second_factors import TotpRow
from shared.tables.share_links import ShareLinkRow
from shared.tables.todos import AssigneeRow, OccurrenceRow, TodoLabelRow, TodoRow

# Rows of a section that are read at once. Of the largest, todos of 0.25 MB: 12 MB.
PAGE_ROWS = 50

_USER: ColumnElement[Any] = bindparam("user_id", type_=UserRow.id.type)


@dataclass(frozen=True)
class Section:
    """Rows of `table` that belong to the account, as objects with its `columns` and `computed` fields.

    `key` is unique, and never changes: the rows are read in its order, a page at a time.
    """

    name: str
    table: type[Base]
    columns: Sequence[str]
    where: ColumnElement[bool]
    key: Sequence[str] = ("id",)
    computed: Mapping[str, Any] = field(default_factory=dict)
    joined: FromClause | None = None

    @property
    def key_columns(self) -> list[ColumnElement[Any]]:
        return [self.table.__table__.c[name] for name in self.key]

    @property
    def fields(self) -> list[str]:
        return [*self.columns, *self.computed]

    def page(self, after: Sequence[Any] | None) -> Select[Any]:
        """Return the statement of the page after this key: the fields, and then the key."""
        keys = self.key_columns
        columns = [self.table.__table__.c[name] for name in self.columns]
        statement = self._of_account(select(*columns, *self.computed.values(), *keys))
        if after is not None:
            statement = statement.where(
                tuple_(*keys) > tuple(after) if len(keys) > 1 else keys[0] > after[0]
            )
        return statement.order_by(*keys).limit(PAGE_ROWS)

    def count(self) -> Select[Any]:
        return self._of_account(select(func.count()))

    def _of_account(self, statement: Select[Any]) -> Select[Any]:
        source = self.table.__table__ if self.joined is None else self.joined
        return statement.select_from(source).where(self.where)


def _lists_of_user(*, owned: bool) -> Select[Any]:
    """Return the ids of the lists that the account owns, or of all that it may read."""
    is_owner = MemberRow.role == "owner"
    if owned:
        return select(MemberRow.list_id).where(MemberRow.user_id == _USER, is_owner)
    return (
        select(MemberRow.list_id)
        .join(ListRow, ListRow.id == MemberRow.list_id)
        .where(MemberRow.user_id == _USER, or_(is_owner, ListRow.deleted_at.is_(None)))
    )


_OWNED, _READABLE = _lists_of_user(owned=True), _lists_of_user(owned=False)
_TODO_IS_EXPORTED = or_(
    TodoRow.list_id.in_(_OWNED),
    and_(TodoRow.created_by == _USER, TodoRow.list_id.in_(_READABLE)),
)
_TODOS = select(TodoRow.id).where(_TODO_IS_EXPORTED)
_TODOS_OF_OWNED = select(TodoRow.id).where(TodoRow.list_id.in_(_OWNED))
_READABLE_TODOS = select(TodoRow.id).where(TodoRow.list_id.in_(_READABLE))
_MY_EMAIL_KEY = select(UserRow.email_key).where(UserRow.id == _USER).scalar_subquery()
_INVITATION = (
    "id", "list_id", "role", "created_at", "expires_at", "accepted_at", "declined_at",
    "withdrawn_at",
)  # fmt: skip

_other = aliased(UserRow, name="other")
_membership = aliased(MemberRow, name="membership")


def _with_name(table: type[Base], column: str) -> FromClause:
    """Return the table with the users that a column names, whose names are `_other.name`."""
    source: FromClause = table.__table__
    return source.outerjoin(_other, _other.id == source.c[column])


SECTIONS: tuple[Section, ...] = (
    Section(
        "profile",
        UserRow,
        ("id", "email", "name", "bio", "avatar_url", "time_zone", "locale", "site_role", "status",
         "verified_at", "last_login_at", "has_second_factor", "mail_refused_at", "mail_refusal", "version",
         "created_at", "updated_at"),
        UserRow.id == _USER,
    ),
    Section(
        "preferences",
        PreferencesRow,
        ("channels", "digest", "digest_hour", "next_digest_at"),
        PreferencesRow.user_id == _USER,
        key=("user_id",),
    ),
    Section(
        "external_identities",
        ExternalIdentityRow,
        ("id", "issuer", "subject", "created_at"),
        ExternalIdentityRow.user_id == _USER,
    ),
    Section(
        "sessions",
        SessionRow,
        ("id", "sign_in_method", "user_agent", "address", "created_at", "authenticated_at",
         "last_used_at", "expires_at", "revoked_at"),
        SessionRow.user_id == _USER,
    ),
    Section(
        "known_devices",
        KnownDeviceRow,
        ("session_id", "first_seen_at", "last_seen_at"),
        KnownDeviceRow.user_id == _USER,
        key=("user_id", "hash"),
    ),
    Section(
        "authenticator_app",
        TotpRow,
        ("created_at", "confirmed_at"),
        TotpRow.user_id == _USER,
        key=("user_id",),
    ),
    Section(
        "passkeys",
        PasskeyRow,
        ("id", "name", "credential_id", "transports", "aaguid", "is_backed_up", "created_at",
         "last_used_at"),
        PasskeyRow.user_id == _USER,
    ),
    Section(
        "api_tokens",
        ApiTokenRow,
        ("id", "name", "scope", "list_ids", "created_at", "expires_at", "last_used_at"),
        ApiTokenRow.user_id == _USER,
    ),
    Section(
        "push_subscriptions",
        PushSubscriptionRow,
        ("id", "session_id", "created_at"),
        PushSubscriptionRow.user_id == _USER,
    ),
    Section(
        "mailed_links",
        LinkRow,
        ("id", "purpose", "email", "created_at", "expires_at", "used_at", "void_reason"),
        LinkRow.user_id == _USER,
    ),
    Section(
        "audit",
        AuditRow,
        ("id", "at", "action", "actor_id", "user_id", "list_id", "facts"),
        or_(AuditRow.user_id == _USER, AuditRow.actor_id == _USER),
        # As GET /users/me/audit: without the network addresses of other users.
        computed={
            "address": case(
                (or_(AuditRow.actor_id.is_(None), AuditRow.actor_id == _USER), AuditRow.address),
                else_="",
            )
        },
    ),
    Section(
        "notifications",
        NotificationRow,
        ("id", "kind", "actor_id", "actor_name", "list_id", "list_name", "todo_id", "comment_id",
         "invitation_id", "in_app", "created_at", "read_at"),
        NotificationRow.user_id == _USER,
    ),
    Section(
        "messages_of_administrators",
        AdminMessageRow,
        ("id", "subject", "body", "created_at"),
        AdminMessageRow.user_id == _USER,
    ),
    Section(
        "sent_invitations",
        InvitationRow,
        ("email", "mail_failure", *_INVITATION),
        InvitationRow.invited_by == _USER,
    ),
    Section(
        "received_invitations",
        InvitationRow,
        _INVITATION,
        InvitationRow.email_key == _MY_EMAIL_KEY,
    ),
    Section(
        "lists",
        ListRow,
        ("id", "name", "colour", "created_by", "archived_at", "deleted_at", "version",
         "created_at", "updated_at"),
        and_(
            _membership.user_id == _USER,
            or_(_membership.role == "owner", ListRow.deleted_at.is_(None)),
        ),
        computed={
            "is_inbox": case((ListRow.inbox_of == _USER, true()), else_=false()),
            "role": _membership.role,
            "joined_at": _membership.joined_at,
        },
        joined=ListRow.__table__.join(_membership, _membership.list_id == ListRow.id),
    ),
    Section(
        "members",
        MemberRow,
        ("list_id", "user_id", "role", "joined_at"),
        MemberRow.list_id.in_(_OWNED),
        key=("list_id", "user_id"),
        computed={"name": _other.name},
        joined=_with_name(MemberRow, "user_id"),
    ),
    Section(
        "share_links",
        ShareLinkRow,
        ("id", "list_id", "name", "role", "created_by", "created_at", "expires_at", "revoked_at",
         "use_count", "last_used_at"),
        or_(
            ShareLinkRow.list_id.in_(_OWNED),
            and_(ShareLinkRow.created_by == _USER, ShareLinkRow.list_id.in_(_READABLE)),
        ),
    ),
    Section(
        "labels",
        LabelRow,
        ("id", "list_id", "name", "colour", "created_at"),
        LabelRow.list_id.in_(_OWNED),
        key=("list_id", "id"),
    ),
    Section(
        "todos",
        TodoRow,
        ("id", "list_id", "parent_id", "title", "description", "status", "priority", "due_kind",
         "due_date", "due_local", "due_zone", "due_at", "repeat", "last_occurrence", "metadata",
         "rank", "comment_count", "completed_at", "completed_by", "deleted_at", "version",
         "created_by", "created_at", "updated_at"),
        _TODO_IS_EXPORTED,
    ),
    Section(
        "todo_labels",
        TodoLabelRow,
        ("todo_id", "label_id"),
        TodoLabelRow.todo_id.in_(_TODOS_OF_OWNED),
        key=("todo_id", "label_id"),
    ),
    Section(
        "todo_assignees",
        AssigneeRow,
        ("todo_id", "user_id"),
        or_(
            AssigneeRow.todo_id.in_(_TODOS_OF_OWNED),
            and_(AssigneeRow.user_id == _USER, AssigneeRow.todo_id.in_(_READABLE_TODOS)),
        ),
        key=("todo_id", "user_id"),
    ),
    Section(
        "todo_occurrences",
        OccurrenceRow,
        ("todo_id", "number", "occurrence", "outcome", "ended_at", "ended_by"),
        OccurrenceRow.todo_id.in_(_TODOS),
        key=("todo_id", "number"),
    ),
    Section(
        "comments",
        CommentRow,
        ("id", "todo_id", "author_id", "body", "mentions", "created_at", "edited_at"),
        or_(
            CommentRow.todo_id.in_(_TODOS_OF_OWNED),
            and_(CommentRow.author_id == _USER, CommentRow.todo_id.in_(_READABLE_TODOS)),
        ),
        computed={"author_name": _other.name},
        joined=_with_name(CommentRow, "author_id"),
    ),
    Section(
        "reminders",
        ReminderRow,
        ("id", "todo_id", "at", "minutes_before", "snoozed_until", "next_fire_at", "occurrence",
         "state", "sent_at", "detail", "created_at"),
        ReminderRow.user_id == _USER,
    ),
    Section(
        "calendar_objects",
        CalendarObjectRow,
        ("todo_id", "uid", "name", "parent_uid", "kept"),
        CalendarObjectRow.todo_id.in_(_TODOS_OF_OWNED),
        key=("todo_id",),
    ),
    Section(
        "calendar_preferences",
        CalendarPreferencesRow,
        ("list_id", "name", "colour", "position"),
        CalendarPreferencesRow.user_id == _USER,
        key=("list_id",),
    ),
)  # fmt: skip
