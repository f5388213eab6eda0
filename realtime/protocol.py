"""Where uvicorn's WebSocket protocol and ours touch: how sockets end, and the server's settings.

ASGI cannot end a socket whose peer does not read: its `send` waits for room that never comes, and
the connection would stay for ever. So the protocol object is reachable from the scope.
"""

import random
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from realtime.limits import Limits
from shared.contract.frames import CLOSES, Close

EXTENSION = "livelist.socket"
# Time for the peer's half of the closing handshake; then the connection is cut.
CLOSE_SECONDS = 5
# A node that goes down says goodbye to a hundred sockets a second, so that they do not all come
# back to the next one at once; five seconds fit into any process manager's patience.
DRAIN_SECONDS_PER_SOCKET = 0.01
DRAIN_SECONDS = 5


class SocketProtocol(WebSocketsSansIOProtocol):
    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[EXTENSION] = self

    def end(self, code: Close) -> None:
        """Says goodbye past whatever waits to be sent, and cuts the connection soon after."""
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        reason = CLOSES[code].reason
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(CLOSE_SECONDS, self.transport.abort)

    def shutdown(self) -> None:
        """The server goes down: each socket is closed at a time of its own within the drain."""
        if self.close_sent or not self.handshake_complete:
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
