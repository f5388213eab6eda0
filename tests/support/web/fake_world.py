"""The state of the fake server: entities, streams of events, and ways to misbehave."""

import asyncio
import contextlib
from collections import Counter
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from tests.support.web.fake_entities import FakeEntities, Json, stamp

EPOCH = "e1"


class FakeWorld(FakeEntities):
    """All that the fake server knows, and the ways in which it misbehaves on request."""

    def __init__(self) -> None:
        super().__init__()
        # The last sequence number of each stream; a stream without events has none.
        self.heads: Counter[str] = Counter()
        self.log: dict[str, list[Json]] = {}
        self.floors: dict[str, int] = {}
        # The streams that each connection follows.
        self.sockets: dict[WebSocket, set[str]] = {}
        # Answers to writes by Idempotency-Key, and all requests in order.
        self.answers: dict[str, tuple[int, Any, str]] = {}
        self.requests: list[tuple[str, str, Any]] = []

        # (method, path prefix, status, problem): used up by the first request that matches.
        self.refusals: list[tuple[str, str, int, Json]] = []
        self.signed_in = True
        self.must_set_up_second_factor = False
        self.reachable = True
        # Recorded events are not sent.
        self.muted = False
        self.page_size = 500
        # Writes wait for this before they are carried out.
        self.gate: asyncio.Event | None = None

    @property
    def own_stream(self) -> str:
        return f"user:{self.me['id']}"

    def my_list(self, row: Json) -> Json:
        """Return the list as Ana's account shows it."""
        is_open = ("pending", "in_progress")
        count = sum(todo["status"] in is_open for todo in self.todos_of(row["id"]))
        return {**row, "open_count": count, "stream": self.position(row["id"])}

    def position(self, stream: str) -> Json:
        return {"list_id": stream, "epoch": EPOCH, "seq": self.heads[stream]}

    def record(
        self,
        stream: str,
        event: str,
        data: Json,
        *,
        mutation: str | None = None,
        by: str | None = None,
    ) -> str:
        """Append an event to a stream and send it to its subscribers. Return Livelist-Seq."""
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
                    asyncio.get_running_loop().create_task(send_if_open(ws, frame))
        return f"{stream}:{EPOCH}:{self.heads[stream]}"

    def edit(
        self, todo_id: str, by: str = "Ben Okafor", mutation: str | None = None, **changes: Any
    ) -> str:
        """Edit a todo and record the event. Return Livelist-Seq."""
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
        """Send every connection a ping with the heads of the streams that it follows."""
        for ws, streams in list(self.sockets.items()):
            heads = {name: self.heads[name] for name in streams}
            await send_if_open(ws, {"type": "ping", "heads": heads})

    async def close_sockets(self, code: int) -> None:
        for ws in list(self.sockets):
            with contextlib.suppress(RuntimeError):
                await ws.close(code)
            self.sockets.pop(ws, None)


async def send_if_open(ws: WebSocket, frame: Json) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        if ws.application_state is WebSocketState.CONNECTED:
            await ws.send_json(frame)
