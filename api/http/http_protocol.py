"""uvicorn's HTTP/1.1 protocol, with limits on the request head and with ends for event streams.

uvicorn with httptools limits neither the size of a head nor the time it may take: one connection
could fill the memory with headers, and a thousand silent ones could use up the file descriptors. At
shutdown uvicorn waits for a response without an end, and it cannot end one whose client does not read.
"""

import asyncio
import contextlib
import random
import socket
from collections.abc import Callable

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from realtime.transports.sse_response import EXTENSION
from realtime.transports.websocket_protocol import (
    CLOSE_SECONDS,
    DRAIN_SECONDS,
    DRAIN_SECONDS_PER_SOCKET,
)

# Several times what browsers and proxies send; the default of nginx for all large headers.
MAX_HEAD_BYTES = 32 * 1024
# From the connection, or from the first byte of a later request, to the end of the head.
HEAD_SECONDS = 15.0


class BoundedHttpProtocol(HttpToolsProtocol):
    """An HttpConnection that hangs up on heads that are too large (431) or too slow (408)."""

    _timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _last_bytes = b""
    _is_in_head = True
    _shutdown_callback: Callable[[], None] | None = None
    _is_shutting_down = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_in_head:
            # Checked before parsing: the parser buffers a head that has no end yet.
            left = MAX_HEAD_BYTES - self._head_bytes
            if len(data) > left and b"\r\n\r\n" not in self._last_bytes + data[:left]:
                self._reject(b"431 Request Header Fields Too Large")
                return
            self._head_bytes += len(data)
            self._last_bytes = data[-3:]
        super().data_received(data)
        # Nearly all heads arrive in one piece, and need no timer.
        if self._head_bytes and self._timer is None:
            self._expect_head()

    def on_message_begin(self) -> None:
        self._is_in_head = True
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: self}  # type: ignore[dict-item]

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._head_bytes, self._last_bytes = 0, b""
        self._stop_timer()
        if self._upgrades_with_body():
            # The upgrade would wait for the end of the body, for as long as the client likes.
            self._reject(b"400 Bad Request")
            return
        self._use_host_of_url()
        super().on_headers_complete()

    def handle_websocket_upgrade(self) -> None:
        if not self.transport.is_closing():
            super().handle_websocket_upgrade()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        # The next bytes are the head of another request.
        self._is_in_head = True

    async def taken(self) -> None:
        """Wait until the client has taken nearly all that was sent, or is gone."""
        await self.flow.drain()

    # What a stream asks for (realtime/transports/sse_response.py)

    def on_shutdown(self, callback: Callable[[], None]) -> None:
        self._shutdown_callback = callback
        if self._is_shutting_down:
            callback()

    def set_acknowledge_timeout(self, seconds: float) -> None:
        raw = self.transport.get_extra_info("socket")
        # Where the system or the kind of socket has no such option, TCP gives up after a quarter
        # of an hour, which is also when the stream's token expires.
        with contextlib.suppress(AttributeError, OSError):
            milliseconds = int(seconds * 1000)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)

    def limit_send_buffer(self, size: int) -> None:
        raw = self.transport.get_extra_info("socket")
        with contextlib.suppress(AttributeError, OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)

    def waiting_bytes(self) -> int:
        return self.transport.get_write_buffer_size()

    def abort_soon(self) -> None:
        self.loop.call_later(CLOSE_SECONDS, self.transport.abort)

    def shutdown(self) -> None:
        super().shutdown()
        self._is_shutting_down = True
        if self._shutdown_callback is not None:
            # Each at a time of its own, as the sockets (realtime/transports/websocket_protocol.py).
            spread = min(DRAIN_SECONDS, DRAIN_SECONDS_PER_SOCKET * len(self.connections))
            self.loop.call_later(random.uniform(0, spread), self._shutdown_callback)  # noqa: S311

    def _use_host_of_url(self) -> None:
        """Let the host of an absolute URL replace the header, as RFC 9112, section 3.2.2, says."""
        if not self.url.lower().startswith((b"http://", b"https://")):
            return
        authority = self.url.split(b"/", 3)[2]
        self.headers[:] = [pair for pair in self.headers if pair[0] != b"host"]
        self.headers.append((b"host", authority))

    def _upgrades_with_body(self) -> bool:
        return bool(self.parser.should_upgrade()) and any(
            name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0"))
            for name, value in self.headers
        )

    def _expect_head(self) -> None:
        self._timer = self.loop.call_later(HEAD_SECONDS, self._reject, b"408 Request Timeout")

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _reject(self, status: bytes) -> None:
        self._stop_timer()
        if not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            )
            self.transport.close()
