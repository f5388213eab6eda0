"""The ASGI application of /ws: handshake, hello, hand-over. docs/protocol.md, "The socket"."""

import asyncio
import logging

from starlette.datastructures import Headers
from starlette.routing import WebSocketRoute
from starlette.types import Receive, Scope, Send

from realtime.connection import Connection
from realtime.node import RealtimeNode, TooManySocketsError
from realtime.read_limits import DATABASE_ERRORS
from realtime.transports.asgi_transport import AsgiTransport
from realtime.transports.client_frames import CloseSocketError, parse_hello
from realtime.transports.connection_handler import ConnectionHandler
from realtime.transports.direct_transport import DirectTransport
from realtime.transports.transport import Transport
from realtime.transports.websocket_protocol import protocol_of
from shared.cancellation import end_tasks
from shared.contract.frames import CLOSES, SUBPROTOCOL, Close, Welcome
from shared.errors import Forbidden, Unauthenticated, Unavailable

log = logging.getLogger(__name__)


class _DisconnectedError(Exception):
    """The peer has closed the socket, or lost it."""


class SocketEndpoint:
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        node: RealtimeNode = scope["app"].state.realtime
        await receive()
        origins = Headers(scope=scope).getlist("origin")
        if not _is_allowed_origin(origins, node.resources.settings.web.origins):
            # Before it is accepted, so that a foreign page learns nothing: it sees a 403.
            await send({"type": "websocket.close", "code": Close.REFUSED})
            return
        offered = scope["subprotocols"]
        is_known = SUBPROTOCOL in offered
        answered = SUBPROTOCOL if is_known else next(iter(offered), None)
        # An unknown version is accepted too, and then closed: only so can the client learn why.
        await send({"type": "websocket.accept", "subprotocol": answered})
        try:
            if not is_known:
                raise CloseSocketError(Close.UNKNOWN_VERSION)
            await _serve(node, scope, receive, send)
        except CloseSocketError as error:
            await _close(scope, send, error.code)
        except (_DisconnectedError, OSError):
            log.debug("socket gone")


def _is_allowed_origin(origins: list[str], allowed: tuple[str, ...]) -> bool:
    # Without Origin it is no browser. It cannot send a user's cookies, and hello needs more anyway.
    return not origins or (len(origins) == 1 and origins[0] in allowed)


async def _close(scope: Scope, send: Send, code: Close) -> None:
    if (protocol := protocol_of(scope)) is not None:
        # Not through ASGI: its `send` waits for a peer that may never read.
        protocol.start_close(code)
        return
    await send({"type": "websocket.close", "code": code, "reason": CLOSES[code].reason})


async def _serve(node: RealtimeNode, scope: Scope, receive: Receive, send: Send) -> None:
    """Welcome the socket, and hand it over to the protocol under ASGI, or serve it to its end.

    Raise CloseSocketError or _DisconnectedError before the welcome.
    """
    protocol = protocol_of(scope)
    address = scope["client"][0] if scope.get("client") else ""
    if protocol is None:
        transport = AsgiTransport(send, node.limits)
        connection = await _welcome(node, address, receive, transport)
        await _read_messages(ConnectionHandler(node, connection), receive, transport)
        return
    if protocol.disconnected:
        raise _DisconnectedError
    connection = await _welcome(node, address, receive, DirectTransport(protocol, node.limits))
    protocol.hand_over(ConnectionHandler(node, connection))


async def _welcome(
    node: RealtimeNode, address: str, receive: Receive, transport: Transport
) -> Connection:
    """Return the attached connection of a client whose hello was good."""
    limits = node.limits
    try:
        async with asyncio.timeout(limits.hello_seconds):
            text = await _receive_text(receive)
    except TimeoutError:
        raise CloseSocketError(Close.NOT_AUTHENTICATED) from None
    hello = parse_hello(text, limits)
    try:
        credentials = await node.authentication.check_hello(hello, address)
        connection, user = await node.attach(credentials, transport)
    except (Unauthenticated, Forbidden):
        raise CloseSocketError(Close.NOT_AUTHENTICATED) from None
    except TooManySocketsError:
        raise CloseSocketError(Close.TOO_MANY_CONNECTIONS) from None
    except (*DATABASE_ERRORS, Unavailable) as error:
        log.warning("hello failed: %s", type(error).__name__)
        raise CloseSocketError(Close.GOING_AWAY) from None
    heartbeat = limits.heartbeat_seconds
    connection.send(
        Welcome(re=hello.id, connection=connection.id, user=user, heartbeat_seconds=heartbeat)
    )
    return connection


async def _read_messages(
    handler: ConnectionHandler, receive: Receive, transport: AsgiTransport
) -> None:
    """Serve the socket to its end through ASGI, at half the speed of a hand-over."""
    writer = asyncio.create_task(transport.run())
    try:
        while True:
            handler.on_message(await _receive_text(receive))
    except _DisconnectedError:
        log.debug("socket gone")
    finally:
        handler.on_disconnected()
        await end_tasks([writer])


async def _receive_text(receive: Receive) -> str | None:
    """Return the next message; None if it is no text. Raise _DisconnectedError at the end."""
    message = await receive()
    if message["type"] == "websocket.disconnect":
        raise _DisconnectedError
    return message.get("text")


routes = [WebSocketRoute("/ws", SocketEndpoint(), name="socket")]
