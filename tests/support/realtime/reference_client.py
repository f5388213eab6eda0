"""A reference client: the state that a client keeps, and the change that each event makes to it.

The web client and any other have the same work to do. State is plain JSON, as it came over the
transport, so that a comparison with a fresh snapshot sees every field.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
# As many as a snapshot holds (docs/protocol.md, Notifications).
NEWEST = 50


def _by_id(items: list[Json]) -> dict[str, Json]:
    return {item["id"]: item for item in items}


@dataclass
class ListState:
    members: dict[str, Json]
    labels: dict[str, Json]
    todos: dict[str, Json]
    # By todo. Comments are fetched with a todo, so only those of fetched todos are here.
    comments: dict[str, dict[str, Json]] = field(default_factory=dict)


@dataclass
class ReferenceClient:
    """The state of one user: of the user's own stream, and of each list the user is in."""

    account: Json
    lists: dict[str, Json]
    invitations: dict[str, Json]
    reminders: dict[str, Json]
    notifications: dict[str, Json]
    unread_count: int
    preferences: Json
    contents: dict[str, ListState] = field(default_factory=dict)
    # Added lists whose snapshots must be fetched.
    missing: set[str] = field(default_factory=set)
    # Notifications were removed, so older ones moved up: a snapshot must be fetched.
    lacks_notifications: bool = False

    @classmethod
    def from_snapshot(cls, snapshot: Json) -> "ReferenceClient":
        return cls(
            account=snapshot["account"],
            lists=_by_id(snapshot["lists"]),
            invitations=_by_id(snapshot["invitations"]),
            reminders=_by_id(snapshot["reminders"]),
            notifications=_by_id(snapshot["notifications"]["items"]),
            unread_count=snapshot["notifications"]["unread_count"],
            preferences=snapshot["preferences"],
        )

    def take_notifications(self, snapshot: Json) -> None:
        """Replace the notifications by those of the account's snapshot."""
        self.notifications = _by_id(snapshot["notifications"]["items"])
        self.unread_count = snapshot["notifications"]["unread_count"]
        self.lacks_notifications = False

    def take_list(self, snapshot: Json, comments: dict[str, list[Json]]) -> None:
        """Replace the contents of the list by those of its snapshot."""
        list_id = snapshot["list"]["id"]
        self.lists[list_id] = snapshot["list"]
        self.contents[list_id] = ListState(
            members={member["user"]["id"]: member for member in snapshot["members"]},
            labels=_by_id(snapshot["labels"]),
            todos=_by_id(snapshot["todos"]),
            comments={todo_id: _by_id(some) for todo_id, some in comments.items()},
        )
        self.missing.discard(list_id)

    def apply(self, frame: Json) -> None:
        """Apply the event to the state. Raise KeyError for an unknown type of event."""
        stream, data = frame["list"], frame["data"]
        if stream.startswith("user:"):
            _PERSONAL[frame["event"]](self, data)
            return
        if stream not in self.contents or frame["seq"] <= self.lists[stream]["stream"]["seq"]:
            # A snapshot that was fetched meanwhile has it already.
            return
        _SHARED[frame["event"]](self, stream, data)
        if stream in self.lists:
            mine = self.lists[stream]
            opened = [
                todo
                for todo in self.contents[stream].todos.values()
                if todo["status"] in ("pending", "in_progress")
            ]
            position = mine["stream"] | {"seq": frame["seq"]}
            self.lists[stream] = mine | {"stream": position, "open_count": len(opened)}

    # On a list's stream

    def _set_list(self, stream: str, data: Json) -> None:
        self.lists[stream] = self.lists[stream] | data["list"]

    def _drop_list(self, stream: str, data: Json) -> None:
        self.lists.pop(stream, None)
        self.contents.pop(stream, None)

    def _set_member(self, stream: str, data: Json) -> None:
        member = data["member"]
        content = self.contents[stream]
        content.members[member["user"]["id"]] = member
        if member["user"]["id"] == self.account["id"]:
            self.lists[stream] = self.lists[stream] | {"role": member["role"]}
        for comments in content.comments.values():
            for comment in comments.values():
                if comment["author"] and comment["author"]["id"] == member["user"]["id"]:
                    comment["author"] = member["user"]

    def _remove_member(self, stream: str, data: Json) -> None:
        content = self.contents[stream]
        del content.members[data["user_id"]]
        for todo in content.todos.values():
            todo["assignees"] = [
                user_id for user_id in todo["assignees"] if user_id != data["user_id"]
            ]

    def _set_label(self, stream: str, data: Json) -> None:
        self.contents[stream].labels[data["label"]["id"]] = data["label"]

    def _remove_label(self, stream: str, data: Json) -> None:
        content = self.contents[stream]
        del content.labels[data["label_id"]]
        for todo in content.todos.values():
            todo["labels"] = [
                label_id for label_id in todo["labels"] if label_id != data["label_id"]
            ]

    def _set_todo(self, stream: str, data: Json) -> None:
        self.contents[stream].todos[data["todo"]["id"]] = data["todo"]

    def _remove_todo(self, stream: str, data: Json) -> None:
        self.contents[stream].todos.pop(data["todo_id"], None)

    def _set_comment(self, stream: str, data: Json) -> None:
        comment, content = data["comment"], self.contents[stream]
        content.comments.setdefault(comment["todo_id"], {})[comment["id"]] = comment
        if "comment_count" in data:
            content.todos[comment["todo_id"]]["comment_count"] = data["comment_count"]

    def _remove_comment(self, stream: str, data: Json) -> None:
        content = self.contents[stream]
        content.comments.get(data["todo_id"], {}).pop(data["comment_id"], None)
        content.todos[data["todo_id"]]["comment_count"] = data["comment_count"]

    # On the user's own stream

    def _set_account(self, data: Json) -> None:
        self.account = data["account"]

    def _disable(self, data: Json) -> None:
        # The socket closes; a client that may sign in again begins with a snapshot.
        self.account = self.account | {"status": "disabled"}

    def _nothing(self, data: Json) -> None:
        """Ignore an event whose data is in no snapshot: a session ended, a test was sent."""

    def _add_list(self, data: Json) -> None:
        self.lists[data["list"]["id"]] = data["list"]
        self.missing.add(data["list"]["id"])

    def _remove_list(self, data: Json) -> None:
        self._drop_list(data["list_id"], data)
        self.missing.discard(data["list_id"])

    def _set_invitation(self, data: Json) -> None:
        self.invitations[data["invitation"]["id"]] = data["invitation"]

    def _close_invitation(self, data: Json) -> None:
        self.invitations.pop(data["invitation_id"], None)

    def _set_reminder(self, data: Json) -> None:
        self.reminders[data["reminder"]["id"]] = data["reminder"]

    def _remove_reminder(self, data: Json) -> None:
        self.reminders.pop(data["reminder_id"], None)

    def _add_notification(self, data: Json) -> None:
        self.notifications[data["notification"]["id"]] = data["notification"]
        self.unread_count += 1

    def _read_notifications(self, data: Json) -> None:
        for notification in self.notifications.values():
            is_named = notification["id"] in data["notification_ids"]
            is_before = notification["id"] <= (data["through"] or "")
            if notification["read_at"] is None and (is_named or is_before):
                notification["read_at"] = data["read_at"]
        self.unread_count = data["unread_count"]

    def _remove_notifications(self, data: Json) -> None:
        were_all = len(self.notifications) < NEWEST
        for notification_id in data["notification_ids"]:
            self.notifications.pop(notification_id, None)
        self.unread_count = data["unread_count"]
        self.lacks_notifications |= not were_all and len(self.notifications) < NEWEST

    def _set_preferences(self, data: Json) -> None:
        self.preferences = data["preferences"]


_SHARED: dict[str, Callable[[ReferenceClient, str, Json], None]] = {
    "list.created": ReferenceClient._set_list,
    "list.edited": ReferenceClient._set_list,
    "list.deleted": ReferenceClient._drop_list,
    "list.restored": ReferenceClient._set_list,
    "member.added": ReferenceClient._set_member,
    "member.edited": ReferenceClient._set_member,
    "member.removed": ReferenceClient._remove_member,
    "label.created": ReferenceClient._set_label,
    "label.edited": ReferenceClient._set_label,
    "label.deleted": ReferenceClient._remove_label,
    "todo.created": ReferenceClient._set_todo,
    "todo.edited": ReferenceClient._set_todo,
    "todo.deleted": ReferenceClient._remove_todo,
    "todo.restored": ReferenceClient._set_todo,
    "todo.purged": ReferenceClient._remove_todo,
    "todo.moved_out": ReferenceClient._remove_todo,
    "todo.moved_in": ReferenceClient._set_todo,
    "comment.added": ReferenceClient._set_comment,
    "comment.edited": ReferenceClient._set_comment,
    "comment.deleted": ReferenceClient._remove_comment,
}
_PERSONAL: dict[str, Callable[[ReferenceClient, Json], None]] = {
    "account.edited": ReferenceClient._set_account,
    "account.disabled": ReferenceClient._disable,
    "session.revoked": ReferenceClient._nothing,
    "list.added": ReferenceClient._add_list,
    "list.removed": ReferenceClient._remove_list,
    "invitation.received": ReferenceClient._set_invitation,
    "invitation.closed": ReferenceClient._close_invitation,
    "reminder.set": ReferenceClient._set_reminder,
    "reminder.removed": ReferenceClient._remove_reminder,
    "reminder.sent": ReferenceClient._set_reminder,
    "reminder.failed": ReferenceClient._set_reminder,
    "reminder.missed": ReferenceClient._set_reminder,
    "notification.added": ReferenceClient._add_notification,
    "notification.read": ReferenceClient._read_notifications,
    "notification.removed": ReferenceClient._remove_notifications,
    "preferences.edited": ReferenceClient._set_preferences,
    "reminder.tested": ReferenceClient._nothing,
}
KNOWN = _SHARED.keys() | _PERSONAL.keys()
