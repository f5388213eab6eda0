"""uvicorn's WebSocket protocol, extended: the hand-over, the close handshake, the server settings.

ASGI costs a task, a queue and two awaits per message and socket, and cannot end a socket whose
peer does not read. So the protocol object can be reached from the scope: once a socket is welcomed
it is handed over, the ASGI application returns, and bytes go straight to the transport.
"""

import logging
import random
from http import HTTPStatus
from typing import Any, Protocol, cast

from starlette.types import Scope
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State

from realtime.limits import Limits
from shared.contract.frames import CLOSES, Close

EXTENSION = "livelist.socket"
# Time for the peer's half of the close handshake; then the connection is aborted.
CLOSE_SECONDS = 5
# A node that shuts down closes a hundred sockets a second, so that their clients do not all
# reconnect to the next node at once. Five seconds fit into the patience of any process manager.
DRAIN_SECONDS_PER_SOCKET = 0.01
DRAIN_SECONDS = 5
# Before its hello a peer has nothing else to send; a few pings of its library are fine.
EARLY_FRAMES = 40
# One part in so many of a process' connections is reserved for requests.
RESERVED_PART = 20
UNREADABLE = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"

log = logging.getLogger(__name__)


class SocketHandler(Protocol):
    """Handle a socket after the hand-over. No method may wait."""

    def on_message(self, text: str | None) -> None:
        """Handle a message; None: it was no text."""
        ...

    def on_other_frame(self) -> None:
        """Handle a frame that is no whole message: a ping, a pong, a fragment."""
        ...

    def on_drained(self) -> None:
        """Handle that the transport, which was full, has room again."""
        ...

    def on_disconnected(self) -> None:
        """Handle that nothing can be sent any more. Called once."""
        ...


class SocketWriter(Protocol):
    """Write to the transport of a socket, before and after the hand-over. No method may wait."""

    def on_waiting(self) -> None:
        """Handle that bytes wait in the write buffer, which was empty."""
        ...

    def on_empty(self) -> None:
        """Handle that the write buffer is empty again."""
        ...

    def on_ended(self) -> None:
        """Write nothing from now on: a close was sent, or the peer is gone."""
        ...


class _Discard:
    """Replace the ASGI queue, which the application no longer reads after the hand-over.

    Also replace the event that the application's send() would wait for.
    """

    def set(self) -> None:
        pass

    def clear(self) -> None:
        pass

    def put_nowait(self, message: object) -> None:
        pass


_DISCARD = cast(Any, _Discard())


class SocketProtocol(WebSocketsSansIOProtocol):
    handler: SocketHandler | None = None
    is_handed_over = False
    writer: SocketWriter | None = None
    early_frames = 0

    def handle_connect(self, event: Request) -> None:
        limit = self.config.limit_concurrency
        # uvicorn checks its own limit for requests only: sockets could use up all of it.
        if limit is not None and len(self.connections) > limit - limit // RESERVED_PART:
            self._reject_at_capacity()
            return
        super().handle_connect(event)
        if hasattr(self, "scope"):
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[EXTENSION] = self

    def _reject_at_capacity(self) -> None:
        self.conn.send_response(self.conn.reject(HTTPStatus.SERVICE_UNAVAILABLE, "Full.\n"))
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.handshake_complete = self.close_sent = True
        self.transport.close()

    def hand_over(self, handler: SocketHandler) -> None:
        """Give the socket to `handler`, so that the ASGI application may return.

        Free what only the handshake needed: it was half of what a socket costs.
        """
        waiting, self.queue = self.queue, _DISCARD
        self.handler, self.is_handed_over = handler, True
        # The parser of websockets refers to the request for as long as the connection lasts.
        self.request.headers.clear()
        del self.scope, self.request, self.response
        self.writable = _DISCARD
        self.conn.handshake_exc = None
        while not waiting.empty():
            message = waiting.get_nowait()
            if message["type"] == "websocket.receive":
                self._handle_message(message.get("text"))
            elif message["type"] == "websocket.disconnect":
                self._disconnect_handler()
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    async def run_asgi(self) -> None:
        """Run the application as uvicorn does; a socket that was handed over outlives it."""
        try:
            await self.app(self.scope, self.receive, self.send)
        except ClientDisconnected:
            log.debug("peer gone while sending")
        except BaseException:
            log.exception("the socket's application failed")
            self.send_500_response()
            self.is_handed_over = False
        else:
            if not self.handshake_complete:
                self.send_500_response()
        if self.close_timer is None and not self.is_handed_over:
            self.transport.close()

    # Incoming frames

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_complete:
            # A head that the HTTP parser takes and the one of websockets does not: a line above
            # 8 KiB, more than 128 lines. uvicorn would neither answer nor close.
            self.transport.write(UNREADABLE)
            self.handshake_complete = self.close_sent = True
            self.transport.close()

    def send_receive_event_to_app(self) -> None:
        if not self.is_handed_over:
            super().send_receive_event_to_app()
            return
        data, self.frames = b"".join(self.frames), []
        if self.close_sent:
            return
        if self.curr_msg_data_type == "bytes":
            self._handle_message(None)
            return
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self._handle_message(None)
        else:
            self._handle_message(text)

    def _handle_message(self, text: str | None) -> None:
        if self.handler is not None:
            self.handler.on_message(text)

    def handle_ping(self) -> None:
        super().handle_ping()
        if self.conn.state is not State.OPEN:
            # A close that came in the same packet was answered together with the ping.
            self._end_writing()
        self._count_frame()

    def handle_pong(self, event: Frame) -> None:
        super().handle_pong(event)
        self._count_frame()

    def handle_cont(self, event: Frame) -> None:
        self._count_frame()
        super().handle_cont(event)

    def _count_frame(self) -> None:
        """Count a frame that is no message: it costs as much to read as a message."""
        if self.handler is not None:
            self.handler.on_other_frame()
        elif not self.is_handed_over:
            self.early_frames += 1
            if self.early_frames > EARLY_FRAMES:
                self.start_close(Close.TOO_MANY_FRAMES)

    def handle_close(self, event: Frame) -> None:
        was_ours = self.close_sent
        super().handle_close(event)
        self._end_writing()
        if not was_ours:
            self._disconnect_handler()
        # The peer may never read what it had not read before its close; uvicorn would wait for it.
        self._abort_soon()

    def handle_parser_exception(self) -> None:
        """Send the close of a frame that is too long or breaks RFC 6455, and read on for a while.

        A connection that is closed with unread bytes is reset, and the peer loses the code.
        """
        if self.close_sent:
            return
        closing = self.conn.close_sent
        assert closing is not None
        self.queue.put_nowait(
            {"type": "websocket.disconnect", "code": closing.code, "reason": closing.reason}
        )
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self._end_writing()
        self._disconnect_handler()
        self._abort_soon()

    def connection_lost(self, exc: Exception | None) -> None:
        # First, whatever may fail here: the descriptor is closed after this.
        self._end_writing()
        super().connection_lost(exc)
        # A cycle. Without this only the garbage collector would free the socket, and it seldom
        # runs here.
        self.conn.parser.close()
        self._disconnect_handler()

    def _disconnect_handler(self) -> None:
        handler, self.handler = self.handler, None
        if handler is not None:
            handler.on_disconnected()

    def _end_writing(self) -> None:
        # The reference is a cycle, too.
        writer, self.writer = self.writer, None
        if writer is not None:
            writer.on_ended()

    # The write buffer. A writer sets its limits to 0.

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.writer is not None:
            self.writer.on_waiting()
        if not self.transport.is_closing():
            # Do not read from a peer that does not read: answers would have nowhere to go.
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.writer is not None:
            self.writer.on_empty()
        if not (self.read_paused or self.transport.is_closing()):
            self.transport.resume_reading()
        if self.handler is not None:
            self.handler.on_drained()

    # Closing

    def start_close(self, code: Close) -> None:
        """Send a close after what waits to be sent, and abort the connection soon after."""
        self._end_writing()
        if self.disconnected:
            return
        # A frame may be handled after the peer's close was read, if both came in one packet.
        if self.conn.state is State.OPEN and not self.transport.is_closing():
            reason = CLOSES[code].reason
            self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
            self.conn.send_close(code, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
            self._read_for_close_frame(code)
            # Not now: the hub may be in the middle of writing to all subscribers.
            self.loop.call_soon(self._disconnect_handler)
        self._abort_soon()

    def _read_for_close_frame(self, code: Close) -> None:
        self.read_paused = code is Close.TOO_MANY_FRAMES
        if self.read_paused:
            # The peer's close comes after the rest of its flood, all of which had to be read.
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def _abort_soon(self) -> None:
        if self.close_timer is None:
            self.close_timer = self.loop.call_later(CLOSE_SECONDS, self.transport.abort)

    def shutdown(self) -> None:
        """Close the socket at a random time within the drain, as the server shuts down."""
        if self.close_sent:
            self._abort_soon()
            return
        if not self.handshake_complete:
            super().shutdown()
            return
        spread = min(DRAIN_SECONDS, DRAIN_SECONDS_PER_SOCKET * len(self.connections))
        # Not a secret: it only keeps a thousand clients apart.
        delay = random.uniform(0, spread)  # noqa: S311
        self.loop.call_later(delay, self.start_close, Close.GOING_AWAY)


def protocol_of(scope: Scope) -> SocketProtocol | None:
    """Return the protocol object under an ASGI scope; None under another server."""
    found = scope.get("extensions", {}).get(EXTENSION)
    return found if isinstance(found, SocketProtocol) else None


# Settings (uvicorn.Config) for every server that carries the socket.
SERVER_SETTINGS: dict[str, Any] = {
    "ws": SocketProtocol,
    "ws_max_size": Limits.frame_bytes,
    # Compression halves what one node can send, and each socket would compress for itself.
    "ws_per_message_deflate": False,
    # Our own pings carry the heads of the streams, so that a client can prove that it is current.
    "ws_ping_interval": None,
}
