"""Publishers for servers that do not subscribe to `bench:<list>` at the broker."""

import asyncio
import socket
from collections.abc import Sequence

import msgpack
import orjson
from channels_redis.core import RedisChannelLayer

from bench.fanout.load.publisher import (
    FrameFactory,
    PlainPublisher,
    PublisherConfig,
    PublishRequest,
)


class SocketIoPublisher(PlainPublisher):
    """Publish what `io.to(list).emit("event", frame)` of another node publishes."""

    def channel(self, index: int) -> str:
        return f"socket.io#/#{index}#"

    def payload(self, index: int, frame: bytes) -> bytes:
        packet = {"type": 2, "data": ["event", orjson.loads(frame)], "nsp": "/"}
        options = {"rooms": [str(index)], "except": [], "flags": {}}
        return bytes(msgpack.packb(["emitter", packet, options]))


class PythonSocketIoPublisher(PlainPublisher):
    """Publish what `manager.emit("event", frame, room=list)` of another process publishes."""

    def channel(self, index: int) -> str:
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


class ChannelsPublisher:
    """Call `group_send`, as a view in another Django process does."""

    def __init__(self, config: PublisherConfig) -> None:
        url = f"redis://:{config.broker_password}@127.0.0.1:{config.broker_port}/0"
        self._frames = FrameFactory()
        self._layer = RedisChannelLayer(hosts=[url])
        self._runner = asyncio.Runner()

    def publish(self, requests: Sequence[PublishRequest]) -> None:
        self._runner.run(self._send(requests))

    async def _send(self, requests: Sequence[PublishRequest]) -> None:
        for request in requests:
            text = self._frames.plain(request).decode()
            await self._layer.group_send(
                f"bench.{request[0]}", {"type": "bench.event", "text": text}
            )


class NatsPublisher:
    """Send PUB on a plain connection to the server itself."""

    def __init__(self, config: PublisherConfig) -> None:
        self._frames = FrameFactory()
        self._socket = socket.create_connection(("127.0.0.1", config.nats_port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(b'CONNECT {"verbose":false,"pedantic":false}\r\n')

    def publish(self, requests: Sequence[PublishRequest]) -> None:
        frames = [(request[0], self._frames.plain(request)) for request in requests]
        self._socket.sendall(
            b"".join(
                b"PUB bench.%d %d\r\n%s\r\n" % (index, len(frame), frame) for index, frame in frames
            )
        )
