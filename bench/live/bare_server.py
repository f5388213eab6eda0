"""The minimum for a live edit: four statements, one publish, and sockets that pass it on.

    PORT=… DATABASE_URL=… REDIS_URL=… python -m bench.live.bare_server

Bare ASGI on uvicorn, with asyncpg and redis-py: the same rows in the same tables, the same event under
the same lock, and the frame encoded once. It has no authentication, no idempotency keys, no backfill and
no limits; what Livelist costs more than this is the price of its guarantees.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson
import uvicorn
from redis.asyncio import Redis

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LOCK = """
    SELECT t.list_id, s.head FROM todos t JOIN streams s ON s.id = t.list_id WHERE t.id = $1
    FOR UPDATE OF s"""
EDIT = "UPDATE todos SET title = $2, version = version + 1, updated_at = $3 WHERE id = $1 RETURNING version"
RECORD = (
    "INSERT INTO events (stream_id, seq, event, at, frame) VALUES ($1, $2, 'todo.edited', $3, $4)"
)
RAISE = "UPDATE streams SET head = $2 WHERE id = $1"
CHANNEL = "bare"


class BareServer:
    def __init__(self, pool: Any, redis: Redis) -> None:
        self._pool = pool
        self._redis = redis
        self._sockets: dict[str, set[Send]] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._serve_socket(receive, send)
        elif scope["method"] == "PATCH":
            await self._edit(scope, receive, send)
        else:
            await _answer(send, b"{}")

    async def _edit(self, scope: Message, receive: Receive, send: Send) -> None:
        title = orjson.loads((await receive())["body"])["title"]
        key = dict(scope["headers"])[b"idempotency-key"].decode()
        todo_id, now = scope["path"].rpartition("/")[2], datetime.now(UTC)
        async with self._pool.acquire() as connection, connection.transaction():
            list_id, head = await connection.fetchrow(LOCK, todo_id)
            version = await connection.fetchval(EDIT, todo_id, title, now)
            todo = {"id": todo_id, "list_id": list_id, "title": title, "version": version}
            frame = orjson.dumps(
                {"type": "event", "list": list_id, "seq": head + 1, "event": "todo.edited",
                 "mutation": key, "data": {"todo": todo}}
            )  # fmt: skip
            await connection.execute(RECORD, list_id, head + 1, now, frame.decode())
            await connection.execute(RAISE, list_id, head + 1)
        await self._redis.publish(CHANNEL, list_id.encode() + b"\n" + frame)
        await _answer(send, orjson.dumps(todo))

    async def _serve_socket(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "livelist.v1"})
        while (message := await receive())["type"] == "websocket.receive":
            frame = orjson.loads(message["text"])
            for cursor in frame.get("lists", ()):
                self._sockets.setdefault(cursor["list"], set()).add(send)
            kind = "welcome" if frame["type"] == "hello" else "subscribed"
            await send({"type": "websocket.send", "text": f'{{"type":"{kind}"}}'})
        for sends in self._sockets.values():
            sends.discard(send)

    async def forward_messages(self) -> None:
        async with self._redis.pubsub() as subscription:
            await subscription.subscribe(CHANNEL)
            async for message in subscription.listen():
                if message["type"] != "message":
                    continue
                list_id, _, frame = message["data"].partition(b"\n")
                text = frame.decode()
                for send in tuple(self._sockets.get(list_id.decode(), ())):
                    await send({"type": "websocket.send", "text": text})


async def _answer(send: Send, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def main() -> None:
    url = os.environ["DATABASE_URL"].replace("+asyncpg", "")
    async with asyncpg.create_pool(url, min_size=10, max_size=10) as pool:
        redis = Redis.from_url(os.environ["REDIS_URL"])
        app = BareServer(pool, redis)
        forwarding = asyncio.create_task(app.forward_messages())
        port = int(os.environ["PORT"])
        config = uvicorn.Config(
            app, host="127.0.0.1", port=port, lifespan="off", access_log=False,
            ws_per_message_deflate=False, ws="websockets-sansio", log_level="warning",
        )  # fmt: skip
        await uvicorn.Server(config).serve()
        forwarding.cancel()
        await redis.aclose()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
