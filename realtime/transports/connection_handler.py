"""What is said on one signed-in socket, frame by frame. docs/protocol.md, "The socket".

Nothing in here waits: a frame is answered at once, or by a task of the node.
"""

import logging
from typing import Any

import orjson
from pydantic import ValidationError

from realtime.connection import Connection
from realtime.limits import Limits
from realtime.node import Realtime
from realtime.streams.backfill import DATABASE_ERRORS
from shared.clock import monotonic
from shared.contract.frames import (
    CLIENT_FRAME,
    Auth,
    Authenticated,
    Close,
    ErrorCode,
    Failed,
    Hello,
    Pong,
    SayEditing,
    SayPresence,
    Subscribe,
    Unsubscribe,
)
from shared.errors import Unauthenticated
from shared.ids import StreamId

# What else may be wrong with a token is told as `unauthenticated`.
_AUTH_CODES: tuple[ErrorCode, ...] = ("token_expired", "other_session")

log = logging.getLogger(__name__)


class RefusedError(Exception):
    """What was sent ends the connection."""

    def __init__(self, code: Close) -> None:
        super().__init__(code)
        self.code = code


class Conversation:
    """Everything after the welcome; realtime.transports.uvicorn_protocol.Peer of the socket."""

    def __init__(self, node: Realtime, connection: Connection) -> None:
        self._node = node
        self._connection = connection
        self._limits = node.limits
        self._allowance = Allowance(node.limits)
        self._is_renewing = False

    def heard(self, text: str | None) -> None:
        if not self._is_allowed():
            return
        try:
            self._answer(parse_object(text, self._limits.frame_bytes))
        except RefusedError as refused:
            self._connection.close(refused.code)
        except Exception:
            # A bug met by one socket ends that socket; it may come back.
            log.exception("a frame was not answered")
            self._connection.close(Close.GOING_AWAY)

    def pinged(self) -> None:
        self._is_allowed()

    def _is_allowed(self) -> bool:
        """Tells whether what came is to be answered; too much of it closes the socket."""
        if self._connection.is_closed:
            return False
        if not self._allowance.take(monotonic()):
            self._connection.close(Close.TOO_MANY_FRAMES)
        return not self._connection.is_closed

    def on_drained(self) -> None:
        self._connection.transport.on_drained()

    def gone(self) -> None:
        self._node.detach(self._connection)

    def _answer(self, body: dict[str, Any]) -> None:
        try:
            frame = CLIENT_FRAME.validate_python(body)
        except ValidationError as error:
            self._connection.say(_not_understood(body, error))
            return
        match frame:
            case Subscribe():
                self._subscribe(frame)
            case Unsubscribe():
                streams = [StreamId(name) for name in dict.fromkeys(frame.lists)]
                self._node.hub.unsubscribe(self._connection, streams, frame.id)
            case Auth():
                self._authenticate(frame)
            case Pong():
                self._connection.ponged()
            case SayPresence() | SayEditing():
                self._node.signals.hear(self._connection, frame)
            case Hello():
                detail = "hello is said once, first."
                self._connection.say(Failed(re=frame.id, code="invalid", detail=detail))

    def _subscribe(self, frame: Subscribe) -> None:
        hub, connection = self._node.hub, self._connection
        cursors = {StreamId(cursor.list): cursor for cursor in frame.lists}
        if len(hub.subscribed_to(connection) | cursors.keys()) > self._limits.lists:
            detail = f"One socket carries {self._limits.lists} lists; unsubscribe from some first."
            connection.say(Failed(re=frame.id, code="too_many_lists", detail=detail))
            return
        for stream, cursor in cursors.items():
            hub.subscribe(connection, stream, cursor.epoch, cursor.since, frame.id)

    def _authenticate(self, frame: Auth) -> None:
        # One at a time: of two, the older token could be the last to count; and a flood of them
        # would wait for the database, each in a task of its own.
        if self._is_renewing:
            detail = "An earlier auth is not answered yet. Try again after that."
            self._connection.say(Failed(re=frame.id, code="unavailable", detail=detail))
            return
        self._is_renewing = True
        self._node.tasks.create_task(self._renew(frame))

    async def _renew(self, frame: Auth) -> None:
        answer: Failed | Authenticated
        try:
            seconds = await self._node.renew(self._connection, frame.token)
        except Unauthenticated as error:
            known = (one for one in _AUTH_CODES if one == error.reason)
            code: ErrorCode = next(known, "unauthenticated")
            answer = Failed(re=frame.id, code=code, detail=error.detail)
        except DATABASE_ERRORS:
            detail = "The database is busy or away. Try again."
            answer = Failed(re=frame.id, code="unavailable", detail=detail)
        except Exception:
            # Of a task of the node: it must not take the other sockets with it.
            log.exception("auth failed")
            self._connection.close(Close.GOING_AWAY)
            return
        else:
            answer = Authenticated(re=frame.id, expires_in=seconds)
        finally:
            self._is_renewing = False
        self._connection.say(answer)


class Allowance:
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


def parse_object(text: str | None, longest: int) -> dict[str, Any]:
    """Returns the JSON object in `text`, of up to `longest` bytes.

    Raises RefusedError for anything else.
    """
    try:
        if text is None or len(text.encode()) > longest:
            raise RefusedError(Close.PROTOCOL_ERROR)
        body = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        raise RefusedError(Close.PROTOCOL_ERROR) from None
    if not isinstance(body, dict):
        raise RefusedError(Close.PROTOCOL_ERROR)
    return body


def parse_hello(text: str | None, limits: Limits) -> Hello:
    """Returns the first frame of a socket. Raises RefusedError."""
    body = parse_object(text, limits.hello_bytes)
    try:
        frame = CLIENT_FRAME.validate_python(body)
    except ValidationError:
        raise RefusedError(Close.PROTOCOL_ERROR) from None
    if not isinstance(frame, Hello):
        raise RefusedError(Close.NOT_AUTHENTICATED)
    return frame


def _not_understood(body: dict[str, Any], error: ValidationError) -> Failed:
    kind = error.errors(include_input=False, include_url=False)[0]["type"]
    request_id = body.get("id")
    is_id = type(request_id) is int and 0 <= request_id < 2**53
    is_unknown = kind in ("union_tag_invalid", "union_tag_not_found")
    return Failed(
        re=request_id if is_id else None,
        code="unknown_type" if is_unknown else "invalid",
        detail="This type of frame is not known here."
        if is_unknown
        else "This frame is not as docs/protocol.md has it.",
    )
