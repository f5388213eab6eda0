"""The entities that the fake server knows, with a builder for each. No events."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contract.shapes import TodoShape
from shared.todos.rules.todo_edits import empty_fields

EMAIL = "ana@example.org"
NOTIFICATION_KINDS = ("assigned", "mentioned", "commented", "invited", "removed", "reminded")
Json = dict[str, Any]


def stamp(**ago: float) -> str:
    """Return the moment `ago` before now, as in JSON of the API. A negative `ago` is in the future."""
    moment = datetime.now(UTC) - timedelta(**ago)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


_RANK_0 = "a000000"


def _rank_after(rank: str) -> str:
    return f"a{int(rank[1:7]) + 10:06d}"


class FakeEntities:
    """Rows by id. Each builder adds one and returns it."""

    def __init__(self) -> None:
        self.ids = 0
        self.users: dict[str, Json] = {
            name: {"id": self.new_id(), "name": name, "avatar_url": None}
            for name in ("Ana Ruiz", "Ben Okafor", "Chidi Lindqvist")
        }
        self.me = self.users["Ana Ruiz"]
        self.lists: dict[str, Json] = {}
        self.members: dict[str, dict[str, Json]] = {}
        self.labels: dict[str, dict[str, Json]] = {}
        self.todos: dict[str, Json] = {}
        self.comments: dict[str, Json] = {}
        self.reminders: dict[str, Json] = {}
        self.folders: dict[str, Json] = {}
        self.personal_labels: dict[str, Json] = {}
        self.labelled_todos: dict[str, list[str]] = {}
        self.invitations: list[Json] = []
        self.occurrences: list[Json] = []
        self.notifications: dict[str, Json] = {}
        self.preferences: Json = {
            "channels": {
                kind: {"in_app": True, "mail": True, "push": True} for kind in NOTIFICATION_KINDS
            },
            "digest": False,
            "digest_hour": 8,
        }
        # The key with which browsers subscribe to push, and the endpoints of the subscribed browsers.
        self.push_key: str | None = None
        self.api_tokens: list[Json] = []
        self.calendar_feeds: list[Json] = []
        # When the user made the address of a list, by its id.
        self.email_addresses: dict[str, str] = {}
        self.passkeys: list[Json] = []
        self.totp_since: str | None = None
        self.language = ""
        self.data_exports: list[Json] = []
        # When the account is deleted, if its user asked for that.
        self.delete_at: str | None = None
        self.devices: list[str] = []
        # The error of the mail server that refuses Ana's address.
        self.mail_refusal = ""

    def new_id(self) -> str:
        self.ids += 1
        return f"{self.ids:026d}"

    def edit_account(self, changes: Json) -> Json:
        self.language = changes.get("language", self.language)
        return self.account

    @property
    def account(self) -> Json:
        return {
            **self.me,
            "email": EMAIL,
            "bio": "",
            "time_zone": "Europe/Berlin",
            "locale": "en-GB",
            "language": self.language,
            "week_start": "",
            "hour_cycle": "",
            "site_role": "user",
            "status": "active",
            "is_verified": True,
            "last_login_at": None,
            "has_second_factor": False,
            "mail_refused_at": stamp() if self.mail_refusal else None,
            "mail_refusal": self.mail_refusal,
            "version": 1,
            "created_at": stamp(days=90),
            "updated_at": stamp(days=2),
        }

    def add_list(self, name: str, colour: str = "teal", *, inbox: bool = False) -> Json:
        row: Json = {
            "id": self.new_id(),
            "name": name,
            "colour": colour,
            "icon": "",
            "is_inbox": inbox,
            "archived_at": None,
            "deleted_at": None,
            "version": 1,
            "created_at": stamp(days=30),
            "updated_at": stamp(days=1),
            "role": "owner",
            "placement": {"rank": f"V{self.ids:04d}V", "favourite": False, "folder_id": None},
            "view": None,
        }
        self.lists[row["id"]] = row
        self.labels[row["id"]] = {}
        self.members[row["id"]] = {}
        self.add_member(row["id"], "Ana Ruiz", "owner")
        return row

    def add_folder(self, name: str, *list_ids: str) -> Json:
        """Add a folder with these lists."""
        folder: Json = {"id": self.new_id(), "name": name, "rank": f"V{self.ids:04d}V"}
        self.folders[folder["id"]] = folder
        for list_id in list_ids:
            self.lists[list_id]["placement"]["folder_id"] = folder["id"]
        return folder

    def add_member(self, list_id: str, name: str, role: str = "editor") -> Json:
        """Add a member; return the user."""
        user = self.users[name]
        self.members[list_id][user["id"]] = {"user": user, "role": role, "joined_at": stamp(days=3)}
        return user

    def add_label(self, list_id: str, name: str, colour: str) -> Json:
        label: Json = {"id": self.new_id(), "list_id": list_id, "name": name, "colour": colour}
        self.labels[list_id][label["id"]] = label
        return label

    def add_todo(self, list_id: str, title: str, **fields: Any) -> Json:
        """Add a todo at the end of the list."""
        last = max((todo["rank"] for todo in self.todos_of(list_id, deleted=True)), default=_RANK_0)
        return self._put_todo(list_id, title, **{"rank": _rank_after(last), **fields})

    def add_todos(self, list_id: str, titles: Iterable[str]) -> None:
        """Add todos to an empty list, without looking through the list for each of them."""
        rank = _RANK_0
        for title in titles:
            rank = _rank_after(rank)
            self._put_todo(list_id, title, rank=rank)

    def _put_todo(self, list_id: str, title: str, **fields: Any) -> Json:
        row: Json = {
            **dict.fromkeys(TodoShape.model_fields),
            **empty_fields(),
            "id": self.new_id(),
            "list_id": list_id,
            "title": title,
            "comment_count": 0,
            "attachment_count": 0,
            "version": 1,
            "created_by": self.me["id"],
            "created_at": stamp(hours=5),
            "updated_at": stamp(hours=5),
            **fields,
        }
        self.todos[row["id"]] = row
        return row

    def add_comment(self, todo: Json, body: str, author: Json, created_at: str) -> Json:
        comment: Json = {
            "id": self.new_id(),
            "todo_id": todo["id"],
            "author": author,
            "body": body,
            "mentions": [],
            "reactions": [],
            "created_at": created_at,
            "edited_at": None,
        }
        self.comments[comment["id"]] = comment
        todo["comment_count"] += 1
        return comment

    def add_reminder(self, todo: Json, **fields: Any) -> Json:
        reminder: Json = {
            "id": self.new_id(),
            "todo_id": todo["id"],
            "list_id": todo["list_id"],
            "at": None,
            "minutes_before": None,
            "snoozed_until": None,
            "fires_at": stamp(hours=-20),
            "state": "scheduled",
            "sent_at": None,
            "detail": "",
            **fields,
        }
        self.reminders[reminder["id"]] = reminder
        return reminder

    def add_invitation(self, list_id: str, list_name: str, invited_by: Json, **fields: Any) -> Json:
        invitation: Json = {
            "id": self.new_id(),
            "list_id": list_id,
            "list_name": list_name,
            "email": EMAIL,
            "role": "editor",
            "invited_by": invited_by,
            "created_at": stamp(hours=1),
            "expires_at": stamp(days=-7),
            **fields,
        }
        self.invitations.append(invitation)
        return invitation

    def add_notification(self, **fields: Any) -> str:
        """Add an unread notification. Return its id."""
        row: Json = {
            "id": self.new_id(),
            "kind": "assigned",
            "actor": None,
            "list_id": None,
            "todo_id": None,
            "comment_id": None,
            "invitation_id": None,
            "list_name": None,
            "created_at": stamp(),
            "read_at": None,
            **fields,
        }
        self.notifications[row["id"]] = row
        return str(row["id"])

    def todos_of(self, list_id: str, *, deleted: bool = False) -> list[Json]:
        return [
            todo
            for todo in self.todos.values()
            if todo["list_id"] == list_id and (deleted or not todo["deleted_at"])
        ]
