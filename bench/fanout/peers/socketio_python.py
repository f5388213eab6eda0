"""python-socketio with its Redis manager, on uvicorn; another process emits the messages.

python -m bench.fanout.peers.socketio_python PORT
"""

import os
import sys

import socketio
import uvicorn

url = f"redis://:{os.environ['BROKER_PASSWORD']}@127.0.0.1:{os.environ['BROKER_PORT']}/0"
server = socketio.AsyncServer(
    async_mode="asgi",
    transports=["websocket"],
    client_manager=socketio.AsyncRedisManager(url),
    cors_allowed_origins="*",
)


async def join(sid: str, index: int) -> None:
    await server.enter_room(sid, str(index))
    await server.emit("joined", to=sid, ignore_queue=True)


server.on("join", join)

if __name__ == "__main__":
    uvicorn.run(
        socketio.ASGIApp(server),
        port=int(sys.argv[1]),
        log_level="warning",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
    )
