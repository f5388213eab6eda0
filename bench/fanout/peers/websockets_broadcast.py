"""`broadcast` of the websockets library, on uvloop.

python -m bench.fanout.peers.websockets_broadcast PORT
"""

import sys
from collections import defaultdict

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

from bench.fanout.peers.broker_messages import messages

sockets: defaultdict[str, set[ServerConnection]] = defaultdict(set)


async def serve_socket(socket: ServerConnection) -> None:
    index = str(await socket.recv()).removeprefix("list ")
    sockets[index].add(socket)
    await socket.send("ok")
    await socket.wait_closed()
    sockets[index].discard(socket)


async def main() -> None:
    async with serve(
        serve_socket, "127.0.0.1", int(sys.argv[1]), compression=None, ping_interval=None
    ):
        async for index, text in messages():
            broadcast(sockets[index], text)


if __name__ == "__main__":
    uvloop.run(main())
