"""The frames of the WebSocket protocol and its close codes. Documented in docs/protocol.md."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from shared.contract.base import Body, Shape
from shared.contract.input.strict_json import MAX_SAFE_INTEGER
from shared.contract.shapes import Position, UserShape

SUBPROTOCOL = "livelist.v1"

# Codes of `error` frames, which refuse a request and leave the socket open (docs/protocol.md).
ErrorCode = Literal[
    "forbidden", "invalid", "not_found", "not_subscribed", "other_session", "token_expired",
    "too_large", "too_many_lists", "too_many_presences", "unauthenticated", "unavailable",
    "unknown_type",
]  # fmt: skip
RequestId = Annotated[int, Field(strict=True, ge=0, le=MAX_SAFE_INTEGER)]
Seq = Annotated[int, Field(strict=True, ge=0, le=MAX_SAFE_INTEGER)]
StreamName = Annotated[str, Field(min_length=1, max_length=64)]


class Cursor(Body):
    """Where a client resumes: `since` is the newest position it has, in the epoch `epoch`."""

    list: StreamName
    epoch: Annotated[str, Field(max_length=64)]
    since: Seq


class Hello(Body):
    type: Literal["hello"]
    id: RequestId
    ticket: Annotated[str, Field(max_length=200)] | None = None
    token: Annotated[str, Field(max_length=4000)] | None = None


class Subscribe(Body):
    type: Literal["subscribe"]
    id: RequestId
    lists: Annotated[list[Cursor], Field(min_length=1, max_length=200)]


class Unsubscribe(Body):
    type: Literal["unsubscribe"]
    id: RequestId
    lists: Annotated[list[StreamName], Field(min_length=1, max_length=200)]


class Auth(Body):
    """Send a newer access token of the same session over the open socket."""

    type: Literal["auth"]
    id: RequestId
    token: Annotated[str, Field(max_length=4000)]


class Pong(Body):
    type: Literal["pong"]
    seqs: dict[str, Seq] | None = None


class SayPresence(Body):
    """Be present in a list. `state` is passed on to the other clients; null: leave."""

    type: Literal["presence"]
    id: RequestId | None = None
    list: StreamName
    state: dict[str, Any] | None = Field(default_factory=dict)


class SayEditing(Body):
    """Announce that the user is editing `field` of a todo, or writing a `comment`. Sent repeatedly."""

    type: Literal["editing"]
    id: RequestId | None = None
    todo: Annotated[str, Field(min_length=1, max_length=64)]
    field: Annotated[str, Field(pattern="^[a-z_]{1,32}$")]


AnyFrame = Hello | Subscribe | Unsubscribe | Auth | Pong | SayPresence | SayEditing
ClientFrame = Annotated[AnyFrame, Field(discriminator="type")]
CLIENT_FRAME: TypeAdapter[AnyFrame] = TypeAdapter(ClientFrame)


class ServerFrame(Shape):
    pass


class Welcome(ServerFrame):
    type: Literal["welcome"] = "welcome"
    re: int
    connection: str
    user: UserShape
    heartbeat_seconds: int


class Subscribed(ServerFrame):
    """All events up to `seq` have been sent; live events follow."""

    type: Literal["subscribed"] = "subscribed"
    re: int
    list: str
    epoch: str
    seq: int


class Reset(ServerFrame):
    """The missed events cannot be read: fetch the snapshot again, then subscribe from its position."""

    type: Literal["reset"] = "reset"
    re: int | None = None
    list: str
    epoch: str
    seq: int
    reason: Literal["trimmed", "epoch", "ahead"]


class Unsubscribed(ServerFrame):
    type: Literal["unsubscribed"] = "unsubscribed"
    re: int | None = None
    list: str
    reason: Literal["removed", "deleted", "requested"]


class Expiring(ServerFrame):
    type: Literal["expiring"] = "expiring"
    seconds: int


class Authenticated(ServerFrame):
    """The answer to `auth`."""

    type: Literal["authenticated"] = "authenticated"
    re: int
    expires_in: int


class Ping(ServerFrame):
    """`heads` are the newest positions of the subscribed streams, for the client to compare."""

    type: Literal["ping"] = "ping"
    heads: dict[str, int]


class Failed(ServerFrame):
    type: Literal["error"] = "error"
    re: int | None = None
    code: ErrorCode
    detail: str
    list: str | None = None


class Closed(ServerFrame):
    """The last frame of a stream of Server-Sent Events, which has no close code."""

    type: Literal["closed"] = "closed"
    code: int
    reason: str


class PersonHere(Shape):
    user: UserShape
    state: dict[str, Any]


class Presence(ServerFrame):
    """All users who are present in the list, the recipient included. Replaces earlier frames.

    realtime/presence/room.py encodes this frame and the next three; the models document them.
    """

    type: Literal["presence"] = "presence"
    re: int | None = None
    list: str
    users: tuple[PersonHere, ...]


class Joined(ServerFrame):
    """Users are present now, or have another state."""

    type: Literal["joined"] = "joined"
    list: str
    users: tuple[PersonHere, ...]


class Left(ServerFrame):
    """Users are no longer present."""

    type: Literal["left"] = "left"
    list: str
    users: tuple[str, ...] = Field(description="Ids of the users.")


class Editing(ServerFrame):
    """Another user is editing. Drop it after a few seconds, or when the user is no longer present."""

    type: Literal["editing"] = "editing"
    list: str
    todo: str
    field: str
    user: UserShape


class EventFrame(ServerFrame):
    """An event. shared/event_log.py encodes it once; this model documents it."""

    type: Literal["event"] = "event"
    list: str
    seq: int
    event: str
    at: str
    actor: dict[str, str] | None
    mutation: str | None
    data: dict[str, Any]


class Batch(ServerFrame):
    """Frames that were ready at the same time, in order. A batch contains no other batch."""

    type: Literal["batch"] = "batch"
    frames: list[dict[str, Any]]


class MissedEvents(Shape):
    """Events after a position, over REST."""

    items: list[EventFrame]
    stream: Position = Field(
        description="Position of the last item; request again from here until none come."
    )


class Close(IntEnum):
    GOING_AWAY = 1012
    PROTOCOL_ERROR = 4400
    CREDENTIALS_EXPIRED = 4001
    TOO_SLOW = 4002
    TOO_MANY_FRAMES = 4003
    NO_PONG = 4005
    NOT_AUTHENTICATED = 4401
    REFUSED = 4403
    UNKNOWN_VERSION = 4409
    TOO_MANY_CONNECTIONS = 4429


@dataclass(frozen=True)
class CloseMeaning:
    reason: str
    client_should: str
    reconnect: bool


CLOSES: dict[Close, CloseMeaning] = {
    Close.CREDENTIALS_EXPIRED: CloseMeaning(
        "The access token expired, or is not enough any more.",
        "get a new ticket and reconnect",
        reconnect=True,
    ),
    Close.TOO_SLOW: CloseMeaning(
        "The client reads too slowly.", "reconnect with jitter, 0.5 to 30 s", reconnect=True
    ),
    Close.TOO_MANY_FRAMES: CloseMeaning(
        "The client sends too many frames.", "reconnect with jitter, 0.5 to 30 s", reconnect=True
    ),
    Close.NO_PONG: CloseMeaning(
        "The client did not answer a ping.", "reconnect with jitter, 0.5 to 30 s", reconnect=True
    ),
    Close.GOING_AWAY: CloseMeaning(
        "This node restarts.", "reconnect, spread over 10 s", reconnect=True
    ),
    Close.NOT_AUTHENTICATED: CloseMeaning(
        "Not signed in.", "stop, and ask the person to sign in", reconnect=False
    ),
    Close.REFUSED: CloseMeaning(
        "The session was revoked, or the account disabled.",
        "stop, and ask the person to sign in",
        reconnect=False,
    ),
    Close.PROTOCOL_ERROR: CloseMeaning(
        "A frame was not understood.", "stop, and tell the person", reconnect=False
    ),
    Close.UNKNOWN_VERSION: CloseMeaning(
        "Unknown protocol version.", "stop, and tell the person", reconnect=False
    ),
    Close.TOO_MANY_CONNECTIONS: CloseMeaning(
        "Too many connections of one account.", "stop, and tell the person", reconnect=False
    ),
}
