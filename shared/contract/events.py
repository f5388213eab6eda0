"""Every event there is: the only place that defines them. Documented in docs/protocol.md.

An event says what is true after its position in a stream, completely: a client that holds the
state before it and applies it holds the state after it, without asking anything (the sync law,
tests/realtime/streams/test_sync_law.py).

On a list's stream: list.* member.* label.* todo.* comment.*
On a person's own:  account.* session.* list.added/removed invitation.* reminder.*
                      notification.* preferences.*
"""

from typing import Any, ClassVar, Literal

from shared.contract.base import Instant, Shape
from shared.contract.notifications import NotificationShape, PreferencesShape
from shared.contract.shapes import (
    AccountShape,
    CommentShape,
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


class Event(Shape):
    """Base of all events; `name` is what goes on the wire, the fields are its `data`."""

    name: ClassVar[str]


class ListCreated(Event):
    name = "list.created"
    list: ListShape


class ListEdited(Event):
    name = "list.edited"
    list: ListShape
    changed: tuple[str, ...]


class ListDeleted(Event):
    """It is in the trash; it can be restored for 30 days."""

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
    """They hear nothing after this event. They are no longer assigned to anything here."""

    name = "member.removed"
    user_id: str
    reason: Literal["removed", "left", "account_deleted"]


class LabelCreated(Event):
    name = "label.created"
    label: LabelShape


class LabelEdited(Event):
    name = "label.edited"
    label: LabelShape


class LabelDeleted(Event):
    """It is no longer on any todo."""

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
    # Set when the edit named the position it was based on, and a field had changed since.
    overwrote: dict[str, Any] | None = None
    # Set when it repeats and went on, or back: which occurrence, and how it ended.
    ended: OccurrenceEnd | None = None


class TodoDeleted(Event):
    """It is in the trash; its subtasks have events of their own."""

    name = "todo.deleted"
    todo_id: str
    deleted_at: Instant


class TodoRestored(Event):
    name = "todo.restored"
    todo: TodoShape


class TodoPurged(Event):
    """It is gone from the trash for good."""

    name = "todo.purged"
    todo_id: str


class TodoMovedOut(Event):
    """It left for another list, which this one's members may not know."""

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


class CommentDeleted(Event):
    name = "comment.deleted"
    comment_id: str
    todo_id: str
    comment_count: int


class AccountEdited(Event):
    name = "account.edited"
    account: AccountShape


class AccountDisabled(Event):
    """Every socket of the account is closed at this event."""

    name = "account.disabled"


class SessionRevoked(Event):
    """The sockets of these sessions are closed at this event."""

    name = "session.revoked"
    session_ids: list[str]


class ListAdded(Event):
    name = "list.added"
    list: MyListShape


class ListRemoved(Event):
    name = "list.removed"
    list_id: str
    reason: Literal["removed", "left", "deleted"]


class InvitationReceived(Event):
    """It is new, or the list has another name."""

    name = "invitation.received"
    invitation: InvitationShape


class InvitationClosed(Event):
    name = "invitation.closed"
    invitation_id: str
    reason: Literal["accepted", "declined", "withdrawn"]


class ReminderSet(Event):
    """It is new, or its time or state changed."""

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
    """One more is unread."""

    name = "notification.added"
    notification: NotificationShape


class NotificationRead(Event):
    """Those named are read; or with `through`, all with an id up to it."""

    name = "notification.read"
    notification_ids: list[str]
    through: str | None
    read_at: Instant
    unread_count: int


class NotificationRemoved(Event):
    """They are gone: too old, or about a list that is not theirs any more."""

    name = "notification.removed"
    notification_ids: list[str]
    unread_count: int


class PreferencesEdited(Event):
    name = "preferences.edited"
    preferences: PreferencesShape


class ReminderTested(Event):
    """How a test of one's own reminders goes. Part of no snapshot: it is news, and then over."""

    name = "reminder.tested"
    test: ReminderTestShape


EVENTS: dict[str, type[Event]] = {kind.name: kind for kind in Event.__subclasses__()}

# Those on a list's stream; all others are on a person's own, to which their lists come and go.
_OF_LISTS = ("list", "member", "label", "todo", "comment")
ON_LISTS = frozenset(name for name in EVENTS if name.split(".")[0] in _OF_LISTS) - {
    ListAdded.name,
    ListRemoved.name,
}
