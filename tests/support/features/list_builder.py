"""Make lists with members, and send requests as one of them: for tests of todos, comments, reminders.

Lists and labels are inserted into the tables directly: other tests cover their commands.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
from sqlalchemy import insert, select

from shared.accounts.authentication.access_tokens import make_access_token
from shared.actor import Actor
from shared.contract.shapes import Role
from shared.ids import LabelId, ListId, StreamId, new_id
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.labels import LabelRow
from shared.tables.streams import EventRow
from shared.tables.todos import TodoRow
from tests.support.list_rows import insert_list

API = "/api/v1"
OWNER, EDITOR, COMMENTER, VIEWER = Role.OWNER, Role.EDITOR, Role.COMMENTER, Role.VIEWER
# The body of a todo with a value in each field that names nothing of a list.
FULL_TODO: dict[str, Any] = {
    "title": "Milk",
    "description": "two litres",
    "status": "in_progress",
    "priority": 4,
    "due": {"at": "2026-12-24T09:00", "zone": "Europe/Berlin"},
    "metadata": {"shop": {"aisle": 3}},
}


@dataclass
class ListBuilder:
    """Make lists, labels and todos, and send requests as any user without signing in."""

    resources: Resources
    client: httpx.AsyncClient
    settings: Settings
    # The resources that the application behind `client` opened for itself.
    served: Resources
    _tokens: dict[Actor, str] = field(default_factory=dict)

    async def make_list(
        self, members: Mapping[Actor, Role], *, name: str = "Home", inbox_of: Actor | None = None
    ) -> ListId:
        owner_of_inbox = inbox_of.user_id if inbox_of else None
        return await insert_list(self.resources, members, name=name, inbox_of=owner_of_inbox)

    async def make_label(self, list_id: ListId, name: str) -> LabelId:
        label_id = LabelId(new_id())
        async with self.resources.begin() as work:
            await work.connection.execute(
                insert(LabelRow).values(
                    id=label_id,
                    list_id=list_id,
                    name=name,
                    name_key=name.casefold(),
                    created_at=work.now,
                )
            )
        return label_id

    async def insert_todos(self, list_id: ListId, count: int, **fields: Any) -> list[str]:
        """Insert todos into the list, in order, in one statement and without events."""
        ids = [new_id() for _ in range(count)]
        at = datetime(2026, 11, 21, tzinfo=UTC)
        rows = [
            {
                "id": todo_id,
                "list_id": list_id,
                "title": f"Number {number}",
                "search_text": f"number {number}",
                "rank": f"V{number:05}V",
                "created_at": at + timedelta(seconds=number),
                "updated_at": at + timedelta(seconds=number),
                **fields,
            }
            for number, todo_id in enumerate(ids)
        ]
        async with self.resources.begin() as work:
            await work.connection.execute(insert(TodoRow), rows)
        return ids

    async def request(
        self, actor: Actor, method: str, path: str, json: Any = None, **headers: str
    ) -> httpx.Response:
        """Send a request as `actor`. Header names are written with _ for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = self.headers(actor) | named
        content = None if json is None else orjson.dumps(json)
        if content is not None:
            sent["Content-Type"] = "application/json"
        return await self.client.request(method, API + path, content=content, headers=sent)

    async def add_todo(
        self, actor: Actor, list_id: ListId, title: str = "Milk", **fields: Any
    ) -> Any:
        """Create a todo as `actor` and return it."""
        body = {"list_id": list_id, "title": title} | fields
        answer = await self.request(actor, "POST", "/todos", body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def headers(self, actor: Actor) -> dict[str, str]:
        if actor not in self._tokens:
            now = self.resources.clock.now()
            token, _ = make_access_token(self.settings, actor.user_id, actor.session_id, now)
            self._tokens[actor] = token
        return {"Authorization": f"Bearer {self._tokens[actor]}"}

    async def events(self, stream: str, since: int = 0) -> list[dict[str, Any]]:
        """Return the event frames of a stream, in order."""
        async with self.resources.begin_read() as read:
            frames = await read.connection.scalars(
                select(EventRow.frame)
                .where(EventRow.stream_id == StreamId(stream), EventRow.seq > since)
                .order_by(EventRow.seq)
            )
            return [orjson.loads(frame) for frame in frames]


@asynccontextmanager
async def recorded_statements(
    resources: Resources, *, with_boundaries: bool = False
) -> AsyncIterator[list[str]]:
    """Yield the list of statements sent through these resources while the block runs.

    Leave out BEGIN, COMMIT and ROLLBACK unless `with_boundaries`, the query for the caller's session,
    which is cached for a while, queries for the time (api/operations/clock_sync.py), and heartbeats.
    """
    statements: list[str] = []

    def record(statement: str, values: Any) -> None:
        plain = " ".join(statement.split())
        is_time = plain.startswith(("SELECT statement_timestamp()", "SELECT (strftime("))
        is_boundary = plain.startswith(("BEGIN", "COMMIT", "ROLLBACK"))
        is_unasked = is_time or plain.startswith(("UPDATE api_nodes", "INSERT INTO api_nodes"))
        if (with_boundaries or not is_boundary) and "JOIN sessions" not in plain and not is_unasked:
            statements.append(plain)

    resources.database.observer = record
    try:
        yield statements
    finally:
        resources.database.observer = None
