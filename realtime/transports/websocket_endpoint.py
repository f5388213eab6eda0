"""/ws: the handshake, the hello, and the hand-over. docs/protocol.md, "The socket"."""

import asyncio
import logging

from starlette.datastructures import Headers
from starlette.routing import WebSocketRoute
from starlette.types import Receive, Scope, Send

from realtime.connection import Connection
from realtime.node import Realtime, TooManySocketsError, open_realtime
from realtime.streams.backfill import DATABASE_ERRORS
from realtime.transports.connection_handler import Conversation, RefusedError, parse_hello
from realtime.transports.uvicorn_protocol import SERVER_SETTINGS, protocol_of
from realtime.transports.websocket_transports import AsgiTransport, DirectTransport, Transport
from shared.cancellation import end_tasks
from shared.contract.frames import CLOSES, SUBPROTOCOL, Close, Welcome
from shared.errors import Unauthenticated

__all__ = ["SERVER_SETTINGS", "open_realtime", "routes"]

log = logging.getLogger(__name__)


class _GoneError(Exception):
    """The peer has closed the socket, or lost it."""


class SocketDoor:
    """The ASGI application of /ws."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        node: Realtime = scope["app"].state.realtime
        await receive()
        origins = Headers(scope=scope).getlist("origin")
        if not _is_allowed_origin(origins, node.resources.settings.web.origins):
            # Before it is accepted, so that a foreign page learns nothing: it sees a 403.
            await send({"type": "websocket.close", "code": Close.REFUSED})
            return
        offered = scope["subprotocols"]
        known = SUBPROTOCOL in offered
        answered = SUBPROTOCOL if known else next(iter(offered), None)
        # Even an unknown version is accepted first: only then can the client be told why.
        await send({"type": "websocket.accept", "subprotocol": answered})
        try:
            if not known:
                raise RefusedError(Close.UNKNOWN_VERSION)
            await _hold(node, scope, receive, send)
        except RefusedError as refused:
            await _close(scope, send, refused.code)
        except (_GoneError, OSError):
            log.debug("socket gone")


def _is_allowed_origin(origins: list[str], allowed: tuple[str, ...]) -> bool:
    # No Origin: not a browser. It cannot carry anybody's cookies here, and hello asks for more.
    return not origins or (len(origins) == 1 and origins[0] in allowed)


async def _close(scope: Scope, send: Send, code: Close) -> None:
    if (protocol := protocol_of(scope)) is not None:
        # Not through ASGI: its `send` waits for a peer that may never read.
        protocol.end(code)
        return
    await send({"type": "websocket.close", "code": code, "reason": CLOSES[code].reason})


async def _hold(node: Realtime, scope: Scope, receive: Receive, send: Send) -> None:
    """The conversation is over, or handed over to the protocol under ASGI.

    Raises RefusedError or _GoneError before the welcome.
    """
    protocol = protocol_of(scope)
    address = scope["client"][0] if scope.get("client") else ""
    if protocol is None:
        transport = AsgiTransport(send, node.limits)
        connection = await _greet(node, address, receive, transport)
        await _converse(Conversation(node, connection), receive, transport)
        return
    if protocol.disconnected:
        raise _GoneError
    connection = await _greet(node, address, receive, DirectTransport(protocol, node.limits))
    protocol.hand_over(Conversation(node, connection))


async def _greet(
    node: Realtime, address: str, receive: Receive, transport: Transport
) -> Connection:
    limits = node.limits
    try:
        async with asyncio.timeout(limits.hello_seconds):
            text = await _next_text(receive)
    except TimeoutError:
        raise RefusedError(Close.NOT_AUTHENTICATED) from None
    hello = parse_hello(text, limits)
    try:
        credentials = await node.check(hello, address)
        connection, user = await node.attach(credentials, transport)
    except Unauthenticated:
        raise RefusedError(Close.NOT_AUTHENTICATED) from None
    except TooManySocketsError:
        raise RefusedError(Close.TOO_MANY_CONNECTIONS) from None
    except DATABASE_ERRORS as error:
        log.warning("hello failed: %s", type(error).__name__)
        raise RefusedError(Close.GOING_AWAY) from None
    heartbeat = limits.heartbeat_seconds
    connection.say(
        Welcome(re=hello.id, connection=connection.id, user=user, heartbeat_seconds=heartbeat)
    )
    return connection


async def _converse(conversation: Conversation, receive: Receive, transport: AsgiTransport) -> None:
    """The conversation is over: under a server that hands nothing over, at half the speed."""
    writer = asyncio.create_task(transport.run())
    try:
        while True:
            conversation.heard(await _next_text(receive))
    except _GoneError:
        log.debug("socket gone")
    finally:
        conversation.gone()
        await end_tasks([writer])


async def _next_text(receive: Receive) -> str | None:
    """Returns the next message; None when it is no text."""
    message = await receive()
    if message["type"] == "websocket.disconnect":
        raise _GoneError
    return message.get("text")


routes = [WebSocketRoute("/ws", SocketDoor(), name="socket")]
