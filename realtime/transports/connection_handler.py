"""Handle the frames of one signed-in socket. docs/protocol.md, "The socket".

Nothing here waits: a frame is answered at once, or by a task of the node.
"""

import logging
from typing import Any

from pydantic import ValidationError

from realtime.connection import Connection
from realtime.node import RealtimeNode
from realtime.read_limits import DATABASE_ERRORS
from realtime.transports.client_frames import CloseSocketError, error_answer, parse_object
from realtime.transports.frame_rate import TokenBucket
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
from shared.errors import Forbidden, Unauthenticated, Unavailable
from shared.ids import StreamId

# All other reasons why a token is refused are answered as `unauthenticated`.
_AUTH_CODES: tuple[ErrorCode, ...] = ("token_expired", "other_session")

log = logging.getLogger(__name__)


class ConnectionHandler:
    """Handle everything after the welcome, as the SocketHandler of the uvicorn protocol."""

    __slots__ = ("_bucket", "_connection", "_is_renewing", "_limits", "_node")

    def __init__(self, node: RealtimeNode, connection: Connection) -> None:
        self._node = node
        self._connection = connection
        self._limits = node.limits
        self._bucket = TokenBucket(node.limits.frames_per_second, node.limits.frames_burst)
        self._is_renewing = False

    # SocketHandler

    def on_message(self, text: str | None) -> None:
        if not self._is_allowed():
            return
        try:
            self._handle(parse_object(text, self._limits.frame_bytes))
        except CloseSocketError as error:
            self._connection.close(error.code)
        except Exception:
            # A bug met by one socket ends that socket; its client may reconnect.
            log.exception("a frame was not answered")
            self._connection.close(Close.GOING_AWAY)

    def on_other_frame(self) -> None:
        self._is_allowed()

    def on_drained(self) -> None:
        self._connection.transport.on_drained()

    def on_disconnected(self) -> None:
        self._node.detach(self._connection)

    def _is_allowed(self) -> bool:
        """Return True if a frame may be answered; close a socket that sends too many."""
        if self._connection.is_closed:
            return False
        if not self._bucket.take(monotonic()):
            self._connection.close(Close.TOO_MANY_FRAMES)
        return not self._connection.is_closed

    # Frames

    def _handle(self, body: dict[str, Any]) -> None:
        try:
            frame = CLIENT_FRAME.validate_python(body)
        except ValidationError as error:
            self._connection.send(error_answer(body, error))
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
                self._connection.on_pong()
            case SayPresence() | SayEditing():
                self._pass_on(frame)
            case Hello():
                self._refuse(frame.id, "invalid", "Send hello once, as the first frame.")

    def _subscribe(self, frame: Subscribe) -> None:
        connection = self._connection
        cursors = {StreamId(cursor.list): cursor for cursor in frame.lists}
        streams = self._node.subscriptions.streams_of(connection) | cursors.keys()
        most = self._limits.subscriptions
        if len(streams) > most:
            detail = f"One socket carries {most} lists; unsubscribe from some first."
            self._refuse(frame.id, "too_many_lists", detail)
            return
        for stream, cursor in cursors.items():
            self._node.hub.subscribe(connection, stream, cursor.epoch, cursor.since, frame.id)

    def _pass_on(self, frame: SayPresence | SayEditing) -> None:
        actor = self._connection.actor
        assert actor is not None
        if actor.may_write:
            self._node.presence.ephemeral.handle(self._connection, frame)
        else:
            detail = "This API token only reads."
            self._connection.send(Failed(re=frame.id, code="forbidden", detail=detail))

    def _authenticate(self, frame: Auth) -> None:
        # Renew one token at a time: of two renewals, the older token could win, and each would
        # occupy a task and wait for the database.
        if self._is_renewing:
            detail = "An earlier auth is not answered yet. Try again after that."
            self._refuse(frame.id, "unavailable", detail)
            return
        self._is_renewing = True
        self._node.tasks.create_task(self._renew(frame))

    async def _renew(self, frame: Auth) -> None:
        try:
            seconds = await self._node.renew(self._connection, frame.token)
        except (Unauthenticated, Forbidden) as error:
            known = (code for code in _AUTH_CODES if code == error.reason)
            self._refuse(frame.id, next(known, "unauthenticated"), error.detail)
        except Unavailable as error:
            self._refuse(frame.id, "unavailable", error.detail)
        except DATABASE_ERRORS:
            detail = "The database is busy or away. Try again."
            self._refuse(frame.id, "unavailable", detail)
        except Exception:
            # An error that left this task would end the node's task group, and all sockets.
            log.exception("auth failed")
            self._connection.close(Close.GOING_AWAY)
        else:
            self._connection.send(Authenticated(re=frame.id, expires_in=seconds))
        finally:
            self._is_renewing = False

    def _refuse(self, request_id: int, code: ErrorCode, detail: str) -> None:
        self._connection.send(Failed(re=request_id, code=code, detail=detail))
