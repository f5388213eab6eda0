"""Every event; those of own_lists/events.py are imported. Documented in docs/protocol.md.

An event describes its change completely: a client that applies it to the state before has the state
after, without a further request (the sync law, tests/realtime/streams/test_sync_law.py).

On the stream of a list:  list.* member.* label.* todo.* comment.* attachment.*
On the stream of a user:  account.* session.* list.added/placed/removed/view_set folder.* invitation.*
                          personal_label.* labelled_todos.*
                          reminder.* notification.* preferences.* api_token.* credentials.*
                          data_export.* import.*
"""

from typing import Any, Literal

from shared.contract.base import Event as Event  # noqa: PLC0414
from shared.contract.base import Instant, Shape
from shared.contract.comments.shapes import CommentShape, ReactionShape
from shared.contract.details.attachments import AttachmentShape
from shared.contract.interop.imports import ImportShape
from shared.contract.notifications import NotificationShape, PreferencesShape
from shared.contract.own_lists.events import ListPlaced, ListViewSet
from shared.contract.personal_data import DataExportShape
from shared.contract.shapes import (
    AccountShape,
    Ending,
    InvitationShape,
    LabelShape,
    ListShape,
    MemberShape,
    MyListShape,
    ReminderShape,
    ReminderTestShape,
    TodoShape,
)


class ListCreated(Event):
    name = "list.created"
    list: ListShape


class ListEdited(Event):
    name = "list.edited"
    list: ListShape
    changed: tuple[str, ...]


class ListDeleted(Event):
    """The list went to the trash, from which it can be restored for 30 days."""

    name = "list.deleted"
    list_id: str
    deleted_at: Instant


class ListRestored(Event):
    name = "list.restored"
    list: ListShape


class MemberAdded(Event):
    name = "member.added"
    member: MemberShape


class MemberEdited(Event):
    name = "member.edited"
    member: MemberShape


class MemberRemoved(Event):
    """The last event of the list that this user receives. The user is no longer assigned to any todo."""

    name = "member.removed"
    user_id: str
    reason: Literal["removed", "left", "account_deleted", "link_ended"]


class LabelCreated(Event):
    name = "label.created"
    label: LabelShape


class LabelEdited(Event):
    name = "label.edited"
    label: LabelShape


class LabelDeleted(Event):
    """The label was deleted, and removed from every todo."""

    name = "label.deleted"
    label_id: str


class TodoCreated(Event):
    name = "todo.created"
    todo: TodoShape


class OccurrenceEnd(Shape):
    occurrence: int
    outcome: Ending


class TodoEdited(Event):
    name = "todo.edited"
    todo: TodoShape
    changed: tuple[str, ...]
    # Set when the edit named the position it was based on, and a field had changed after it.
    overwrote: dict[str, Any] | None = None
    # Set when a repeating todo went to another occurrence: which one ended, and how.
    ended: OccurrenceEnd | None = None


class TodoDeleted(Event):
    """The todo went to the trash. Each of its subtasks has an event of its own."""

    name = "todo.deleted"
    todo_id: str
    deleted_at: Instant


class TodoRestored(Event):
    name = "todo.restored"
    todo: TodoShape


class TodoPurged(Event):
    """The todo was deleted from the trash for good."""

    name = "todo.purged"
    todo_id: str


class TodoMovedOut(Event):
    """The todo was moved to another list, which members of this list may not know."""

    name = "todo.moved_out"
    todo_id: str


class TodoMovedIn(Event):
    name = "todo.moved_in"
    todo: TodoShape


class CommentAdded(Event):
    name = "comment.added"
    comment: CommentShape
    comment_count: int


class CommentEdited(Event):
    name = "comment.edited"
    comment: CommentShape


class CommentReacted(Event):
    """A reaction to a comment was added or removed; `reactions` are all that it has now."""

    name = "comment.reacted"
    comment_id: str
    todo_id: str
    reactions: list[ReactionShape]


class CommentDeleted(Event):
    name = "comment.deleted"
    comment_id: str
    todo_id: str
    comment_count: int


class AttachmentAdded(Event):
    """A file was attached, or attached again after it was removed."""

    name = "attachment.added"
    attachment: AttachmentShape
    attachment_count: int


class AttachmentEdited(Event):
    """The file has a thumbnail now."""

    name = "attachment.edited"
    attachment: AttachmentShape


class AttachmentRemoved(Event):
    name = "attachment.removed"
    attachment_id: str
    todo_id: str
    attachment_count: int


class AccountEdited(Event):
    name = "account.edited"
    account: AccountShape


class AccountDisabled(Event):
    """The account was disabled. Its sockets are closed at this event."""

    name = "account.disabled"


class SessionRevoked(Event):
    """Sessions were revoked. Their sockets are closed at this event."""

    name = "session.revoked"
    session_ids: list[str]


class ApiTokenCreated(Event):
    """The account has a new API token. Part of no snapshot: read the tokens again to show them."""

    name = "api_token.created"
    token_id: str


class ApiTokenRenamed(Event):
    """An API token of the account has another name. Part of no snapshot, as above."""

    name = "api_token.renamed"
    token_id: str


class ApiTokenRevoked(Event):
    """API tokens were revoked. Their sockets are closed at this event."""

    name = "api_token.revoked"
    token_ids: list[str]


class CredentialsChanged(Event):
    """Second factors, passkeys, linked sign-ins or connected applications changed.

    Part of no snapshot: read them again.
    """

    name = "credentials.changed"


class DataExportChanged(Event):
    """An export of the account's data began, advanced or ended. Part of no snapshot."""

    name = "data_export.changed"
    export: DataExportShape


class ImportChanged(Event):
    """An import of a file is previewed, advanced or ended. Part of no snapshot."""

    name = "import.changed"
    file_import: ImportShape


class ListAdded(Event):
    name = "list.added"
    list: MyListShape


class ListRemoved(Event):
    name = "list.removed"
    list_id: str
    reason: Literal["removed", "left", "deleted"]


class InvitationReceived(Event):
    """The invitation is new, or its list was renamed."""

    name = "invitation.received"
    invitation: InvitationShape


class InvitationClosed(Event):
    name = "invitation.closed"
    invitation_id: str
    reason: Literal["accepted", "declined", "withdrawn"]


class ReminderSet(Event):
    """The reminder is new, or its time or state changed."""

    name = "reminder.set"
    reminder: ReminderShape


class ReminderRemoved(Event):
    name = "reminder.removed"
    reminder_id: str


class ReminderSent(Event):
    name = "reminder.sent"
    reminder: ReminderShape


class ReminderFailed(Event):
    name = "reminder.failed"
    reminder: ReminderShape


class ReminderMissed(Event):
    name = "reminder.missed"
    reminder: ReminderShape


class NotificationAdded(Event):
    """A notification was added, unread."""

    name = "notification.added"
    notification: NotificationShape


class NotificationRead(Event):
    """The named notifications were read; with `through`, all with an id up to it."""

    name = "notification.read"
    notification_ids: list[str]
    through: str | None
    read_at: Instant
    unread_count: int


class NotificationRemoved(Event):
    """Notifications were deleted: too old, or about a list that the user left."""

    name = "notification.removed"
    notification_ids: list[str]
    unread_count: int


class PreferencesEdited(Event):
    name = "preferences.edited"
    preferences: PreferencesShape


class ReminderTested(Event):
    """The state of a test reminder. Part of no snapshot: it matters only while the test runs."""

    name = "reminder.tested"
    test: ReminderTestShape


EVENTS: dict[str, type[Event]] = {kind.name: kind for kind in Event.__subclasses__()}

# Events on the stream of a list. All others, also the four about the own lists, are on a user's stream.
_LIST_SUBJECTS = ("list", "member", "label", "todo", "comment", "attachment")
LIST_EVENTS = frozenset(name for name in EVENTS if name.split(".")[0] in _LIST_SUBJECTS) - {
    ListAdded.name,
    ListPlaced.name,
    ListViewSet.name,
    ListRemoved.name,
}
