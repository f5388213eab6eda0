"""Presence and editing signals between the sockets of this node; broadcaster.py has the others.

Ephemeral: no sequence, nothing stored, and nothing in here touches the way of an event. What
happens within a tenth of a second is told together, to sockets that have read all before.
"""

import asyncio

import orjson

from realtime.connection import Connection
from realtime.limits import Limits
from realtime.presence.broadcaster import Exchange, Signal
from realtime.presence.editing_permission import Answer, EditingRights
from realtime.presence.room import Seen, editing_frame
from realtime.presence.rooms import Presence
from realtime.streams.hub import Hub
from realtime.streams.stream_state import Subscriber
from realtime.transports.compact_json import compact
from realtime.transports.frame_batch import FrameBatch
from realtime.waiting import wait
from shared import metrics
from shared.clock import monotonic
from shared.contract.frames import ErrorCode, Failed, SayEditing, SayPresence
from shared.contract.shapes import UserShape
from shared.errors import Forbidden, NotFound
from shared.ids import StreamId, UserId, is_id
from shared.resources import Resources

_Refusal = tuple[ErrorCode, str]
_TOO_LARGE: _Refusal = "too_large", f"A state has at most {Limits.state_bytes} bytes of JSON."


class Signals:
    """The node's. What runs in its tasks is in `forever`."""

    def __init__(
        self, resources: Resources, limits: Limits, hub: Hub, places: asyncio.Semaphore
    ) -> None:
        self._limits = limits
        self._hub = hub
        self._to_tell = asyncio.Event()
        self._users: dict[Connection, bytes] = {}
        # By list and person: of several within a moment the last is told.
        self._edits: dict[tuple[StreamId, UserId], Signal] = {}
        self._rights = EditingRights(resources, limits, places, self._may_edit)
        self.presence = Presence(limits, hub.is_authorized, _has_room, self._wake, monotonic)
        hub.observer = self.presence
        self.forever = [self._rights.look_up_forever, self.tell_forever]
        self.exchange: Exchange | None = None
        if resources.redis is not None:
            self.exchange = Exchange(resources.redis, limits, self.presence, self._tell_edit)
            self.forever.append(self.exchange.run_forever)
        self.presence.be_alone(self.exchange is None)

    def _wake(self) -> None:
        self._to_tell.set()
        if self.exchange is not None:
            self.exchange.wake()
        else:
            self.presence.to_exchange.clear()

    # Sockets

    def attach(self, connection: Connection, user: UserShape) -> None:
        """The socket is `user`'s."""
        self._users[connection] = compact(user.model_dump(mode="json"))

    def detach(self, connection: Connection) -> None:
        """The socket is gone; its person in a moment, unless they come back."""
        self.presence.on_ended(connection, None)
        self._rights.forget(connection)
        self._users.pop(connection, None)

    def hear(self, connection: Connection, frame: SayPresence | SayEditing) -> None:
        """The others in the list are told soon, if the socket's person may say so."""
        if isinstance(frame, SayPresence):
            self._say_presence(connection, frame)
        else:
            self._rights.ask(connection, frame)

    def _say_presence(self, connection: Connection, frame: SayPresence) -> None:
        stream = StreamId(frame.list)
        if frame.state is None:
            self.presence.on_ended(connection, stream)
            return
        state = _encoded(frame.state)
        if refusal := self._why_not(connection, stream, state):
            code, detail = refusal
            connection.say(Failed(re=frame.id, code=code, detail=detail, list=frame.list))
            return
        assert state is not None
        seen = Seen(self._users[connection], state, monotonic())
        self.presence.say(connection, stream, seen, frame.id)

    def _why_not(
        self, connection: Connection, stream: StreamId, state: bytes | None
    ) -> _Refusal | None:
        if not is_id(stream) or self._hub.is_authorized(connection, stream) is None:
            return "not_subscribed", "Subscribe to the list first."
        if state is None or len(state) > self._limits.state_bytes:
            return _TOO_LARGE
        places = self.presence.places_of(connection)
        if stream not in places and len(places) >= self._limits.presences:
            return (
                "too_many_presences",
                f"One socket is present in {Limits.presences} lists at most.",
            )
        return None

    def _may_edit(self, connection: Connection, frame: SayEditing, found: Answer) -> None:
        refused: _Refusal
        if isinstance(found, Forbidden):
            refused = "forbidden", found.detail
        elif isinstance(found, NotFound) or not self.presence.is_here(connection, found):
            # Alike for what does not exist, is not theirs, or lies where they are not present.
            refused = "not_found", NotFound().detail
        else:
            user = self._users[connection]
            signal = Signal(found, frame.todo, frame.field, connection.user_id, user)
            self._tell_edit(signal)
            if self.exchange is not None:
                self.exchange.tell(signal)
            return
        code, detail = refused
        connection.say(Failed(re=frame.id, code=code, detail=detail))

    def _tell_edit(self, signal: Signal) -> None:
        key = signal.stream, signal.user_id
        if key not in self._edits and len(self._edits) >= self._limits.signals_at_once:
            metrics.editing_dropped.labels(why="node_full").inc()
        elif signal.stream in self.presence.rooms:
            self._edits[key] = signal
            self._to_tell.set()

    # Telling this node's sockets

    async def tell_forever(self) -> None:
        """Who is in a list hears of the others: at once, then all that happened in a moment."""
        lapse_at = 0.0
        while True:
            await wait(self._to_tell, self._limits.beat_seconds)
            self._to_tell.clear()
            if (now := monotonic()) >= lapse_at:
                lapse_at = now + self._limits.beat_seconds
                self.presence.lapse()
            self.presence.tell()
            self._tell_edits()
            await asyncio.sleep(self._limits.signal_seconds)

    def _tell_edits(self) -> None:
        edits, self._edits = self._edits, {}
        for signal in edits.values():
            room = self.presence.rooms.get(signal.stream)
            if room is None:
                continue
            batch = FrameBatch(
                (editing_frame(room.stream, signal.todo, signal.field, signal.user),)
            )
            for subscriber in room.sockets:
                if subscriber.user_id == signal.user_id:
                    continue
                if not self.presence.write(subscriber, room.stream, batch):
                    metrics.editing_dropped.labels(why="no_room").inc()


def _has_room(subscriber: Subscriber) -> bool:
    assert isinstance(subscriber, Connection)
    return not subscriber.is_closed and subscriber.transport.is_empty


def _encoded(state: object) -> bytes | None:
    """Returns it as JSON; None for what is nested too deeply for that."""
    try:
        return compact(state)
    except orjson.JSONEncodeError:
        return None
