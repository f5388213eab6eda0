"""Starlette and asyncpg: rows become dicts, dicts become JSON with orjson.

    DATABASE_URL=… TOKEN_KEY=… python -m bench.rest.peers.starlette_rows PORT

The way of a careful author without an ORM. Each request verifies the signature of its token and reads
session and account in a statement of its own; membership is a condition of the next. An edit is the
four statements of the bare server between BEGIN and COMMIT. It has no idempotency keys.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.rest.peers import statements as sql
from bench.rest.peers.frames import event_frame
from bench.rest.peers.tokens import session_of
from shared.ids import new_id

POOL_SIZE = 10
USER = f"""
    SELECT se.id AS session_id, u.id, u.name FROM sessions se JOIN users u ON u.id = se.user_id
    WHERE se.id = $1 AND {sql.IS_LIVE}"""  # noqa: S608  composed of constants
ROLE = "SELECT role FROM members WHERE list_id = $2 AND user_id = $1"
LIST = """
    SELECT li.id, li.name, li.colour, li.archived_at, li.version, li.created_at, li.updated_at,
        s.epoch, s.head, m.role, (
            SELECT count(*) FROM todos WHERE list_id = $2 AND deleted_at IS NULL
                AND status IN ('pending', 'in_progress')) AS open_count
    FROM lists li JOIN streams s ON s.id = li.id JOIN members m ON m.list_id = li.id
    WHERE m.user_id = $1 AND li.id = $2"""
MEMBERS = """
    SELECT u.id, u.name, u.avatar_url, m.role, m.joined_at
    FROM members m JOIN users u ON u.id = m.user_id WHERE m.list_id = $1 ORDER BY 5, 1"""
LABELS = "SELECT id, list_id, name, colour FROM labels WHERE list_id = $1 ORDER BY id"
TODOS = sql.PAGE.replace("$2", "$1").replace("$3", "$2")
COUNT = sql.COUNT.replace("$2", "$1")


class Json(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


@asynccontextmanager
async def open_pool(app: Starlette) -> AsyncIterator[None]:
    url = os.environ["DATABASE_URL"]
    async with asyncpg.create_pool(url, min_size=POOL_SIZE, max_size=POOL_SIZE) as pool:
        app.state.pool = pool
        yield


async def read_user(connection: Any, request: Request) -> Any:
    session = session_of(request.headers.get("Authorization", "").encode())
    user = session and await connection.fetchrow(USER, session)
    if not user:
        raise HTTPException(401)
    return user


def todo_of(row: Any) -> dict[str, Any]:
    todo = dict(row)
    # asyncpg returns JSON as text.
    todo["metadata"] = orjson.Fragment(todo["metadata"])
    todo["repeat"] = None if todo["repeat"] is None else orjson.Fragment(todo["repeat"])
    return todo


async def read_page(request: Request) -> Json:
    list_id, limit = request.query_params["list_id"], int(request.query_params["limit"])
    async with request.app.state.pool.acquire() as connection:
        user = await read_user(connection, request)
        if await connection.fetchval(ROLE, user["id"], list_id) is None:
            raise HTTPException(404)
        total = await connection.fetchval(COUNT, list_id)
        rows = await connection.fetch(TODOS, list_id, limit)
    return Json({"items": [todo_of(row) for row in rows], "total": total})


async def read_snapshot(request: Request) -> Json:
    list_id = request.path_params["list_id"]
    async with request.app.state.pool.acquire() as connection:
        user = await read_user(connection, request)
        found = await connection.fetchrow(LIST, user["id"], list_id)
        if found is None:
            raise HTTPException(404)
        members = await connection.fetch(MEMBERS, list_id)
        labels = await connection.fetch(LABELS, list_id)
        todos = await connection.fetch(TODOS, list_id, 500)
    shown = dict(found)
    stream = {"list_id": list_id, "epoch": shown.pop("epoch"), "seq": shown.pop("head")}
    return Json(
        {
            "stream": stream,
            "list": shown,
            "members": [dict(row) for row in members],
            "labels": [dict(row) for row in labels],
            "todos": [todo_of(row) for row in todos],
        }
    )


async def create_todo(request: Request) -> Response:
    new, now, todo_id = orjson.loads(await request.body()), datetime.now(UTC), new_id()
    list_id = new["list_id"]
    async with request.app.state.pool.acquire() as connection:
        user = await read_user(connection, request)
        async with connection.transaction():
            locked = await connection.fetchrow(sql.LOCK_LIST, user["session_id"], list_id)
            if locked is None:
                raise HTTPException(404)
            seq = locked["head"] + 1
            values = todo_id, list_id, new["title"], f"{seq:010d}", user["id"], now
            todo = (await connection.fetchval(sql.INSERT_AS_JSON, *values)).encode()
            await record(connection, list_id, seq, "todo.created", now, user, todo)
    return Response(todo, 201, media_type="application/json")


async def edit_todo(request: Request) -> Response:
    todo_id, now = request.path_params["todo_id"], datetime.now(UTC)
    title = orjson.loads(await request.body())["title"]
    async with request.app.state.pool.acquire() as connection:
        user = await read_user(connection, request)
        async with connection.transaction():
            locked = await connection.fetchrow(sql.LOCK_TODO, user["session_id"], todo_id)
            if locked is None:
                raise HTTPException(404)
            todo = (await connection.fetchval(sql.EDIT_AS_JSON, todo_id, title, now)).encode()
            seq = locked["head"] + 1
            await record(connection, locked["list_id"], seq, "todo.edited", now, user, todo)
    return Response(todo, media_type="application/json")


async def record(
    connection: Any, list_id: str, seq: int, event: str, at: datetime, user: Any, todo: bytes
) -> None:
    frame = event_frame(list_id, seq, event, at, (user["id"], user["name"]), todo)
    await connection.execute(sql.RECORD, list_id, seq, event, at, frame)
    await connection.execute(sql.RAISE, list_id, seq)


app = Starlette(
    routes=[
        Route("/api/v1/todos", read_page, methods=["GET"]),
        Route("/api/v1/todos", create_todo, methods=["POST"]),
        Route("/api/v1/todos/{todo_id}", edit_todo, methods=["PATCH"]),
        Route("/api/v1/lists/{list_id}/snapshot", read_snapshot, methods=["GET"]),
    ],
    lifespan=open_pool,
)

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="warning")
