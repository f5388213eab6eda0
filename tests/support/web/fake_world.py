"""All that exists in the client's tests, every way to change it, and every way to misbehave."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from shared.contract.shapes import TodoShape
from shared.todos.rules.todo_edits import empty_fields

EPOCH = "e1"
Json = dict[str, Any]


def stamp(**ago: float) -> str:
    return (
        (datetime.now(UTC) - timedelta(**ago))
        .isoformat(timespec="microseconds")
        .replace("+00:00", "Z")
    )


class World:
    """All there is, and every way to misbehave."""

    def __init__(self) -> None:
        self.ids = 0
        self.users = {
            name: self._user(name) for name in ("Ana Ruiz", "Ben Okafor", "Chidi Lindqvist")
        }
        self.me = self.users["Ana Ruiz"]
        self.lists: dict[str, Json] = {}
        self.members: dict[str, dict[str, Json]] = {}
        self.labels: dict[str, dict[str, Json]] = {}
        self.todos: dict[str, Json] = {}
        self.comments: dict[str, Json] = {}
        self.reminders: dict[str, Json] = {}
        self.invitations: list[Json] = []
        self.occurrences: list[Json] = []
        self.notifications: dict[str, Json] = {}
        kinds = ("assigned", "mentioned", "commented", "invited", "removed", "reminded")
        self.preferences: Json = {
            "channels": {kind: {"in_app": True, "mail": True, "push": True} for kind in kinds},
            "digest": False,
            "digest_hour": 8,
        }
        self.heads: dict[str, int] = {self.own_stream: 0}
        self.log: dict[str, list[Json]] = {}
        self.floors: dict[str, int] = {}
        self.sockets: dict[WebSocket, set[str]] = {}
        self.answers: dict[str, tuple[int, Any, str]] = {}
        self.requests: list[tuple[str, str, Any]] = []
        # (method, path prefix, status, problem): used up by the first request that matches.
        self.refusals: list[tuple[str, str, int, Json]] = []
        self.signed_in = True
        self.reachable = True
        # What browsers subscribe with, and the endpoints of those that did.
        self.push_key: str | None = None
        self.devices: list[str] = []
        # The codes with which the mail server of Ana's address refuses it.
        self.mail_refusal = ""
        self.muted = False
        self.page_size = 500
        self.gate: asyncio.Event | None = None

    def _user(self, name: str) -> Json:
        return {"id": self.new_id(), "name": name, "avatar_url": None}

    def new_id(self) -> str:
        self.ids += 1
        return f"{self.ids:026d}"

    @property
    def own_stream(self) -> str:
        return f"user:{self.me['id']}"

    @property
    def account(self) -> Json:
        return {
            **self.me,
            "email": "ana@example.org",
            "bio": "",
            "time_zone": "Europe/Berlin",
            "locale": "en-GB",
            "site_role": "user",
            "status": "active",
            "is_verified": True,
            "last_login_at": None,
            "mail_refused_at": stamp() if self.mail_refusal else None,
            "mail_refusal": self.mail_refusal,
            "version": 1,
            "created_at": stamp(days=90),
            "updated_at": stamp(days=2),
        }

    # What there is

    def add_list(
        self,
        name: str,
        colour: str = "teal",
        *,
        role: str = "owner",
        inbox: bool = False,
        **extra: Any,
    ) -> Json:
        row = {
            "id": self.new_id(),
            "name": name,
            "colour": colour,
            "is_inbox": inbox,
            "archived_at": None,
            "deleted_at": None,
            "version": 1,
            "created_at": stamp(days=30),
            "updated_at": stamp(days=1),
            "role": role,
            **extra,
        }
        self.lists[row["id"]] = row
        self.heads[row["id"]] = 0
        self.labels[row["id"]] = {}
        self.members[row["id"]] = {
            self.me["id"]: {"user": self.me, "role": role, "joined_at": stamp(days=30)}
        }
        return row

    def add_member(self, list_id: str, name: str, role: str = "editor") -> Json:
        user = self.users[name]
        self.members[list_id][user["id"]] = {"user": user, "role": role, "joined_at": stamp(days=3)}
        return user

    def add_label(self, list_id: str, name: str, colour: str) -> Json:
        label = {"id": self.new_id(), "list_id": list_id, "name": name, "colour": colour}
        self.labels[list_id][label["id"]] = label
        return label

    def add_notification(self) -> str:
        """Returns the id of another one, unread: somebody was here before."""
        row: Json = {
            "id": self.new_id(), "kind": "assigned", "actor": None, "list_id": None, "todo_id": None,
            "comment_id": None, "invitation_id": None, "list_name": None, "created_at": stamp(),
            "read_at": None,
        }  # fmt: skip
        self.notifications[row["id"]] = row
        return str(row["id"])

    def add_todo(self, list_id: str, title: str, **fields: Any) -> Json:
        last = max(
            (todo["rank"] for todo in self.todos.values() if todo["list_id"] == list_id),
            default="a0000",
        )
        row: Json = {
            **dict.fromkeys(TodoShape.model_fields),
            **empty_fields(),
            "id": self.new_id(),
            "list_id": list_id,
            "title": title,
            "rank": f"a{int(last[1:5]) + 10:04d}",
            "comment_count": 0,
            "version": 1,
            "created_by": self.me["id"],
            "created_at": stamp(hours=5),
            "updated_at": stamp(hours=5),
            **fields,
        }
        self.todos[row["id"]] = row
        return row

    def my_list(self, row: Json) -> Json:
        count = sum(
            1 for todo in self.todos_of(row["id"]) if todo["status"] in ("pending", "in_progress")
        )
        return {**row, "open_count": count, "stream": self.position(row["id"])}

    def todos_of(self, list_id: str) -> list[Json]:
        return [
            todo
            for todo in self.todos.values()
            if todo["list_id"] == list_id and not todo["deleted_at"]
        ]

    def position(self, stream: str) -> Json:
        return {"list_id": stream, "epoch": EPOCH, "seq": self.heads[stream]}

    # What happens

    def record(
        self,
        stream: str,
        event: str,
        data: Json,
        *,
        mutation: str | None = None,
        by: str | None = None,
    ) -> str:
        """Takes the next position, keeps the event and tells all who follow. Returns Livelist-Seq."""
        self.heads[stream] += 1
        actor = self.users[by] if by else self.me
        frame = {
            "type": "event",
            "list": stream,
            "seq": self.heads[stream],
            "event": event,
            "at": stamp(),
            "actor": {"id": actor["id"], "name": actor["name"]},
            "mutation": mutation,
            "data": data,
        }
        self.log.setdefault(stream, []).append(frame)
        if not self.muted:
            for ws, streams in list(self.sockets.items()):
                if stream in streams:
                    asyncio.get_running_loop().create_task(quietly_send(ws, frame))
        return f"{stream}:{EPOCH}:{self.heads[stream]}"

    def edit(
        self, todo_id: str, by: str = "Ben Okafor", mutation: str | None = None, **changes: Any
    ) -> str:
        todo = self.todos[todo_id]
        todo.update(changes, version=todo["version"] + 1, updated_at=stamp())
        if changes.get("status") == "completed":
            todo.update(completed_at=stamp(), completed_by=self.users[by]["id"])
        elif "status" in changes:
            todo.update(completed_at=None, completed_by=None)
        return self.record(
            todo["list_id"],
            "todo.edited",
            {"todo": dict(todo), "changed": sorted(changes), "overwrote": None, "ended": None},
            mutation=mutation,
            by=by,
        )

    async def ping(self) -> None:
        for ws in list(self.sockets):
            await quietly_send(
                ws, {"type": "ping", "heads": {name: self.heads[name] for name in self.sockets[ws]}}
            )

    async def hang_up(self, code: int) -> None:
        for ws in list(self.sockets):
            with contextlib.suppress(RuntimeError):
                await ws.close(code)
            self.sockets.pop(ws, None)


async def quietly_send(ws: WebSocket, frame: Json) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        if ws.application_state is WebSocketState.CONNECTED:
            await ws.send_json(frame)
