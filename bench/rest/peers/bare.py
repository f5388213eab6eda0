"""The least that the work costs in Python: bare ASGI and asyncpg, JSON built by Postgres.

    DATABASE_URL=… TOKEN_KEY=… python -m bench.rest.peers.bare PORT [--one-statement]

Every request verifies the signature of its token; session, account and membership are conditions of
its first statement. A page or a snapshot is one statement. An edit is four between BEGIN and COMMIT:
lock and authorize, todo, event, head. With an Idempotency-Key a fifth saves the answer. With
`--one-statement` an edit is one statement. It validates no input and has no limits, no log, no
metrics, no publishing, no reminders.
"""

import hashlib
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import asyncpg
import orjson
import uvicorn

from bench.rest.peers import statements as sql
from bench.rest.peers.frames import event_frame
from bench.rest.peers.tokens import session_of
from shared.ids import new_id

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
POOL_SIZE = 10


class BareServer:
    def __init__(self, pool: Any, *, is_one_statement: bool) -> None:
        self._pool = pool
        self._edit = self._edit_in_one if is_one_statement else self._edit_in_four

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        session = session_of(headers.get(b"authorization", b""))
        if session is None:
            await _answer(send, 401, b"{}")
            return
        path, method = scope["path"], scope["method"]
        if method == "GET" and path == "/api/v1/todos":
            query = parse_qs(scope["query_string"].decode())
            body = await self._fetch_json(
                sql.PAGE_AS_JSON, session, query["list_id"][0], int(query["limit"][0])
            )
        elif method == "GET":
            list_id = path.split("/")[4]
            body = await self._fetch_json(sql.SNAPSHOT_AS_JSON, session, list_id, 500)
        elif method == "POST":
            body = await self._create(session, (await receive())["body"])
        else:
            sent = (await receive())["body"]
            key = headers.get(b"idempotency-key", b"").decode()
            body = await self._edit(session, path.rpartition("/")[2], sent, key)
        status = 404 if body is None else 201 if method == "POST" else 200
        await _answer(send, status, body or b"{}")

    async def _fetch_json(self, statement: str, *values: object) -> bytes | None:
        text = await self._pool.fetchval(statement, *values)
        return None if text is None else text.encode()

    async def _create(self, session: str, sent: bytes) -> bytes | None:
        new, now = orjson.loads(sent), datetime.now(UTC)
        list_id, todo_id = new["list_id"], new_id()
        async with self._pool.acquire() as connection, connection.transaction():
            locked = await connection.fetchrow(sql.LOCK_LIST, session, list_id)
            if locked is None:
                return None
            head, user_id, name = locked
            # The list's next number orders its todos.
            rank = f"{head + 1:010d}"
            text = await connection.fetchval(
                sql.INSERT_AS_JSON, todo_id, list_id, new["title"], rank, user_id, now
            )
            todo: bytes = text.encode()
            frame = event_frame(list_id, head + 1, "todo.created", now, (user_id, name), todo)
            await connection.execute(sql.RECORD, list_id, head + 1, "todo.created", now, frame)
            await connection.execute(sql.RAISE, list_id, head + 1)
        return todo

    async def _edit_in_four(
        self, session: str, todo_id: str, sent: bytes, key: str
    ) -> bytes | None:
        title, now = orjson.loads(sent)["title"], datetime.now(UTC)
        request_hash = hashlib.sha256(todo_id.encode() + sent).hexdigest() if key else ""
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                locked = await connection.fetchrow(sql.LOCK_TODO, session, todo_id)
                if locked is None:
                    return None
                list_id, head, user_id, name = locked
                text = await connection.fetchval(sql.EDIT_AS_JSON, todo_id, title, now)
                todo: bytes = text.encode()
                frame = event_frame(list_id, head + 1, "todo.edited", now, (user_id, name), todo)
                await connection.execute(sql.RECORD, list_id, head + 1, "todo.edited", now, frame)
                await connection.execute(sql.RAISE, list_id, head + 1)
                if key:
                    await connection.execute(sql.SAVE_ANSWER, user_id, key, request_hash, todo, now)
        except asyncpg.UniqueViolationError:
            saved: bytes | None = await self._pool.fetchval(
                sql.SAVED_ANSWER, session, key, request_hash
            )
            return saved
        return todo

    async def _edit_in_one(self, session: str, todo_id: str, sent: bytes, key: str) -> bytes | None:
        title, now = orjson.loads(sent)["title"], datetime.now(UTC)
        return await self._fetch_json(sql.EDIT_IN_ONE, session, todo_id, title, now, ["title"])


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def main() -> None:
    url = os.environ["DATABASE_URL"]
    async with asyncpg.create_pool(url, min_size=POOL_SIZE, max_size=POOL_SIZE) as pool:
        app = BareServer(pool, is_one_statement="--one-statement" in sys.argv)
        port = int(sys.argv[1])
        config = uvicorn.Config(
            app, port=port, lifespan="off", access_log=False, log_level="warning"
        )
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
