"""What a client holds, and how each event changes it: the smallest complete reducer.

The web client does the same. State is plain JSON as it was received, so that a comparison with a
fresh snapshot sees every field.
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
    # Only of todos that were opened: a client fetches the comments with the todo.
    comments: dict[str, dict[str, Json]] = field(default_factory=dict)


@dataclass
class ReferenceClient:
    """One user's state: their own stream, and each list of which they are a member."""

    account: Json
    lists: dict[str, Json]
    invitations: dict[str, Json]
    reminders: dict[str, Json]
    notifications: dict[str, Json]
    unread_count: int
    preferences: Json
    contents: dict[str, ListState] = field(default_factory=dict)
    # Lists that were added, and whose snapshots must be fetched.
    missing_lists: set[str] = field(default_factory=set)
    # Set if notifications were removed and older ones moved up: a snapshot must be fetched.
    needs_notifications: bool = False

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

    def set_notifications(self, snapshot: Json) -> None:
        """Replace the notifications by those of an account snapshot."""
        self.notifications = _by_id(snapshot["notifications"]["items"])
        self.unread_count = snapshot["notifications"]["unread_count"]
        self.needs_notifications = False

    def set_list(self, snapshot: Json, comments: dict[str, list[Json]]) -> None:
        """Replace the list by its snapshot."""
        list_id = snapshot["list"]["id"]
        self.lists[list_id] = snapshot["list"]
        self.contents[list_id] = ListState(
            members={member["user"]["id"]: member for member in snapshot["members"]},
            labels=_by_id(snapshot["labels"]),
            todos=_by_id(snapshot["todos"]),
            comments={todo_id: _by_id(items) for todo_id, items in comments.items()},
        )
        self.missing_lists.discard(list_id)

    def apply(self, frame: Json) -> None:
        """Apply the event. Raise KeyError if its type is unknown."""
        stream, data = frame["list"], frame["data"]
        if stream.startswith("user:"):
            _PERSONAL[frame["event"]](self, data)
            return
        if stream not in self.contents or frame["seq"] <= self.lists[stream]["stream"]["seq"]:
            # A snapshot that was fetched meanwhile contains the event.
            return
        _SHARED[frame["event"]](self, stream, data)
        if stream in self.lists:
            mine = self.lists[stream]
            todos = self.contents[stream].todos.values()
            open_count = sum(todo["status"] in ("pending", "in_progress") for todo in todos)
            position = mine["stream"] | {"seq": frame["seq"]}
            self.lists[stream] = mine | {"stream": position, "open_count": open_count}

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
            todo["assignees"] = [user for user in todo["assignees"] if user != data["user_id"]]

    def _set_label(self, stream: str, data: Json) -> None:
        self.contents[stream].labels[data["label"]["id"]] = data["label"]

    def _remove_label(self, stream: str, data: Json) -> None:
        content = self.contents[stream]
        del content.labels[data["label_id"]]
        for todo in content.todos.values():
            todo["labels"] = [label for label in todo["labels"] if label != data["label_id"]]

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
        # The socket is closed; a user who is enabled again starts with a snapshot.
        self.account = self.account | {"status": "disabled"}

    def _ignore(self, data: Json) -> None:
        """Ignore what is part of no snapshot: a session that ended, a test that was sent."""

    def _add_list(self, data: Json) -> None:
        self.lists[data["list"]["id"]] = data["list"]
        self.missing_lists.add(data["list"]["id"])

    def _remove_list(self, data: Json) -> None:
        self._drop_list(data["list_id"], data)
        self.missing_lists.discard(data["list_id"])

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
            is_covered = is_named or notification["id"] <= (data["through"] or "")
            if notification["read_at"] is None and is_covered:
                notification["read_at"] = data["read_at"]
        self.unread_count = data["unread_count"]

    def _remove_notifications(self, data: Json) -> None:
        were_all = len(self.notifications) < NEWEST
        for notification_id in data["notification_ids"]:
            self.notifications.pop(notification_id, None)
        self.unread_count = data["unread_count"]
        self.needs_notifications |= not were_all and len(self.notifications) < NEWEST

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
    "session.revoked": ReferenceClient._ignore,
    "api_token.created": ReferenceClient._ignore,
    "api_token.renamed": ReferenceClient._ignore,
    "api_token.revoked": ReferenceClient._ignore,
    "credentials.changed": ReferenceClient._ignore,
    "data_export.changed": ReferenceClient._ignore,
    "import.changed": ReferenceClient._ignore,
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
    "reminder.tested": ReferenceClient._ignore,
}
KNOWN = _SHARED.keys() | _PERSONAL.keys()
