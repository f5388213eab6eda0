"""How each event changes the state: one function for each event of docs/protocol.md. No I/O."""

from collections.abc import Callable
from typing import Any

from livelist_client.live.state import NEWEST, State
from livelist_client.shapes import CommentShape, EventFrame

Data = dict[str, Any]


def apply_event(state: State, frame: EventFrame) -> None:
    """Apply the event, which is the next of its stream. An unknown event only takes its position."""
    stream, data = frame["list"], frame["data"]
    if stream.startswith("user:"):
        own = OWN_STREAM.get(frame["event"])
        if own is not None:
            own(state, data)
        return
    if stream not in state.contents or frame["seq"] <= state.lists[stream]["stream"]["seq"]:
        # A snapshot that was fetched meanwhile contains the event.
        return
    of_list = LIST_STREAM.get(frame["event"])
    if of_list is not None:
        of_list(state, stream, data)
    if (mine := state.lists.get(stream)) is not None:
        state.lists[stream] = {**mine, "stream": {**mine["stream"], "seq": frame["seq"]}}


def _merge_list(state: State, stream: str, data: Data) -> None:
    merged: Any = state.lists[stream] | data["list"]
    state.lists[stream] = merged


def _drop_list(state: State, stream: str, data: Data) -> None:
    state.lists.pop(stream, None)
    state.contents.pop(stream, None)


def _set_member(state: State, stream: str, data: Data) -> None:
    member, content = data["member"], state.contents[stream]
    user_id = member["user"]["id"]
    content.members[user_id] = member
    if state.account is not None and user_id == state.account["id"]:
        state.lists[stream] = {**state.lists[stream], "role": member["role"]}
    for comments in content.comments.values():
        for comment_id, comment in comments.items():
            if comment["author"] and comment["author"]["id"] == user_id:
                comments[comment_id] = {**comment, "author": member["user"]}
    for attachments in content.attachments.values():
        for attachment_id, attachment in attachments.items():
            if attachment["uploader"] and attachment["uploader"]["id"] == user_id:
                attachments[attachment_id] = {**attachment, "uploader": member["user"]}


def _remove_member(state: State, stream: str, data: Data) -> None:
    content, user_id = state.contents[stream], data["user_id"]
    content.members.pop(user_id, None)
    for todo_id, todo in content.todos.items():
        if user_id in todo["assignees"]:
            assignees = [user for user in todo["assignees"] if user != user_id]
            content.todos[todo_id] = {**todo, "assignees": assignees}
    if data["reason"] == "account_deleted":
        _forget_account(state, stream, user_id)


def _forget_account(state: State, stream: str, user_id: str) -> None:
    """Remove the id of a deleted account, as the database does, and its reactions."""
    content = state.contents[stream]
    for todo_id, todo in content.todos.items():
        content.todos[todo_id] = {
            **todo,
            "created_by": _unless(todo["created_by"], user_id),
            "completed_by": _unless(todo["completed_by"], user_id),
        }
    for comments in content.comments.values():
        for comment_id, comment in comments.items():
            comments[comment_id] = _without_user(comment, user_id)
    for attachments in content.attachments.values():
        for attachment_id, attachment in attachments.items():
            if attachment["uploader"] and attachment["uploader"]["id"] == user_id:
                attachments[attachment_id] = {**attachment, "uploader": None}
    for notification_id, notification in state.notifications.items():
        if notification["actor"] and notification["actor"]["id"] == user_id:
            state.notifications[notification_id] = {**notification, "actor": None}


def _unless(present: str | None, user_id: str) -> str | None:
    return None if present == user_id else present


def _without_user(comment: CommentShape, user_id: str) -> CommentShape:
    author = comment["author"]
    others = [
        (each["emoji"], [other for other in each["user_ids"] if other != user_id])
        for each in comment["reactions"]
    ]
    return {
        **comment,
        "author": None if author and author["id"] == user_id else author,
        "reactions": [{"emoji": emoji, "user_ids": users} for emoji, users in others if users],
    }


def _set_label(state: State, stream: str, data: Data) -> None:
    state.contents[stream].labels[data["label"]["id"]] = data["label"]


def _remove_label(state: State, stream: str, data: Data) -> None:
    content, label_id = state.contents[stream], data["label_id"]
    content.labels.pop(label_id, None)
    for todo_id, todo in content.todos.items():
        if label_id in todo["labels"]:
            labels = [label for label in todo["labels"] if label != label_id]
            content.todos[todo_id] = {**todo, "labels": labels}


def _set_todo(state: State, stream: str, data: Data) -> None:
    state.put_todo(stream, data["todo"]["id"], data["todo"])


def _remove_todo(state: State, stream: str, data: Data) -> None:
    state.put_todo(stream, data["todo_id"], None)


def _set_comment(state: State, stream: str, data: Data) -> None:
    # Events of before there were reactions have none.
    comment: Any = {"reactions": [], **data["comment"]}
    content = state.contents[stream]
    content.comments.setdefault(comment["todo_id"], {})[comment["id"]] = comment
    if "comment_count" in data:
        _count_comments(state, stream, comment["todo_id"], data["comment_count"])


def _remove_comment(state: State, stream: str, data: Data) -> None:
    comments = state.contents[stream].comments
    comments.get(data["todo_id"], {}).pop(data["comment_id"], None)
    _count_comments(state, stream, data["todo_id"], data["comment_count"])


def _set_reactions(state: State, stream: str, data: Data) -> None:
    comments = state.contents[stream].comments.get(data["todo_id"], {})
    if (comment := comments.get(data["comment_id"])) is not None:
        comments[comment["id"]] = {**comment, "reactions": data["reactions"]}


def _count_comments(state: State, stream: str, todo_id: str, count: int) -> None:
    todos = state.contents[stream].todos
    if todo_id in todos:
        todos[todo_id] = {**todos[todo_id], "comment_count": count}


def _set_attachment(state: State, stream: str, data: Data) -> None:
    attachment, content = data["attachment"], state.contents[stream]
    content.attachments.setdefault(attachment["todo_id"], {})[attachment["id"]] = attachment
    if "attachment_count" in data:
        _count_attachments(state, stream, attachment["todo_id"], data["attachment_count"])


def _remove_attachment(state: State, stream: str, data: Data) -> None:
    attachments = state.contents[stream].attachments
    attachments.get(data["todo_id"], {}).pop(data["attachment_id"], None)
    _count_attachments(state, stream, data["todo_id"], data["attachment_count"])


def _count_attachments(state: State, stream: str, todo_id: str, count: int) -> None:
    todos = state.contents[stream].todos
    if todo_id in todos:
        todos[todo_id] = {**todos[todo_id], "attachment_count": count}


def _set_account(state: State, data: Data) -> None:
    state.account = data["account"]


def _disable(state: State, data: Data) -> None:
    # The socket is closed; a user who is enabled again starts with a snapshot.
    if state.account is not None:
        state.account = {**state.account, "status": "disabled"}


def _ignore(state: State, data: Data) -> None:
    """Ignore what is part of no snapshot: a session that ended, a test that was sent."""


def _add_list(state: State, data: Data) -> None:
    # An event of a release without placements and views has none.
    nowhere = {"rank": data["list"]["id"], "favourite": False, "folder_id": None}
    added: Any = {"placement": nowhere, "view": None} | data["list"]
    state.lists[added["id"]] = added
    state.missing_lists.add(data["list"]["id"])


def _place_lists(state: State, data: Data) -> None:
    for placed in data["lists"]:
        if (mine := state.lists.get(placed["list_id"])) is not None:
            state.lists[mine["id"]] = {**mine, "placement": placed["placement"]}


def _set_view(state: State, data: Data) -> None:
    if (mine := state.lists.get(data["list_id"])) is not None:
        state.lists[mine["id"]] = {**mine, "view": data["view"]}


def _set_folder(state: State, data: Data) -> None:
    state.folders[data["folder"]["id"]] = data["folder"]


def _remove_folder(state: State, data: Data) -> None:
    state.folders.pop(data["folder_id"], None)
    for list_id, mine in state.lists.items():
        if mine["placement"]["folder_id"] == data["folder_id"]:
            placement = mine["placement"] | {"folder_id": None}
            state.lists[list_id] = {**mine, "placement": placement}


def _set_personal_label(state: State, data: Data) -> None:
    state.personal_labels[data["label"]["id"]] = data["label"]


def _remove_personal_label(state: State, data: Data) -> None:
    state.personal_labels.pop(data["label_id"], None)
    for todo_id, labels in list(state.labelled_todos.items()):
        state.label_todo(todo_id, [label for label in labels if label != data["label_id"]])


def _label_todos(state: State, data: Data) -> None:
    for todo in data["todos"]:
        state.label_todo(todo["todo_id"], todo["personal_labels"])


def _lose_list(state: State, data: Data) -> None:
    state.drop_list(data["list_id"])


def _set_invitation(state: State, data: Data) -> None:
    state.invitations[data["invitation"]["id"]] = data["invitation"]


def _close_invitation(state: State, data: Data) -> None:
    state.invitations.pop(data["invitation_id"], None)


def _set_reminder(state: State, data: Data) -> None:
    state.reminders[data["reminder"]["id"]] = data["reminder"]


def _remove_reminder(state: State, data: Data) -> None:
    state.reminders.pop(data["reminder_id"], None)


def _add_notification(state: State, data: Data) -> None:
    state.notifications[data["notification"]["id"]] = data["notification"]
    state.unread_count += 1


def _read_notifications(state: State, data: Data) -> None:
    for notification_id, notification in state.notifications.items():
        is_named = notification_id in data["notification_ids"]
        is_covered = is_named or notification_id <= (data["through"] or "")
        if notification["read_at"] is None and is_covered:
            state.notifications[notification_id] = {**notification, "read_at": data["read_at"]}
    state.unread_count = data["unread_count"]


def _remove_notifications(state: State, data: Data) -> None:
    were_all = len(state.notifications) < NEWEST
    for notification_id in data["notification_ids"]:
        state.notifications.pop(notification_id, None)
    state.unread_count = data["unread_count"]
    state.needs_notifications |= not were_all and len(state.notifications) < NEWEST


def _set_preferences(state: State, data: Data) -> None:
    state.preferences = data["preferences"]


LIST_STREAM: dict[str, Callable[[State, str, Data], None]] = {
    "list.created": _merge_list,
    "list.edited": _merge_list,
    "list.deleted": _drop_list,
    "list.restored": _merge_list,
    "member.added": _set_member,
    "member.edited": _set_member,
    "member.removed": _remove_member,
    "label.created": _set_label,
    "label.edited": _set_label,
    "label.deleted": _remove_label,
    "todo.created": _set_todo,
    "todo.edited": _set_todo,
    "todo.deleted": _remove_todo,
    "todo.restored": _set_todo,
    "todo.purged": _remove_todo,
    "todo.moved_out": _remove_todo,
    "todo.moved_in": _set_todo,
    "comment.added": _set_comment,
    "comment.edited": _set_comment,
    "comment.reacted": _set_reactions,
    "comment.deleted": _remove_comment,
    "attachment.added": _set_attachment,
    "attachment.edited": _set_attachment,
    "attachment.removed": _remove_attachment,
}
OWN_STREAM: dict[str, Callable[[State, Data], None]] = {
    "account.edited": _set_account,
    "account.disabled": _disable,
    "session.revoked": _ignore,
    "api_token.created": _ignore,
    "api_token.renamed": _ignore,
    "api_token.revoked": _ignore,
    "credentials.changed": _ignore,
    "data_export.changed": _ignore,
    "import.changed": _ignore,
    "list.added": _add_list,
    "list.placed": _place_lists,
    "list.view_set": _set_view,
    "list.removed": _lose_list,
    "folder.set": _set_folder,
    "folder.removed": _remove_folder,
    "personal_label.set": _set_personal_label,
    "personal_label.removed": _remove_personal_label,
    "labelled_todos.set": _label_todos,
    "invitation.received": _set_invitation,
    "invitation.closed": _close_invitation,
    "reminder.set": _set_reminder,
    "reminder.removed": _remove_reminder,
    "reminder.sent": _set_reminder,
    "reminder.failed": _set_reminder,
    "reminder.missed": _set_reminder,
    "notification.added": _add_notification,
    "notification.read": _read_notifications,
    "notification.removed": _remove_notifications,
    "preferences.edited": _set_preferences,
    "reminder.tested": _ignore,
}
KNOWN_EVENTS = LIST_STREAM.keys() | OWN_STREAM.keys()
