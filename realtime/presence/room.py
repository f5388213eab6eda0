"""Who is present in one list, as one node knows it. Pure: no I/O, no clock.

    sockets         this node's sockets that are present      a user is present while one of them is
    leaving         this node's users without sockets         present until their leave is due
    remote_leases   what other nodes wrote to the broker      present until the lease ends

A user counts once, however many sockets and nodes. Of several states the latest one counts.
Leases of a node that died end after 30 s (`expire`); clients are promised 35 s.
All instants are monotonic seconds.

The frames are joined here from JSON that is encoded once per user. realtime/transports/frame_batch.py
encodes most other frames, shared/event_log.py events.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf

import orjson

from realtime.streams.subscriber import Subscriber
from shared.ids import StreamId, UserId


@dataclass(frozen=True, slots=True)
class PresenceEntry:
    """A user as the others see them. Both parts are JSON already: they are sent to many."""

    user: bytes
    state: bytes
    set_at: float = field(compare=False)


@dataclass(frozen=True, slots=True)
class Lease:
    """The user of `entry` is present until `ends_at`, unless something newer is known."""

    entry: PresenceEntry
    ends_at: float


# The node that wrote a lease, and its user.
LeaseKey = tuple[str, UserId]


@dataclass(eq=False, slots=True)
class Room:
    stream: StreamId
    sockets: dict[Subscriber, PresenceEntry] = field(default_factory=dict)
    leaving: dict[UserId, Lease] = field(default_factory=dict)
    remote_leases: dict[LeaseKey, Lease] = field(default_factory=dict)
    # Sockets that are not yet known to be allowed, with the id of the frame to be answered.
    unauthorized: dict[Subscriber, tuple[PresenceEntry, int | None]] = field(default_factory=dict)
    # What was sent last, and to whom all of it is still to be sent, with the id to be answered:
    # new sockets, and those that had no room for a change.
    announced: dict[UserId, PresenceEntry] = field(default_factory=dict)
    pending_snapshots: dict[Subscriber, int | None] = field(default_factory=dict)
    # This node's leases at the broker.
    written_leases: dict[UserId, Lease] = field(default_factory=dict)
    # When a user was removed, and until when other nodes may not know: until then their leases
    # of this user count only if they were set after the removal.
    revoked: dict[UserId, tuple[float, float]] = field(default_factory=dict)
    # Whether remote leases were read since a socket of this node is present.
    is_loaded: bool = False

    def enter(self, subscriber: Subscriber, entry: PresenceEntry, request_id: int | None) -> None:
        """Make the socket present. A new one gets a snapshot, and so does one that asks for it."""
        if subscriber not in self.sockets or request_id is not None:
            self.pending_snapshots[subscriber] = request_id
        self.sockets[subscriber] = entry
        self.leaving.pop(subscriber.user_id, None)

    def leave(self, subscriber: Subscriber, due_at: float | None) -> None:
        """Remove the socket; a user whose last one it was stays until `due_at`."""
        self.unauthorized.pop(subscriber, None)
        self.pending_snapshots.pop(subscriber, None)
        entry = self.sockets.pop(subscriber, None)
        if entry is None or any(other.user_id == subscriber.user_id for other in self.sockets):
            return
        if due_at is not None:
            self.leaving[subscriber.user_id] = Lease(entry, due_at)
        if not self.sockets:
            # No task reads leases for an empty room: the next socket must not see old ones.
            self.remote_leases.clear()
            self.announced.clear()
            self.is_loaded = False

    def revoke(self, user_id: UserId | None, now: float, until: float) -> None:
        """Remove the user at once, on whatever node they are; None: everyone.

        Leases that were set before `now` are ignored until `until`.
        """
        for subscriber in [*self.sockets, *self.unauthorized]:
            if user_id in (None, subscriber.user_id):
                self.leave(subscriber, None)
        for user in [user for user in self.leaving if user_id in (None, user)]:
            del self.leaving[user]
        for key in [key for key in self.remote_leases if user_id in (None, key[1])]:
            del self.remote_leases[key]
        if user_id is not None:
            self.revoked[user_id] = now, until

    def expire(self, now: float) -> bool:
        """Drop leaves that are due and leases that ended; return True if there were any."""
        due = [user_id for user_id, lease in self.leaving.items() if lease.ends_at <= now]
        ended = [key for key, lease in self.remote_leases.items() if lease.ends_at <= now]
        for user_id in due:
            del self.leaving[user_id]
        for key in ended:
            del self.remote_leases[key]
        for user_id in [user_id for user_id, (_, until) in self.revoked.items() if until <= now]:
            del self.revoked[user_id]
        return bool(due or ended)

    def apply_remote_leases(self, leases: Mapping[LeaseKey, Lease], now: float) -> None:
        """Take over the leases of other nodes. Keep what is missing: a broker may lose its data."""
        for key, lease in leases.items():
            revoked_at, until = self.revoked.get(key[1], (-inf, -inf))
            if now >= until or lease.entry.set_at > revoked_at:
                self.remote_leases[key] = lease
        self.is_loaded = True
        self.expire(now)

    def local_leases(self, ends_at: float) -> dict[UserId, Lease]:
        """Return leases for this node's users until `ends_at`, or until their leave is due."""
        leases = dict(self.leaving)
        for subscriber, entry in self.sockets.items():
            other = leases.get(subscriber.user_id)
            if other is None or other.entry.set_at <= entry.set_at:
                leases[subscriber.user_id] = Lease(entry, ends_at)
        return leases

    def present_users(self) -> dict[UserId, PresenceEntry]:
        """Return who is present, on whatever node. Call expire() before."""
        users = {user_id: lease.entry for user_id, lease in self.local_leases(0).items()}
        for (_, user_id), lease in self.remote_leases.items():
            other = users.get(user_id)
            if other is None or other.set_at < lease.entry.set_at:
                users[user_id] = lease.entry
        return users

    def is_unused(self, now: float) -> bool:
        """Return True if no user of this node is present and no lease of this node is left."""
        is_leased = any(lease.ends_at > now for lease in self.written_leases.values())
        return not (self.sockets or self.unauthorized or self.leaving or is_leased)


def snapshot_frame(
    stream: StreamId, users: Iterable[PresenceEntry], request_id: int | None
) -> bytes:
    answer = {} if request_id is None else {"re": request_id}
    return orjson.dumps({"type": "presence", **answer, "list": stream, "users": _as_json(users)})


def change_frames(
    stream: StreamId, joined: Iterable[PresenceEntry], left: Iterable[UserId]
) -> tuple[bytes, ...]:
    """Return a frame for each of the two that is not empty."""
    users, gone = _as_json(joined), list(left)
    frames = []
    if users:
        frames.append(orjson.dumps({"type": "joined", "list": stream, "users": users}))
    if gone:
        frames.append(orjson.dumps({"type": "left", "list": stream, "users": gone}))
    return tuple(frames)


def _as_json(users: Iterable[PresenceEntry]) -> list[dict[str, orjson.Fragment]]:
    return [
        {"user": orjson.Fragment(entry.user), "state": orjson.Fragment(entry.state)}
        for entry in users
    ]
