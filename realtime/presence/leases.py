"""Presence leases at the broker: each node writes those of its users, and reads those of others.

    livelist:presence:<list>    a hash
        <user>:<node>           {"until": ms, "said": ms, "user": UserShape, "state": {…}}

Instants are milliseconds of the broker's own clock, so that no node's clock matters. A leave is
written as a lease whose `until` has passed. A lease that is merely missing is no leave, since a
broker may lose its data: users count as present until their known lease ends. A node that finds
its own leases missing writes them again, and reports the room as changed.

The leases of a node that died end 30 s after it last renewed them. Other nodes look for ended leases
once a second (LocalSender), so they show its users as left within the 35 s of docs/protocol.md.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace

import orjson
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from realtime.limits import Limits
from realtime.presence.compact_json import compact_json
from realtime.presence.room import Lease, LeaseKey, PresenceEntry, Room
from shared.clock import monotonic
from shared.ids import StreamId, UserId, new_id

# Stands for what was written if the broker did not answer: it is written again in any case.
_UNKNOWN = PresenceEntry(b"{}", b"{}", 0)


def key_of(stream: StreamId) -> str:
    return f"livelist:presence:{stream}"


@dataclass(slots=True)
class _RoomSync:
    """What was read of one room, and what is to be written."""

    room: Room
    to_write: dict[UserId, Lease] = field(default_factory=dict)
    to_end: list[UserId] = field(default_factory=list)
    stale_fields: list[str] = field(default_factory=list)
    remote_leases: dict[LeaseKey, Lease] = field(default_factory=dict)
    # Until when the broker holds leases of this node.
    held_until: dict[UserId, float] = field(default_factory=dict)
    # More than a renewal: other nodes want to know at once.
    is_changed: bool = False
    # False if a lease of this node was left as it is, because it is young.
    is_renewed: bool = True


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What sync() has done.

    `leases` are the other nodes', by list. `changed` are the lists in which this node's leases
    changed, so that other nodes must read them. `renewed` are the lists whose leases of this node
    were all written.
    """

    leases: dict[StreamId, dict[LeaseKey, Lease]]
    changed: list[StreamId]
    renewed: list[StreamId]


class LeaseStore:
    """Each call is two round trips, for any number of rooms. Raise what redis-py raises."""

    def __init__(self, redis: Redis, limits: Limits) -> None:
        self.node = new_id()
        self._redis = redis
        self._limits = limits

    async def sync(self, rooms: list[Room], due: Container[StreamId] = ()) -> SyncResult:
        """Write this node's leases, and read the other nodes'.

        Young leases are written only in rooms that are `due`.
        """
        if not rooms:
            return SyncResult({}, [], [])
        syncs = [_RoomSync(room) for room in rooms]
        ahead = await self._read(syncs)
        now = monotonic()
        pipeline = self._redis.pipeline(transaction=False)
        for sync in syncs:
            self._plan(sync, now, is_due=sync.room.stream in due)
            self._write(pipeline, sync, ahead, now)
            # Before the write: the room may be given up meanwhile, and its leases must then end.
            sync.room.written_leases.update(sync.to_write)
        try:
            if len(pipeline):
                await pipeline.execute()
        except BaseException:
            for sync in syncs:
                sync.room.written_leases.update(
                    (user_id, replace(lease, entry=_UNKNOWN))
                    for user_id, lease in sync.to_write.items()
                )
            raise
        for sync in syncs:
            for user_id in sync.to_end:
                sync.room.written_leases.pop(user_id, None)
        return SyncResult(
            {sync.room.stream: sync.remote_leases for sync in syncs},
            [sync.room.stream for sync in syncs if sync.is_changed],
            [sync.room.stream for sync in syncs if sync.is_renewed],
        )

    async def release(self, rooms: list[Room]) -> list[StreamId]:
        """Let this node's leases end soon, because it shuts down; return the lists concerned.

        The delay is that of a leave: users may reconnect to another node.
        """
        syncs = [_RoomSync(room) for room in rooms if room.written_leases]
        if not syncs:
            return []
        ahead = await self._read(syncs)
        now = monotonic()
        pipeline = self._redis.pipeline(transaction=False)
        for sync in syncs:
            sync.to_write = sync.room.local_leases(now + self._limits.leave_debounce_seconds)
            written = sync.room.written_leases
            sync.to_end = [user_id for user_id in written if user_id not in sync.to_write]
            self._write(pipeline, sync, ahead, now)
        await pipeline.execute()
        return [sync.room.stream for sync in syncs]

    async def _read(self, syncs: list[_RoomSync]) -> float:
        """Return how many seconds the broker's clock is ahead of monotonic()."""
        pipeline = self._redis.pipeline(transaction=False)
        for sync in syncs:
            pipeline.hgetall(key_of(sync.room.stream))
        pipeline.time()
        *hashes, (seconds, microseconds) = await pipeline.execute()
        ahead: float = seconds + microseconds / 1e6 - monotonic()
        for sync, fields in zip(syncs, hashes, strict=True):
            self._sort(sync, fields, ahead)
        return ahead

    def _sort(self, sync: _RoomSync, fields: Mapping[bytes, bytes], ahead: float) -> None:
        stale_before = monotonic() - self._limits.lease_seconds
        for name, value in fields.items():
            field_name = name.decode()
            user_id, _, node = field_name.partition(":")
            lease = _unpack(value, ahead)
            if lease is None or lease.ends_at < stale_before:
                # Every node has seen its end, or has not read it for longer than a lease counts.
                sync.stale_fields.append(field_name)
            elif node != self.node:
                sync.remote_leases[node, UserId(user_id)] = lease
            else:
                sync.held_until[UserId(user_id)] = lease.ends_at

    def _plan(self, sync: _RoomSync, now: float, *, is_due: bool) -> None:
        written = sync.room.written_leases
        leases = sync.room.local_leases(now + self._limits.lease_seconds)
        for user_id, lease in leases.items():
            last, held_until = written.get(user_id), sync.held_until.get(user_id, now)
            if last is None or held_until <= now or last.entry != lease.entry:
                sync.is_changed = True
            elif last.entry.set_at != lease.entry.set_at:
                # The same state was set again. Of states on two nodes the latest counts, and
                # another may have been set in between; without one, no user sees a difference.
                sync.is_changed |= any(user_id == other for _, other in sync.remote_leases)
            elif not is_due and lease.ends_at - held_until < self._limits.renew_seconds / 2:
                sync.is_renewed = False
                continue
            sync.to_write[user_id] = lease
        sync.to_end = [user_id for user_id in written if user_id not in leases]
        sync.is_changed = sync.is_changed or bool(sync.to_end)

    def _write(self, pipeline: Pipeline, sync: _RoomSync, ahead: float, now: float) -> None:
        key, node, written = key_of(sync.room.stream), self.node, sync.room.written_leases
        fields = {f"{user}:{node}": _pack(lease, ahead) for user, lease in sync.to_write.items()}
        fields |= {
            f"{user}:{node}": _pack(Lease(written[user].entry, now), ahead) for user in sync.to_end
        }
        if sync.stale_fields:
            pipeline.hdel(key, *sync.stale_fields)
        if fields:
            pipeline.hset(key, mapping=fields)
            # As long as any node could still count what is in it.
            pipeline.pexpire(key, int(2000 * self._limits.lease_seconds))


def _pack(lease: Lease, ahead: float) -> bytes:
    return orjson.dumps(
        {
            "until": round((lease.ends_at + ahead) * 1000),
            "said": round((lease.entry.set_at + ahead) * 1000),
            "user": orjson.Fragment(lease.entry.user),
            "state": orjson.Fragment(lease.entry.state),
        }
    )


def _unpack(value: bytes, ahead: float) -> Lease | None:
    try:
        found = orjson.loads(value)
        entry = PresenceEntry(
            compact_json(found["user"]),
            compact_json(found["state"]),
            found["said"] / 1000 - ahead,
        )
        return Lease(entry, found["until"] / 1000 - ahead)
    except (ValueError, KeyError, TypeError):
        return None
