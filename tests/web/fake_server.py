"""A server of one process and no database that speaks the contract to the web client.

It exists to do what a good server never does on purpose: refuse, hang up, forget, be slow. That
the real one and the client agree is proven by tests/journeys, not here. Never shipped.
"""

import asyncio
import contextlib
import mimetypes
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

WEB = Path(__file__).resolve().parents[2] / "web"
EPOCH = "e1"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; "
    "connect-src 'self' ws: wss:; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
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

    def add_todo(self, list_id: str, title: str, **fields: Any) -> Json:
        last = max(
            (todo["rank"] for todo in self.todos.values() if todo["list_id"] == list_id),
            default="a0000",
        )
        row = {
            "id": self.new_id(),
            "list_id": list_id,
            "parent_id": None,
            "title": title,
            "notes": "",
            "status": "pending",
            "priority": 0,
            "due": None,
            "due_at": None,
            "metadata": {},
            "rank": f"a{int(last[1:5]) + 10:04d}",
            "assignees": [],
            "labels": [],
            "comment_count": 0,
            "completed_at": None,
            "completed_by": None,
            "deleted_at": None,
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
            {"todo": dict(todo), "changed": sorted(changes), "overwrote": None},
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


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    return JSONResponse(
        {
            "type": "about:blank",
            "title": code,
            "status": status,
            "detail": detail,
            "code": code,
            "errors": [],
            **more,
        },
        status,
        media_type="application/problem+json",
    )


def write(
    world: World, method: str, path: str, body: Json, key: str | None
) -> tuple[int, Any, str]:
    """Carries out one write. Returns status, body and Livelist-Seq."""
    words = path.strip("/").split("/")
    match method, words:
        case "POST", ["todos"]:
            before = world.todos.get(body.pop("before_id", ""))
            after = world.todos.get(body.pop("after_id", ""))
            todo = world.add_todo(body.pop("list_id"), body.pop("title"), **body)
            place(todo, before, after)
            return (
                201,
                todo,
                world.record(todo["list_id"], "todo.created", {"todo": dict(todo)}, mutation=key),
            )
        case "PATCH", ["todos", todo_id]:
            body.pop("base_seq", None)
            seq = world.edit(todo_id, by="Ana Ruiz", mutation=key, **body)
            return 200, world.todos[todo_id], seq
        case "POST", ["todos", todo_id, "complete"]:
            seq = world.edit(todo_id, by="Ana Ruiz", mutation=key, status="completed")
            return 200, world.todos[todo_id], seq
        case "DELETE", ["todos", todo_id]:
            todo = world.todos[todo_id]
            todo["deleted_at"] = stamp()
            return (
                204,
                None,
                world.record(
                    todo["list_id"],
                    "todo.deleted",
                    {"todo_id": todo_id, "deleted_at": todo["deleted_at"]},
                    mutation=key,
                ),
            )
        case "POST", ["todos", todo_id, "restore"]:
            todo = world.todos[todo_id]
            todo["deleted_at"] = None
            return (
                200,
                todo,
                world.record(todo["list_id"], "todo.restored", {"todo": dict(todo)}, mutation=key),
            )
        case "POST", ["todos", todo_id, "move"]:
            return move(world, world.todos[todo_id], body, key)
        case "POST", ["todos", todo_id, "comments"]:
            todo = world.todos[todo_id]
            comment = {
                "id": world.new_id(),
                "todo_id": todo_id,
                "author": world.me,
                "body": body["body"],
                "mentions": [],
                "created_at": stamp(),
                "edited_at": None,
            }
            world.comments[comment["id"]] = comment
            todo["comment_count"] += 1
            return (
                201,
                comment,
                world.record(
                    todo["list_id"],
                    "comment.added",
                    {"comment": comment, "comment_count": todo["comment_count"]},
                    mutation=key,
                ),
            )
        case "POST", ["todos", todo_id, "reminders"]:
            reminder = {
                "id": world.new_id(),
                "todo_id": todo_id,
                "list_id": world.todos[todo_id]["list_id"],
                "at": None,
                "minutes_before": None,
                "fires_at": stamp(hours=-20),
                "state": "scheduled",
                "sent_at": None,
                "detail": "",
                **body,
            }
            world.reminders[reminder["id"]] = reminder
            return (
                201,
                reminder,
                world.record(
                    world.own_stream, "reminder.set", {"reminder": reminder}, mutation=key
                ),
            )
        case "POST", ["lists", list_id, "labels"]:
            label = world.add_label(list_id, body["name"], body["colour"])
            return (
                201,
                label,
                world.record(list_id, "label.created", {"label": label}, mutation=key),
            )
        case "POST", ["lists"]:
            row = world.my_list(world.add_list(body["name"], body.get("colour", "teal")))
            return (
                201,
                row,
                world.record(world.own_stream, "list.added", {"list": row}, mutation=key),
            )
        case "PATCH", ["lists", list_id]:
            archived = body.pop("archived", None)
            world.lists[list_id].update(
                body, **({} if archived is None else {"archived_at": stamp() if archived else None})
            )
            return (
                200,
                world.my_list(world.lists[list_id]),
                world.record(
                    list_id,
                    "list.edited",
                    {"list": world.lists[list_id], "changed": sorted(body)},
                    mutation=key,
                ),
            )
        case "POST", ["lists", list_id, "invitations"]:
            invitation = {
                "id": world.new_id(),
                "list_id": list_id,
                "list_name": world.lists[list_id]["name"],
                "email": body["email"],
                "role": body["role"],
                "invited_by": world.me,
                "created_at": stamp(),
                "expires_at": stamp(days=-7),
            }
            world.invitations.append(invitation)
            return 201, invitation, ""
        case "DELETE", ["lists", list_id, "members", user_id]:
            del world.members[list_id][user_id]
            return (
                204,
                None,
                world.record(
                    list_id,
                    "member.removed",
                    {"user_id": user_id, "reason": "removed"},
                    mutation=key,
                ),
            )
        case _:
            return 204, None, ""


def place(todo: Json, before: Json | None, after: Json | None) -> None:
    if before:
        todo["rank"] = before["rank"][:4] + chr(ord(before["rank"][4]) - 1) + "V"
    elif after:
        todo["rank"] = after["rank"] + "V"


def move(world: World, todo: Json, body: Json, key: str | None) -> tuple[int, Any, str]:
    place(
        todo, world.todos.get(body.get("before_id", "")), world.todos.get(body.get("after_id", ""))
    )
    if body.get("list_id") in (None, todo["list_id"]):
        return 200, todo, world.edit(todo["id"], by="Ana Ruiz", mutation=key)
    out = world.record(todo["list_id"], "todo.moved_out", {"todo_id": todo["id"]}, mutation=key)
    todo.update(list_id=body["list_id"], labels=[])
    return (
        200,
        todo,
        f"{out}, {world.record(todo['list_id'], 'todo.moved_in', {'todo': dict(todo)}, mutation=key)}",
    )


def read(world: World, path: str, query: Json) -> Any:
    words = path.strip("/").split("/")
    match words:
        case ["users", "me", "snapshot"]:
            return {
                "stream": world.position(world.own_stream),
                "account": world.account,
                "lists": [world.my_list(row) for row in world.lists.values()],
                "invitations": [
                    item for item in world.invitations if item["email"] == "ana@example.org"
                ],
                "reminders": list(world.reminders.values()),
            }
        case ["lists", list_id, "snapshot"] if list_id in world.lists:
            start = int(query.get("cursor", 0))
            todos = world.todos_of(list_id)
            page = [dict(todo) for todo in todos[start : start + world.page_size]]
            more = start + world.page_size < len(todos)
            return {
                "stream": world.position(list_id),
                "list": world.my_list(world.lists[list_id]),
                "members": list(world.members[list_id].values()),
                "labels": list(world.labels[list_id].values()),
                "todos": page,
                "next_cursor": str(start + world.page_size) if more else None,
            }
        case ["lists", list_id, "invitations"]:
            return {"items": [item for item in world.invitations if item["list_id"] == list_id]}
        case ["todos", todo_id, "comments"]:
            return page_of(
                [comment for comment in world.comments.values() if comment["todo_id"] == todo_id]
            )
        case ["todos"]:
            return page_of([todo for todo in world.todos.values() if todo["deleted_at"]])
        case ["lists"]:
            return page_of(
                [world.my_list(row) for row in world.lists.values() if row["deleted_at"]]
            )
        case ["auth", "sessions"]:
            return {
                "items": [
                    {
                        "id": world.new_id(),
                        "user_agent": agent,
                        "address": address,
                        "current": current,
                        "created_at": stamp(days=9),
                        "last_used_at": stamp(hours=hours),
                        "expires_at": stamp(days=-20),
                    }
                    for agent, address, current, hours in (
                        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0", "203.0.113.7", True, 0),
                        (
                            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Safari/605",
                            "203.0.113.21",
                            False,
                            3,
                        ),
                        (
                            "Mozilla/5.0 (Macintosh; Mac OS X 14) Firefox/131.0",
                            "198.51.100.4",
                            False,
                            50,
                        ),
                    )
                ]
            }
    return None


def page_of(items: list[Json]) -> Json:
    return {"items": items, "next_cursor": None, "total": len(items)}


def sign_in(world: World, path: str, body: Json) -> Response:
    if path == "/auth/login" and body["password"] == "wrong-password":
        return problem(401, "bad_credentials", "That address and password do not match.")
    if path == "/auth/refresh" and not world.signed_in:
        return problem(401, "unauthenticated", "Sign in to do this.")
    world.signed_in = True
    return JSONResponse(
        {"access_token": "t", "refresh_token": None, "token_type": "bearer", "expires_in": 900}
    )


def application(world: World) -> Starlette:
    async def api(request: Request) -> Response:
        path = request.path_params["path"]
        path = f"/{path}"
        raw = await request.body()
        body = (await request.json()) if raw else {}
        world.requests.append((request.method, path, dict(body)))
        if not world.reachable:
            return Response(status_code=503)
        if (
            world.gate is not None
            and request.method != "GET"
            and not path.startswith(("/auth", "/ws-ticket"))
        ):
            await world.gate.wait()
        for index, (method, prefix, status, answer) in enumerate(world.refusals):
            if method == request.method and path.startswith(prefix):
                del world.refusals[index]
                return problem(status, **answer)
        if path in ("/auth/login", "/auth/refresh", "/auth/verify-email"):
            return sign_in(world, path, body)
        if path in ("/auth/register", "/auth/forgot-password", "/auth/resend-verification"):
            return JSONResponse({"status": "accepted"}, 202)
        if path == "/ws-ticket":
            return JSONResponse({"ticket": "ticket", "expires_in": 30})
        if request.method == "GET":
            found = read(world, path, dict(request.query_params))
            return (
                problem(404, "not_found", "There is nothing here.")
                if found is None
                else JSONResponse(found)
            )
        key = request.headers.get("Idempotency-Key")
        if key is None or key not in world.answers:
            answer_ = write(world, request.method, path, body, key)
            if key is not None:
                world.answers[key] = answer_
        else:
            answer_ = world.answers[key]
        status_, content, positions = answer_
        headers = {"Livelist-Seq": positions} if positions else {}
        return (
            Response(status_code=status_, headers=headers)
            if content is None
            else JSONResponse(content, status_, headers)
        )

    async def live(ws: WebSocket) -> None:
        if not world.reachable:
            return await ws.close(1011)
        await ws.accept(subprotocol="livelist.v1")
        try:
            hello = await ws.receive_json()
            await ws.send_json(
                {
                    "type": "welcome",
                    "re": hello["id"],
                    "connection": "c",
                    "user": world.me,
                    "heartbeat_seconds": 25,
                }
            )
            world.sockets[ws] = set()
            while True:
                await hear(world, ws, await ws.receive_json())
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            world.sockets.pop(ws, None)
        return None

    async def page(request: Request) -> Response:
        path = request.url.path
        file = WEB / path.removeprefix("/web/") if path.startswith("/web/") else WEB / "index.html"
        if path == "/dev/mail.json" or not file.is_file():
            return Response(status_code=404)
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        kind = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}.get(
            file.suffix, kind
        )
        return Response(
            file.read_bytes(),
            media_type=kind,
            headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"},
        )

    return Starlette(
        routes=[
            Route("/api/v1/{path:path}", api, methods=["GET", "POST", "PATCH", "DELETE"]),
            WebSocketRoute("/ws", live),
            Route("/{path:path}", page),
        ]
    )


async def hear(world: World, ws: WebSocket, frame: Json) -> None:
    if frame["type"] == "unsubscribe":
        world.sockets[ws] -= set(frame["lists"])
        for name in frame["lists"]:
            await quietly_send(
                ws, {"type": "unsubscribed", "re": frame["id"], "list": name, "reason": "requested"}
            )
    if frame["type"] != "subscribe":
        return
    for cursor in frame["lists"]:
        name = cursor["list"]
        if name not in world.heads:
            await quietly_send(
                ws,
                {
                    "type": "error",
                    "re": frame["id"],
                    "code": "not_found",
                    "detail": "",
                    "list": name,
                },
            )
            continue
        if cursor["since"] < world.floors.get(name, 0) or cursor["since"] > world.heads[name]:
            await quietly_send(
                ws,
                {
                    "type": "reset",
                    "re": frame["id"],
                    "list": name,
                    "epoch": EPOCH,
                    "seq": world.heads[name],
                    "reason": "trimmed",
                },
            )
            continue
        missed = [event for event in world.log.get(name, []) if event["seq"] > cursor["since"]]
        if missed:
            await quietly_send(ws, {"type": "batch", "frames": missed})
        await quietly_send(
            ws,
            {
                "type": "subscribed",
                "re": frame["id"],
                "list": name,
                "epoch": EPOCH,
                "seq": world.heads[name],
            },
        )
        world.sockets[ws].add(name)


@contextlib.asynccontextmanager
async def serving(world: World) -> AsyncIterator[str]:
    """Serves `world` on a free port of this machine. Yields its origin."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(
            application(world),
            log_level="error",
            ws="websockets-sansio",
            timeout_graceful_shutdown=1,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            await asyncio.sleep(0)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
        listener.close()
