"""The rooms of one node: who is present where, and what is to be sent. No I/O, no waiting.

A room is the set of users present in one list. Each socket in a room gets the users who join and
leave. A socket that is new, or whose send buffer was full at a change, gets a snapshot once its
buffer has space. So a lost frame never leaves a user shown who is not present.
"""

from collections.abc import Callable, Mapping

from realtime.limits import Limits
from realtime.presence.pending_changes import PendingChanges
from realtime.presence.room import (
    Lease,
    LeaseKey,
    PresenceEntry,
    Room,
    change_frames,
    snapshot_frame,
)
from realtime.streams.subscriber import Subscriber, SubscriptionObserver
from realtime.transports.frame_batch import FrameBatch
from shared import metrics
from shared.ids import StreamId, UserId


class RoomRegistry(SubscriptionObserver):
    def __init__(
        self,
        limits: Limits,
        is_authorized: Callable[[Subscriber, StreamId], bool | None],
        has_room: Callable[[Subscriber], bool],
        local_changes: PendingChanges,
        remote_changes: PendingChanges,
        now: Callable[[], float],
    ) -> None:
        """`local_changes` are for this node's sockets, `remote_changes` for other nodes."""
        self.rooms: dict[StreamId, Room] = {}
        self._limits = limits
        self._is_authorized = is_authorized
        self._has_room = has_room
        self._local_changes = local_changes
        self._remote_changes = remote_changes
        self._now = now
        self._streams_of: dict[Subscriber, set[StreamId]] = {}
        # Set by build_presence: the rights to edit are cached.
        self.forget_rights: Callable[[UserId], None] = lambda user_id: None
        self._is_isolated = False

    @property
    def is_empty(self) -> bool:
        """Return True if nothing is kept of any room or socket."""
        return not (self.rooms or self._streams_of)

    # Sockets

    def streams_of(self, subscriber: Subscriber) -> set[StreamId]:
        """Return the lists in which the socket is present, or will be once it is authorized."""
        return self._streams_of.get(subscriber, set())

    def is_present(self, subscriber: Subscriber, stream: StreamId) -> bool:
        room = self.rooms.get(stream)
        return room is not None and subscriber in room.sockets

    def enter(
        self,
        subscriber: Subscriber,
        stream: StreamId,
        entry: PresenceEntry,
        request_id: int | None,
    ) -> None:
        """Make a subscriber present in the list, at once or once it is authorized."""
        room = self.rooms.setdefault(stream, Room(stream))
        self._streams_of.setdefault(subscriber, set()).add(stream)
        if self._is_authorized(subscriber, stream):
            room.enter(subscriber, entry, request_id)
            self.mark_changed(stream)
        else:
            room.unauthorized[subscriber] = (entry, request_id)

    def on_admitted(self, subscriber: Subscriber, stream: StreamId) -> None:
        room = self.rooms.get(stream)
        if room is not None and subscriber in room.unauthorized:
            room.enter(subscriber, *room.unauthorized.pop(subscriber))
            self.mark_changed(stream)

    def on_ended(
        self, subscriber: Subscriber, stream: StreamId | None, *, at_once: bool = False
    ) -> None:
        """Remove the socket from the list, or from all; its user after a delay unless `at_once`."""
        streams = self._streams_of.get(subscriber, set())
        for left in [stream] if stream else list(streams):
            if left not in streams:
                continue
            streams.discard(left)
            due_at = None if at_once else self._now() + self._limits.leave_debounce_seconds
            self.rooms[left].leave(subscriber, due_at)
            self.mark_changed(left)
        if not streams:
            self._streams_of.pop(subscriber, None)

    def on_revoked(self, stream: StreamId, user_id: UserId | None) -> None:
        room = self.rooms.get(stream)
        if room is None:
            return
        for subscriber in [*room.sockets, *room.unauthorized]:
            if user_id in (None, subscriber.user_id):
                self.on_ended(subscriber, stream, at_once=True)
        now = self._now()
        room.revoke(user_id, now, now + self._limits.lease_seconds)
        self.mark_changed(stream)

    def on_member_edited(self, user_id: UserId) -> None:
        self.forget_rights(user_id)

    # Other nodes

    def apply_remote_leases(self, stream: StreamId, leases: Mapping[LeaseKey, Lease]) -> None:
        """Take over what other nodes have written to the broker."""
        room = self.rooms.get(stream)
        if room is not None and room.sockets:
            room.apply_remote_leases(leases, self._now())
            self._local_changes.add_rooms([stream])

    def set_isolated(self, is_isolated: bool) -> None:
        """Set whether no other node can be reached; if so, snapshots do not wait for leases."""
        if is_isolated and not self._is_isolated:
            self._local_changes.add_rooms(self.rooms)
        self._is_isolated = is_isolated

    @property
    def is_isolated(self) -> bool:
        return self._is_isolated

    # Sending

    def mark_changed(self, stream: StreamId) -> None:
        """Have the room's change sent, to this node's sockets and to other nodes."""
        self._local_changes.add_rooms([stream])
        self._remote_changes.add_rooms([stream])

    def expire(self) -> None:
        """Mark the rooms that have changed by the passing of time alone."""
        now = self._now()
        for stream, room in self.rooms.items():
            if room.expire(now) or room.is_unused(now):
                self.mark_changed(stream)
        metrics.presences.set(sum(map(len, self._streams_of.values())))

    def send_changes(self) -> None:
        """Send the changes of the rooms that were marked; what is still pending goes next time."""
        for stream in self._local_changes.take_rooms():
            room = self.rooms.get(stream)
            if room is None:
                continue
            self._send_room(room)
            if room.pending_snapshots:
                self._local_changes.add_rooms([stream])
            if room.is_unused(self._now()):
                del self.rooms[stream]
                self._remote_changes.discard_room(stream)

    def _send_room(self, room: Room) -> None:
        users = room.present_users()
        joined = [entry for user_id, entry in users.items() if room.announced.get(user_id) != entry]
        left = [user_id for user_id in room.announced if user_id not in users]
        room.announced = users
        if frames := change_frames(room.stream, joined, left):
            changes = FrameBatch(frames)
            for subscriber in room.sockets:
                if subscriber in room.pending_snapshots:
                    continue
                if not self.send_if_ready(subscriber, room.stream, changes):
                    room.pending_snapshots[subscriber] = None
        if room.is_loaded or self._is_isolated:
            self._send_snapshots(room)

    def _send_snapshots(self, room: Room) -> None:
        snapshots: dict[int | None, FrameBatch] = {}
        for subscriber, request_id in list(room.pending_snapshots.items()):
            if request_id not in snapshots:
                frame = snapshot_frame(room.stream, room.announced.values(), request_id)
                snapshots[request_id] = FrameBatch((frame,))
            if self.send_if_ready(subscriber, room.stream, snapshots[request_id]):
                del room.pending_snapshots[subscriber]

    def send_if_ready(self, subscriber: Subscriber, stream: StreamId, batch: FrameBatch) -> bool:
        """Send to a socket that may read the list and has read everything before.

        Return False if it was not sent. An event must never wait, nor be read from the database,
        because of a frame that may be lost.
        """
        if not self._is_authorized(subscriber, stream) or not self._has_room(subscriber):
            return False
        subscriber.write(batch)
        return True
