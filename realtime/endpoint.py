"""/ws: the handshake, the hello, and the life of one connection. docs/protocol.md, "The socket"."""

import asyncio
import logging
from typing import Any

import orjson
from pydantic import ValidationError
from starlette.datastructures import Headers
from starlette.routing import WebSocketRoute
from starlette.types import Receive, Scope, Send

from realtime.catch_up import DATABASE_ERRORS
from realtime.connection import AsgiWire, Connection
from realtime.limits import Limits
from realtime.node import Realtime, TooManySocketsError, open_realtime
from realtime.protocol import SERVER_SETTINGS, protocol_of
from shared.clock import monotonic
from shared.contract.frames import (
    CLIENT_FRAME,
    CLOSES,
    SUBPROTOCOL,
    Auth,
    Authenticated,
    Close,
    Failed,
    Hello,
    Pong,
    Subscribe,
    Unsubscribe,
    Welcome,
)
from shared.errors import Unauthenticated
from shared.ids import StreamId

__all__ = ["SERVER_SETTINGS", "open_realtime", "routes"]

log = logging.getLogger(__name__)


class _GoneError(Exception):
    """The peer has closed the socket, or lost it."""


class _RefusedError(Exception):
    """What was sent ends the connection."""

    def __init__(self, code: Close) -> None:
        super().__init__(code)
        self.code = code


class SocketDoor:
    """The ASGI application of /ws."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        node: Realtime = scope["app"].state.realtime
        await receive()
        origins = Headers(scope=scope).getlist("origin")
        if not _is_allowed_origin(origins, node.resources.settings.origins):
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
                raise _RefusedError(Close.UNKNOWN_VERSION)
            await _Conversation(node, scope, receive, send).hold()
        except _RefusedError as refused:
            await _close(send, refused.code)
        except (_GoneError, OSError):
            log.debug("socket gone")


def _is_allowed_origin(origins: list[str], allowed: tuple[str, ...]) -> bool:
    # No Origin: not a browser. It cannot carry anybody's cookies here, and hello asks for more.
    return not origins or (len(origins) == 1 and origins[0] in allowed)


async def _close(send: Send, code: Close) -> None:
    await send({"type": "websocket.close", "code": code, "reason": CLOSES[code].reason})


class _Conversation:
    """What is said on one socket, from hello to close."""

    def __init__(self, node: Realtime, scope: Scope, receive: Receive, send: Send) -> None:
        self._node = node
        self._limits = node.limits
        self._address = scope["client"][0] if scope.get("client") else ""
        self._receive = receive
        self._wire = AsgiWire(send, protocol_of(scope), node.limits)
        self._allowance = _Allowance(node.limits)

    async def hold(self) -> None:
        """The conversation is over. Raises _RefusedError before it has begun, _GoneError after."""
        connection = await self._greet()
        try:
            async with asyncio.TaskGroup() as group:
                writer = group.create_task(self._wire.run())
                try:
                    await self._listen(connection)
                finally:
                    writer.cancel()
        finally:
            self._node.detach(connection)

    async def _greet(self) -> Connection:
        try:
            async with asyncio.timeout(self._limits.hello_seconds):
                text = await self._next_text()
        except TimeoutError:
            raise _RefusedError(Close.NOT_AUTHENTICATED) from None
        hello = _parse_hello(text, self._limits)
        try:
            credentials = await self._node.check(hello, self._address)
            connection, user = await self._node.attach(credentials, self._wire)
        except Unauthenticated:
            raise _RefusedError(Close.NOT_AUTHENTICATED) from None
        except TooManySocketsError:
            raise _RefusedError(Close.TOO_MANY_CONNECTIONS) from None
        except DATABASE_ERRORS as error:
            log.warning("hello failed: %s", type(error).__name__)
            raise _RefusedError(Close.GOING_AWAY) from None
        heartbeat = self._limits.heartbeat_seconds
        connection.say(
            Welcome(re=hello.id, connection=connection.id, user=user, heartbeat_seconds=heartbeat)
        )
        return connection

    async def _listen(self, connection: Connection) -> None:
        while True:
            try:
                text = await self._next_text()
            except _GoneError:
                return
            except _RefusedError as refused:
                connection.close(refused.code)
                continue
            if connection.is_closed:
                continue
            if not self._allowance.take(monotonic()):
                connection.close(Close.TOO_MANY_FRAMES)
                continue
            await self._answer(connection, text)

    async def _next_text(self) -> str:
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise _GoneError
        text = message.get("text")
        if text is None or len(text.encode()) > self._limits.frame_bytes:
            raise _RefusedError(Close.PROTOCOL_ERROR)
        return str(text)

    async def _answer(self, connection: Connection, text: str) -> None:
        try:
            body = _parse_object(text)
        except _RefusedError as refused:
            connection.close(refused.code)
            return
        try:
            frame = CLIENT_FRAME.validate_python(body)
        except ValidationError as error:
            kind = error.errors(include_input=False, include_url=False)[0]["type"]
            unknown = kind in ("union_tag_invalid", "union_tag_not_found")
            connection.say(
                Failed(
                    re=_request_id(body),
                    code="unknown_type" if unknown else "invalid",
                    detail="This type of frame is not known here."
                    if unknown
                    else "This frame is not as docs/protocol.md has it.",
                )
            )
            return
        match frame:
            case Subscribe():
                self._subscribe(connection, frame)
            case Unsubscribe():
                for name in dict.fromkeys(frame.lists):
                    self._node.hub.unsubscribe(connection, StreamId(name), frame.id)
            case Auth():
                await self._renew(connection, frame)
            case Pong():
                connection.ponged()
            case Hello():
                detail = "hello is said once, first."
                connection.say(Failed(re=frame.id, code="invalid", detail=detail))

    def _subscribe(self, connection: Connection, frame: Subscribe) -> None:
        hub = self._node.hub
        cursors = {StreamId(cursor.list): cursor for cursor in frame.lists}
        if len(hub.subscribed_to(connection) | cursors.keys()) > self._limits.lists:
            detail = f"One socket carries {self._limits.lists} lists; unsubscribe from some first."
            connection.say(Failed(re=frame.id, code="too_many_lists", detail=detail))
            return
        for stream, cursor in cursors.items():
            hub.subscribe(connection, stream, cursor.epoch, cursor.since, frame.id)

    async def _renew(self, connection: Connection, frame: Auth) -> None:
        try:
            seconds = await self._node.renew(connection, frame.token)
        except Unauthenticated as error:
            connection.say(Failed(re=frame.id, code=error.reason, detail=error.detail))
        except DATABASE_ERRORS:
            detail = "The database is busy or away. Try again."
            connection.say(Failed(re=frame.id, code="unavailable", detail=detail))
        else:
            connection.say(Authenticated(re=frame.id, expires_in=seconds))


class _Allowance:
    """How many frames a client may still send: so many a second, and a burst."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.frames_burst
        self._at = monotonic()

    def take(self, now: float) -> bool:
        refilled = self._left + (now - self._at) * self._limits.frames_per_second
        self._left = min(refilled, self._limits.frames_burst) - 1
        self._at = now
        return self._left >= 0


def _parse_object(text: str) -> dict[str, Any]:
    """Returns the JSON object in `text`. Raises _RefusedError for anything else."""
    try:
        body = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        raise _RefusedError(Close.PROTOCOL_ERROR) from None
    if not isinstance(body, dict):
        raise _RefusedError(Close.PROTOCOL_ERROR)
    return body


def _parse_hello(text: str, limits: Limits) -> Hello:
    if len(text.encode()) > limits.hello_bytes:
        raise _RefusedError(Close.PROTOCOL_ERROR)
    body = _parse_object(text)
    try:
        frame = CLIENT_FRAME.validate_python(body)
    except ValidationError:
        raise _RefusedError(Close.PROTOCOL_ERROR) from None
    if not isinstance(frame, Hello):
        raise _RefusedError(Close.NOT_AUTHENTICATED)
    return frame


def _request_id(body: dict[str, Any]) -> int | None:
    found = body.get("id")
    return found if type(found) is int and 0 <= found < 2**53 else None


routes = [WebSocketRoute("/ws", SocketDoor(), name="socket")]
