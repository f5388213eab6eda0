"""Where uvicorn's WebSocket protocol and ours touch: the hand-over, how sockets end, the settings.

ASGI costs a task, a queue and two awaits per message and socket, and cannot end a socket whose
peer does not read. So the protocol object is reachable from the scope: once a socket is welcomed,
it is handed over, the ASGI application returns, and bytes go straight to the transport.
"""

import logging
import random
from collections.abc import Callable
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
# Time for the peer's half of the closing handshake; then the connection is cut.
CLOSE_SECONDS = 5
# A node that goes down says goodbye to a hundred sockets a second, so that they do not all come
# back to the next one at once; five seconds fit into any process manager's patience.
DRAIN_SECONDS_PER_SOCKET = 0.01
DRAIN_SECONDS = 5
# Before its hello a peer has nothing to say but that; a few pings of its library are fine.
EARLY_FRAMES = 40
# The part of a process' connections that stays for requests when sockets take all they can.
RESERVED_PART = 20

log = logging.getLogger(__name__)


class Peer(Protocol):
    """Who hears a socket that was handed over. Nothing in it may wait."""

    def heard(self, text: str | None) -> None:
        """A message came; None: it was no text."""
        ...

    def pinged(self) -> None:
        """A frame came that is no message: a ping, a pong, a part of a message."""
        ...

    def on_drained(self) -> None:
        """The transport, which was full, has room again."""
        ...

    def gone(self) -> None:
        """Nothing can be sent any more. Called once."""
        ...


class _Nowhere:
    """Takes the place of the ASGI queue, which nobody reads after the hand-over.

    And of the event that the application's send() would wait for.
    """

    def set(self) -> None:
        pass

    def clear(self) -> None:
        pass

    def put_nowait(self, message: object) -> None:
        pass


_NOWHERE = cast(Any, _Nowhere())


class SocketProtocol(WebSocketsSansIOProtocol):
    peer: Peer | None = None
    is_handed_over = False
    # For whoever writes to the transport, which is before the hand-over already.
    on_lost: Callable[[], None] | None = None
    on_room: Callable[[bool], None] | None = None
    early_frames = 0

    def handle_connect(self, event: Request) -> None:
        limit = self.config.limit_concurrency
        # uvicorn's own limit sees requests only, and would turn those away while sockets come in.
        if limit is not None and len(self.connections) > limit - limit // RESERVED_PART:
            self._turn_away()
            return
        super().handle_connect(event)
        if hasattr(self, "scope"):
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[EXTENSION] = self

    def _turn_away(self) -> None:
        self.conn.send_response(self.conn.reject(HTTPStatus.SERVICE_UNAVAILABLE, "Full.\n"))
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.handshake_complete = self.close_sent = True
        self.transport.close()

    def hand_over(self, peer: Peer) -> None:
        """`peer` hears the socket from now on, and the ASGI application may return.

        What was only needed for the handshake is let go: it was half of what a socket costs.
        """
        waiting, self.queue = self.queue, _NOWHERE
        self.peer, self.is_handed_over = peer, True
        # websockets' parser holds on to the request as long as the connection lasts.
        self.request.headers.clear()
        del self.scope, self.request, self.response
        self.writable = _NOWHERE
        self.conn.handshake_exc = None
        while not waiting.empty():
            message = waiting.get_nowait()
            if message["type"] == "websocket.receive":
                self._hear(message.get("text"))
            elif message["type"] == "websocket.disconnect":
                self._lose()
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    async def run_asgi(self) -> None:
        """As uvicorn's, except that a socket that was handed over outlives the application."""
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

    # What the peer says

    def send_receive_event_to_app(self) -> None:
        if not self.is_handed_over:
            super().send_receive_event_to_app()
            return
        data, self.frames = b"".join(self.frames), []
        if self.close_sent:
            return
        if self.curr_msg_data_type == "bytes":
            self._hear(None)
            return
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self._hear(None)
        else:
            self._hear(text)

    def _hear(self, text: str | None) -> None:
        if self.peer is not None:
            self.peer.heard(text)

    def handle_ping(self) -> None:
        super().handle_ping()
        self._count()

    def handle_pong(self, event: Frame) -> None:
        super().handle_pong(event)
        self._count()

    def handle_cont(self, event: Frame) -> None:
        self._count()
        super().handle_cont(event)

    def _count(self) -> None:
        """What is no message costs as much to read as one, and counts like one."""
        if self.peer is not None:
            self.peer.pinged()
        elif not self.is_handed_over:
            self.early_frames += 1
            if self.early_frames > EARLY_FRAMES:
                self.end(Close.TOO_MANY_FRAMES)

    def handle_close(self, event: Frame) -> None:
        was_ours = self.close_sent
        super().handle_close(event)
        if not was_ours:
            self._lose()
        # What it did not read before it said goodbye, it may never read: uvicorn would wait for it.
        self._cut_soon()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.on_lost is not None:
            self.on_lost()
        # What holds this is held by this, and a parser by what it parses for: only the collector,
        # which seldom runs here, would free them.
        self.on_lost = self.on_room = None
        self.conn.parser.close()
        self._lose()

    def _lose(self) -> None:
        peer, self.peer = self.peer, None
        if peer is not None:
            peer.gone()

    # What the transport can take

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.on_room is not None:
            self.on_room(False)
        if not self.transport.is_closing():
            # Whoever does not read is not listened to: answers would have nowhere to go.
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.on_room is not None:
            self.on_room(True)
        if not (self.read_paused or self.transport.is_closing()):
            self.transport.resume_reading()
        if self.peer is not None:
            self.peer.on_drained()

    # How it ends

    def end(self, code: Close) -> None:
        """Says goodbye after what waits to be sent, and cuts the connection soon after."""
        if self.disconnected:
            return
        # A frame may be handled after its sender's goodbye was read, when both came together.
        if self.conn.state is State.OPEN and not self.transport.is_closing():
            reason = CLOSES[code].reason
            self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
            self.conn.send_close(code, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
            self._listen_for_goodbye(code)
            # Not now: the hub may be in the middle of writing to everybody.
            self.loop.call_soon(self._lose)
        self._cut_soon()

    def _listen_for_goodbye(self, code: Close) -> None:
        self.read_paused = code is Close.TOO_MANY_FRAMES
        if self.read_paused:
            # Its goodbye would come after the rest of the flood, all of which had to be read.
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def _cut_soon(self) -> None:
        if self.close_timer is None:
            self.close_timer = self.loop.call_later(CLOSE_SECONDS, self.transport.abort)

    def shutdown(self) -> None:
        """The server goes down: each socket is closed at a time of its own within the drain."""
        if self.close_sent:
            self._cut_soon()
            return
        if not self.handshake_complete:
            super().shutdown()
            return
        spread = min(DRAIN_SECONDS, DRAIN_SECONDS_PER_SOCKET * len(self.connections))
        # Not a secret: it only keeps a thousand clients apart.
        self.loop.call_later(random.uniform(0, spread), self.end, Close.GOING_AWAY)  # noqa: S311


def protocol_of(scope: Scope) -> SocketProtocol | None:
    """Returns the protocol object under an ASGI scope; None under another server."""
    found = scope.get("extensions", {}).get(EXTENSION)
    return found if isinstance(found, SocketProtocol) else None


# How every server that carries the socket is to be configured (uvicorn.Config).
SERVER_SETTINGS: dict[str, Any] = {
    "ws": SocketProtocol,
    "ws_max_size": Limits.frame_bytes,
    # Compression halves what one node can send, and each socket would compress for itself.
    "ws_per_message_deflate": False,
    # Ours carry the heads of the streams, so that a client can prove that it is current.
    "ws_ping_interval": None,
}
