"""How messages go into peers that do not simply subscribe to `bench:<list>` at the broker."""

import asyncio
import socket
from collections.abc import Sequence

import msgpack
import orjson
from channels_redis.core import RedisChannelLayer

from bench.fanout.publisher import Author, Orders, PlainDoor, Wish


class SocketIoDoor(PlainDoor):
    """What another node's `io.to(list).emit("event", frame)` tells the Redis adapter."""

    def name(self, index: int) -> str:
        return f"socket.io#/#{index}#"

    def payload(self, index: int, frame: bytes) -> bytes:
        packet = {"type": 2, "data": ["event", orjson.loads(frame)], "nsp": "/"}
        options = {"rooms": [str(index)], "except": [], "flags": {}}
        return bytes(msgpack.packb(["emitter", packet, options]))


class PythonSocketIoDoor(PlainDoor):
    """What another process's `manager.emit("event", frame, room=list)` publishes."""

    def name(self, index: int) -> str:
        return "socketio"

    def payload(self, index: int, frame: bytes) -> bytes:
        return orjson.dumps(
            {
                "method": "emit",
                "event": "event",
                "data": [orjson.Fragment(frame)],
                "binary": False,
                "namespace": "/",
                "room": str(index),
                "skip_sid": None,
                "callback": None,
                "host_id": "emitter",
            }
        )


class ChannelsDoor:
    """`group_send`, as a view of another Django process would."""

    def __init__(self, orders: Orders) -> None:
        url = f"redis://:{orders.broker_password}@127.0.0.1:{orders.broker_port}/0"
        self._author = Author()
        self._layer = RedisChannelLayer(hosts=[url])
        self._runner = asyncio.Runner()

    def publish(self, wishes: Sequence[Wish]) -> None:
        self._runner.run(self._send(wishes))

    async def _send(self, wishes: Sequence[Wish]) -> None:
        for wish in wishes:
            text = self._author.plain(wish).decode()
            await self._layer.group_send(f"bench.{wish[0]}", {"type": "bench.event", "text": text})


class NatsDoor:
    """PUB on a plain connection to the server itself."""

    def __init__(self, orders: Orders) -> None:
        self._author = Author()
        self._line = socket.create_connection(("127.0.0.1", orders.nats_port))
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._line.sendall(b'CONNECT {"verbose":false,"pedantic":false}\r\n')

    def publish(self, wishes: Sequence[Wish]) -> None:
        frames = [(wish[0], self._author.plain(wish)) for wish in wishes]
        self._line.sendall(
            b"".join(b"PUB bench.%d %d\r\n%s\r\n" % (index, len(one), one) for index, one in frames)
        )
