"""The HTTP response that carries one stream as Server-Sent Events, through an SseTransport.

docs/protocol.md, "Without a socket".
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from realtime.authentication import Credentials
from realtime.connection import Connection
from realtime.node import RealtimeNode, TooManySocketsError
from realtime.transports.sse_transport import SseTransport
from realtime.transports.transport import ignore
from shared.contract.frames import Close, Subscribed
from shared.contract.shapes import Position
from shared.errors import RateLimited
from shared.ids import StreamId
from shared.languages.texts import message

EXTENSION = "livelist.http"
# A user with too many streams closes one, or has one that the server will soon find gone.
TOO_MANY_RETRY_SECONDS = 30


class HttpConnection(Protocol):
    """What a stream needs of the server's connection and ASGI does not offer."""

    def on_shutdown(self, callback: Callable[[], None]) -> None:
        """Call `callback` when the server shuts down, since it waits for the stream to end."""
        ...

    def set_acknowledge_timeout(self, seconds: float) -> None:
        """Drop the connection if the peer acknowledges nothing for this long."""
        ...

    def limit_send_buffer(self, size: int) -> None:
        """Let the system hold little more than `size` bytes of what was sent."""
        ...

    def waiting_bytes(self) -> int:
        """Return how much of what was sent waits here, beyond what the system holds."""
        ...

    def abort_soon(self) -> None:
        """Abort the connection in a few seconds, whether the peer has read the end or not."""
        ...


class EventStreamResponse(Response):
    """Send every event after a position of one stream, until the subscription ends.

    Raise Unauthenticated or RateLimited before the response starts, so that the caller gets a
    problem.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        node: RealtimeNode,
        credentials: Credentials,
        head: Position,
        after: Position | None,
    ) -> None:
        """Without `after` the stream starts at `head`."""
        self.status_code = 200
        self.background = None
        self._node, self._credentials = node, credentials
        self._head, self._after = head, after
        self.init_headers(
            {
                # By default nginx collects a response before it passes it on.
                "X-Accel-Buffering": "no",
                # A proxy that compresses would collect as well.
                "Cache-Control": "no-store, no-transform",
                # A client that ends the stream has no other request on its connection.
                "Connection": "close",
            }
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        after = self._after or self._head
        transport = SseTransport(after.epoch, self._node.limits)
        connection = await self._attach(transport)
        http: HttpConnection | None = scope.get("extensions", {}).get(EXTENSION)
        try:
            if http is not None:
                transport.abort_soon = http.abort_soon
                transport.connection_bytes = http.waiting_bytes
                # In place of a pong: a client that vanished would use up one of its user's sockets.
                http.set_acknowledge_timeout(self._node.limits.pong_seconds)
                http.limit_send_buffer(self._node.limits.send_buffer_bytes)
                http.on_shutdown(lambda: connection.close(Close.GOING_AWAY))
            transport.on_progress = connection.on_pong
            self._subscribe(connection, after)
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(start)
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(_watch_disconnect(receive, transport))
                await transport.run(send)
                watching.cancel()
        finally:
            self._node.detach(connection)
            # As in detach(): each of these refers to the connection.
            transport.on_progress = ignore
            if http is not None:
                http.on_shutdown(ignore)

    async def _attach(self, transport: SseTransport) -> Connection:
        try:
            connection, _ = await self._node.attach(self._credentials, transport)
        except TooManySocketsError:
            most = self._node.limits.sockets_per_user
            raise RateLimited(
                TOO_MANY_RETRY_SECONDS,
                message("You have {most} sockets and streams open here.", most=most),
                code="too_many_streams",
            ) from None
        return connection

    def _subscribe(self, connection: Connection, after: Position) -> None:
        stream = StreamId(self._head.list_id)
        if self._after is None:
            # First of all, so that a client without a position has one before anything happens.
            connection.send(Subscribed(re=0, list=stream, epoch=after.epoch, seq=after.seq))
        request_id = 0 if self._after else None
        self._node.hub.subscribe(connection, stream, after.epoch, after.seq, request_id)


async def _watch_disconnect(receive: Receive, transport: SseTransport) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    transport.on_lost()
