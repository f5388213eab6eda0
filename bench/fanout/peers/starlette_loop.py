"""The usual Starlette broadcast: a loop that awaits `send_text` for each socket.

python -m bench.fanout.peers.starlette_loop PORT
"""

import asyncio
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from bench.fanout.peers.broker_messages import messages

sockets: defaultdict[str, set[WebSocket]] = defaultdict(set)


async def broadcast() -> None:
    async for index, text in messages():
        for socket in list(sockets[index]):
            with suppress(WebSocketDisconnect, RuntimeError):
                await socket.send_text(text)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    task = asyncio.create_task(broadcast())
    yield
    task.cancel()


async def serve_socket(socket: WebSocket) -> None:
    await socket.accept()
    index = (await socket.receive_text()).removeprefix("list ")
    sockets[index].add(socket)
    await socket.send_text("ok")
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        sockets[index].discard(socket)


app = Starlette(routes=[WebSocketRoute("/", serve_socket)], lifespan=lifespan)

if __name__ == "__main__":
    # As Livelist except for the protocol class: no compression, no pings by uvicorn.
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        log_level="warning",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
    )
