"""The rooms of one node: who says presence where, and who is told what. No I/O, no waiting.

Everybody in a list hears who joins it and who leaves; whoever is new, or had no room for some news,
gets all of it once there is room. So nothing depends on a single frame, and no ghost can stay.
"""

from collections.abc import Callable, Mapping

from realtime.limits import Limits
from realtime.presence.room import Lease, Room, Seen, news_frames, presence_frame
from realtime.streams.stream_state import Subscriber, SubscriptionObserver
from realtime.transports.frame_batch import FrameBatch
from shared import metrics
from shared.ids import StreamId, UserId


class Presence(SubscriptionObserver):
    """The hub's watcher. `changed` is called when there is something to tell, or to lend."""

    def __init__(
        self,
        limits: Limits,
        is_authorized: Callable[[Subscriber, StreamId], bool | None],
        has_room: Callable[[Subscriber], bool],
        changed: Callable[[], None],
        now: Callable[[], float],
    ) -> None:
        self.rooms: dict[StreamId, Room] = {}
        # Rooms whose leases at the broker are to be written or read.
        self.to_exchange: dict[StreamId, None] = {}
        # Whether no other node can be heard of: then nobody waits for what they say.
        self.is_alone = False
        self._limits = limits
        self._is_authorized = is_authorized
        self._has_room = has_room
        self._changed = changed
        self._now = now
        self._places: dict[Subscriber, set[StreamId]] = {}
        self._to_tell: dict[StreamId, None] = {}

    # Sockets

    def places_of(self, subscriber: Subscriber) -> set[StreamId]:
        """Returns the lists in which the socket says presence, or will once it may."""
        return self._places.get(subscriber, set())

    def is_here(self, subscriber: Subscriber, stream: StreamId) -> bool:
        room = self.rooms.get(stream)
        return room is not None and subscriber in room.sockets

    def say(self, subscriber: Subscriber, stream: StreamId, seen: Seen, re: int | None) -> None:
        """A subscriber is in the list; if it is not known yet whether they may, then once it is."""
        room = self.rooms.setdefault(stream, Room(stream))
        self._places.setdefault(subscriber, set()).add(stream)
        if self._is_authorized(subscriber, stream):
            room.enter(subscriber, seen, re)
            self.touch(stream)
        else:
            room.waiting[subscriber] = (seen, re)

    def on_admitted(self, subscriber: Subscriber, stream: StreamId) -> None:
        room = self.rooms.get(stream)
        if room is not None and subscriber in room.waiting:
            room.enter(subscriber, *room.waiting.pop(subscriber))
            self.touch(stream)

    def on_ended(
        self, subscriber: Subscriber, stream: StreamId | None, *, at_once: bool = False
    ) -> None:
        """Not in the list any more; told when the leave is due, unless it is `at_once`."""
        places = self._places.get(subscriber, set())
        for one in [stream] if stream else list(places):
            if one not in places:
                continue
            places.discard(one)
            self.rooms[one].leave(
                subscriber, None if at_once else self._now() + self._limits.leave_seconds
            )
            self.touch(one)
        if not places:
            self._places.pop(subscriber, None)

    def on_revoked(self, stream: StreamId, user_id: UserId | None) -> None:
        room = self.rooms.get(stream)
        if room is None:
            return
        for subscriber in [*room.sockets, *room.waiting]:
            if user_id in (None, subscriber.user_id):
                self.on_ended(subscriber, stream, at_once=True)
        now = self._now()
        room.expel(user_id, now, now + self._limits.lease_seconds)
        self.touch(stream)

    # Other nodes

    def believe(self, stream: StreamId, leases: Mapping[tuple[str, UserId], Lease]) -> None:
        """Other nodes say so."""
        room = self.rooms.get(stream)
        if room is not None and room.sockets:
            room.believe(leases, self._now())
            self._to_tell[stream] = None
            self._changed()

    def be_alone(self, is_alone: bool) -> None:
        """Whether no other node can be heard of, from now on."""
        if is_alone and not self.is_alone:
            self._to_tell.update(dict.fromkeys(self.rooms))
            self._changed()
        self.is_alone = is_alone

    # Telling

    def touch(self, stream: StreamId) -> None:
        """The room has changed: it is told here, and elsewhere."""
        self._to_tell[stream] = None
        self.to_exchange[stream] = None
        self._changed()

    def lapse(self) -> None:
        """What time alone has changed is to be told."""
        now = self._now()
        for stream, room in self.rooms.items():
            if room.lapse(now) or room.is_over(now):
                self.touch(stream)
        metrics.presences.set(sum(map(len, self._places.values())))

    def tell(self) -> None:
        """Whoever is in a room that changed knows it, or is owed all of it and gets it next time."""
        to_tell, self._to_tell = self._to_tell, {}
        for stream in to_tell:
            room = self.rooms.get(stream)
            if room is None:
                continue
            self._tell(room)
            if room.owed:
                self._to_tell[stream] = None
            if room.is_over(self._now()):
                del self.rooms[stream]
                self.to_exchange.pop(stream, None)
        if self._to_tell:
            self._changed()

    def _tell(self, room: Room) -> None:
        people = room.everybody()
        joined = [seen for user_id, seen in people.items() if room.told.get(user_id) != seen]
        left = [user_id for user_id in room.told if user_id not in people]
        room.told = people
        if frames := news_frames(room.stream, joined, left):
            news = FrameBatch(frames)
            for subscriber in room.sockets:
                if subscriber not in room.owed and not self.write(subscriber, room.stream, news):
                    room.owed[subscriber] = None
        if room.is_read or self.is_alone:
            self._pay(room)

    def _pay(self, room: Room) -> None:
        whole: dict[int | None, FrameBatch] = {}
        for subscriber, re in list(room.owed.items()):
            if re not in whole:
                whole[re] = FrameBatch((presence_frame(room.stream, room.told.values(), re),))
            if self.write(subscriber, room.stream, whole[re]):
                del room.owed[subscriber]

    def write(self, subscriber: Subscriber, stream: StreamId, batch: FrameBatch) -> bool:
        """Tells a socket that has read all before, and may read this; answers whether it did.

        Only then: an event must never wait, nor be read again, because of what may be lost.
        """
        if not self._is_authorized(subscriber, stream) or not self._has_room(subscriber):
            return False
        subscriber.write(batch)
        return True
