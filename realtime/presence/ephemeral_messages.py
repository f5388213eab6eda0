"""Handle the `presence` and `editing` frames of a node's sockets.

Ephemeral: no sequence, nothing stored. What happens within a tenth of a second is sent together,
to sockets that have read everything before.
"""

import orjson

from realtime.connection import Connection
from realtime.limits import Limits
from realtime.presence.compact_json import compact_json
from realtime.presence.editing_indicators import EditingIndicators
from realtime.presence.room import PresenceEntry
from realtime.presence.room_registry import RoomRegistry
from realtime.streams.subscription_table import SubscriptionTable
from shared.clock import monotonic
from shared.contract.frames import ErrorCode, Failed, SayEditing, SayPresence
from shared.contract.shapes import UserShape
from shared.ids import StreamId, is_id

_Refusal = tuple[ErrorCode, str]
_TOO_LARGE: _Refusal = (
    "too_large",
    f"A state has at most {Limits.presence_state_bytes} bytes of JSON.",
)
_TOO_MANY: _Refusal = (
    "too_many_presences",
    f"One socket is present in {Limits.presence_lists} lists at most.",
)


class EphemeralMessages:
    def __init__(
        self,
        limits: Limits,
        subscriptions: SubscriptionTable,
        registry: RoomRegistry,
        editing: EditingIndicators,
    ) -> None:
        self._limits = limits
        self._subscriptions = subscriptions
        self._registry = registry
        self._editing = editing
        self._users: dict[Connection, bytes] = {}

    @property
    def has_rooms(self) -> bool:
        return bool(self._registry.rooms)

    @property
    def is_empty(self) -> bool:
        """Return True if nothing is kept of any room, socket or user."""
        return self._registry.is_empty and not self._users

    def attach(self, connection: Connection, user: UserShape) -> None:
        self._users[connection] = compact_json(user.model_dump(mode="json"))

    def detach(self, connection: Connection) -> None:
        """Remove the socket at once, and its user after a delay, unless they come back."""
        self._registry.on_ended(connection, None)
        self._editing.detach(connection)
        self._users.pop(connection, None)

    def handle(self, connection: Connection, frame: SayPresence | SayEditing) -> None:
        """Have the frame sent to the others in the list soon, if the user may read it."""
        if isinstance(frame, SayPresence):
            self._handle_presence(connection, frame)
        else:
            self._editing.handle(connection, frame, self._users[connection])

    def _handle_presence(self, connection: Connection, frame: SayPresence) -> None:
        stream = StreamId(frame.list)
        if frame.state is None:
            self._registry.on_ended(connection, stream)
            return
        state = _encoded(frame.state)
        if refusal := self._refusal(connection, stream, state):
            code, detail = refusal
            connection.send(Failed(re=frame.id, code=code, detail=detail, list=frame.list))
            return
        assert state is not None
        entry = PresenceEntry(self._users[connection], state, monotonic())
        self._registry.enter(connection, stream, entry, frame.id)

    def _refusal(
        self, connection: Connection, stream: StreamId, state: bytes | None
    ) -> _Refusal | None:
        if not is_id(stream) or self._subscriptions.is_authorized(connection, stream) is None:
            return "not_subscribed", "Subscribe to the list first."
        if state is None or len(state) > self._limits.presence_state_bytes:
            return _TOO_LARGE
        streams = self._registry.streams_of(connection)
        if stream not in streams and len(streams) >= self._limits.presence_lists:
            return _TOO_MANY
        return None


def _encoded(state: object) -> bytes | None:
    """Return the state as JSON; None if it is nested too deeply for that."""
    try:
        return compact_json(state)
    except orjson.JSONEncodeError:
        return None
