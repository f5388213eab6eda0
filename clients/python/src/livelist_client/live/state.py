"""What a client holds: the user's own data, and the content of each list that it follows.

The state is JSON as it was received. Entities are replaced, never changed in place, so a program may keep
one; live/reducer.py says how each event changes the state. The sync law: an old snapshot plus the events
after it equals a new snapshot.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, cast

from livelist_client.shapes import (
    AccountShape,
    AccountSnapshot,
    AttachmentShape,
    CommentShape,
    FolderShape,
    InvitationShape,
    LabelShape,
    ListSnapshot,
    MemberShape,
    MyListShape,
    NotificationShape,
    PersonalLabelShape,
    PreferencesShape,
    ReminderShape,
    TodoShape,
)

# As many notifications as an account snapshot holds (docs/protocol.md, Notifications).
NEWEST = 50
OPEN = ("pending", "in_progress")


class _HasId(Protocol):
    def __getitem__(self, key: str, /) -> object: ...


T = TypeVar("T", bound=_HasId)


def by_id(items: Iterable[T]) -> dict[str, T]:
    return {cast("str", item["id"]): item for item in items}


def is_open(todo: TodoShape | None) -> bool:
    return todo is not None and todo["status"] in OPEN


@dataclass
class ListContent:
    members: dict[str, MemberShape]
    labels: dict[str, LabelShape]
    todos: dict[str, TodoShape]
    # Only of todos whose comments were fetched.
    comments: dict[str, dict[str, CommentShape]] = field(default_factory=dict)
    # Of todos whose files were fetched.
    attachments: dict[str, dict[str, AttachmentShape]] = field(default_factory=dict)

    def sorted_todos(self) -> list[TodoShape]:
        """Return the todos in the order of the list: by rank, then by id."""
        return sorted(self.todos.values(), key=lambda todo: (todo["rank"], todo["id"]))


@dataclass
class State:
    """One user's state: their own stream, and each list of which they are a member.

    A client that follows some lists only has no account and none of the user's own data.
    """

    account: AccountShape | None = None
    lists: dict[str, MyListShape] = field(default_factory=dict)
    folders: dict[str, FolderShape] = field(default_factory=dict)
    personal_labels: dict[str, PersonalLabelShape] = field(default_factory=dict)
    # The ids of the personal labels on each todo that has some.
    labelled_todos: dict[str, list[str]] = field(default_factory=dict)
    invitations: dict[str, InvitationShape] = field(default_factory=dict)
    reminders: dict[str, ReminderShape] = field(default_factory=dict)
    notifications: dict[str, NotificationShape] = field(default_factory=dict)
    unread_count: int = 0
    preferences: PreferencesShape | None = None
    contents: dict[str, ListContent] = field(default_factory=dict)
    # Lists that were added, and whose snapshots must be fetched.
    missing_lists: set[str] = field(default_factory=set)
    # True if notifications were removed and older ones moved up: a snapshot must be fetched.
    needs_notifications: bool = False

    @classmethod
    def from_snapshot(cls, snapshot: AccountSnapshot) -> "State":
        return cls(
            account=snapshot["account"],
            lists=by_id(snapshot["lists"]),
            folders=by_id(snapshot["folders"]),
            personal_labels=by_id(snapshot["personal_labels"]),
            labelled_todos={
                todo["todo_id"]: todo["personal_labels"] for todo in snapshot["labelled_todos"]
            },
            invitations=by_id(snapshot["invitations"]),
            reminders=by_id(snapshot["reminders"]),
            notifications=by_id(snapshot["notifications"]["items"]),
            unread_count=snapshot["notifications"]["unread_count"],
            preferences=snapshot["preferences"],
        )

    def set_notifications(self, snapshot: AccountSnapshot) -> None:
        """Replace the notifications by those of an account snapshot."""
        self.notifications = by_id(snapshot["notifications"]["items"])
        self.unread_count = snapshot["notifications"]["unread_count"]
        self.needs_notifications = False

    def set_list(
        self,
        snapshot: ListSnapshot,
        comments: Mapping[str, Iterable[CommentShape]] | None = None,
        attachments: Mapping[str, Iterable[AttachmentShape]] | None = None,
    ) -> None:
        """Replace the list by its whole snapshot, all pages joined.

        Where the user keeps the list, and how they look at it, is of the own stream, which may be ahead
        of the snapshot.
        """
        list_id = snapshot["list"]["id"]
        known = self.lists.get(list_id, snapshot["list"])
        self.lists[list_id] = {
            **snapshot["list"],
            "placement": known["placement"],
            "view": known["view"],
        }
        self.contents[list_id] = ListContent(
            members={member["user"]["id"]: member for member in snapshot["members"]},
            labels=by_id(snapshot["labels"]),
            todos=by_id(snapshot["todos"]),
            comments={todo_id: by_id(items) for todo_id, items in (comments or {}).items()},
            attachments={todo_id: by_id(items) for todo_id, items in (attachments or {}).items()},
        )
        self.missing_lists.discard(list_id)

    def drop_list(self, list_id: str) -> None:
        """Forget a list that the user has lost."""
        self.lists.pop(list_id, None)
        self.contents.pop(list_id, None)
        self.missing_lists.discard(list_id)

    def label_todo(self, todo_id: str, labels: list[str]) -> None:
        """Replace the personal labels on a todo, which the client may not know."""
        self.labelled_todos.pop(todo_id, None)
        if labels:
            self.labelled_todos[todo_id] = labels

    def find_todo(self, todo_id: str) -> TodoShape | None:
        """Return the todo from whichever list holds it."""
        for content in self.contents.values():
            if (todo := content.todos.get(todo_id)) is not None:
                return todo
        return None

    def todos(self, list_id: str) -> list[TodoShape]:
        """Return the todos of a list in its order."""
        content = self.contents.get(list_id)
        return content.sorted_todos() if content else []

    def put_todo(self, list_id: str, todo_id: str, todo: TodoShape | None) -> None:
        """Replace a todo, or remove it for None, and keep the list's count of open todos true."""
        todos = self.contents[list_id].todos
        before = todos.get(todo_id)
        if todo is None:
            todos.pop(todo_id, None)
        else:
            todos[todo_id] = todo
        difference = is_open(todo) - is_open(before)
        if difference and (mine := self.lists.get(list_id)) is not None:
            self.lists[list_id] = {**mine, "open_count": mine["open_count"] + difference}
