"""The answer that goes on: one stream as Server-Sent Events over HTTP. sse_transport.py is its wire.

docs/protocol.md, "Without a socket".
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from realtime.connection import Connection
from realtime.node import Credentials, Realtime, TooManySocketsError
from realtime.transports.sse_transport import SseTransport
from realtime.transports.websocket_transports import ignore
from shared.contract.frames import Close, Subscribed
from shared.contract.shapes import Position
from shared.errors import RateLimited
from shared.ids import StreamId

EXTENSION = "livelist.http"
# A client that has too many closes one, or has one that the server will soon find gone.
TOO_MANY_RETRY_SECONDS = 30


class Underneath(Protocol):
    """What a stream asks of the server's connection; ASGI has no word for it."""

    def when_going_down(self, goodbye: Callable[[], None]) -> None:
        """`goodbye` is called when the server goes down: it would wait for the stream's end."""
        ...

    def lose_after(self, seconds: float) -> None:
        """The connection is lost when the peer acknowledges nothing for so long."""
        ...

    def hold_at_most(self, size: int) -> None:
        """The system holds little more than `size` bytes of what was sent."""
        ...

    def bytes_waiting(self) -> int:
        """Returns how much of what was sent the peer has not taken, beyond what the system holds."""
        ...

    def cut_soon(self) -> None:
        """The connection is gone in a few seconds, whether the peer has read its end or not."""
        ...


class EventStream(Response):
    """The answer that goes on: everything after a position of one stream, until somebody ends it.

    Raises before it begins, so that the caller gets a problem: Unauthenticated, RateLimited.
    """

    media_type = "text/event-stream"

    def __init__(
        self, node: Realtime, credentials: Credentials, head: Position, after: Position | None
    ) -> None:
        self.status_code = 200
        self.background = None
        self._node, self._credentials = node, credentials
        self._head, self._after = head, after
        self.init_headers(
            {
                # nginx collects an answer before it hands it on, unless told not to.
                "X-Accel-Buffering": "no",
                # A proxy that compresses would collect as well.
                "Cache-Control": "no-store, no-transform",
                # Whoever ended a stream has no other request on its connection.
                "Connection": "close",
            }
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        after = self._after or self._head
        transport = SseTransport(after.epoch, self._node.limits)
        connection = await self._attach(transport)
        underneath: Underneath | None = scope.get("extensions", {}).get(EXTENSION)
        try:
            if underneath is not None:
                transport.cut_soon = underneath.cut_soon
                transport.bytes_underneath = underneath.bytes_waiting
                # In place of a pong: who vanished silently would hold one of their person's places.
                underneath.lose_after(self._node.limits.pong_seconds)
                underneath.hold_at_most(self._node.limits.send_buffer_bytes)
                underneath.when_going_down(lambda: connection.close(Close.GOING_AWAY))
            transport.taken = connection.ponged
            self._subscribe(connection, after)
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(start)
            async with asyncio.TaskGroup() as group:
                listening = group.create_task(_until_gone(receive, transport))
                await transport.run(send)
                listening.cancel()
        finally:
            self._node.detach(connection)
            # As there: each of these leads back to the connection.
            transport.taken = ignore
            if underneath is not None:
                underneath.when_going_down(ignore)

    async def _attach(self, transport: SseTransport) -> Connection:
        try:
            connection, _ = await self._node.attach(self._credentials, transport)
        except TooManySocketsError:
            most = self._node.limits.sockets_per_person
            raise RateLimited(
                TOO_MANY_RETRY_SECONDS,
                f"You have {most} sockets and streams open here.",
                code="too_many_streams",
            ) from None
        return connection

    def _subscribe(self, connection: Connection, after: Position) -> None:
        stream = StreamId(self._head.list_id)
        if self._after is None:
            # Said first, so that a client without a position has one before anything happens.
            connection.say(Subscribed(re=0, list=stream, epoch=after.epoch, seq=after.seq))
        re = 0 if self._after else None
        self._node.hub.subscribe(connection, stream, after.epoch, after.seq, re)


async def _until_gone(receive: Receive, transport: SseTransport) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    transport.lose()
