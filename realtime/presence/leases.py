"""Presence at the broker: each node lends it its people for 30 s, and reads those of the others.

    livelist:presence:<list>    a hash
        <user>:<node>           {"until": ms, "said": ms, "user": UserShape, "state": {…}}

Instants are the broker's own clock, in milliseconds, so that no node's clock matters. Who left is
written over with an `until` that has passed: what is merely missing may be a broker that lost its
memory, and everybody is believed until the end of their lease. A node that finds its own people
missing lends them again, and says so.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace

import orjson
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from realtime.limits import Limits
from realtime.presence.room import Lease, Room, Seen
from realtime.transports.compact_json import compact
from shared.clock import monotonic
from shared.ids import StreamId, UserId, new_id

Place = tuple[str, UserId]
# What is lent when the broker did not answer: written anew, whatever it is then.
_UNSURE = Seen(b"{}", b"{}", 0)


def key_of(stream: StreamId) -> str:
    return f"livelist:presence:{stream}"


@dataclass(slots=True)
class _Page:
    """What is to be written of one room, and what was read."""

    room: Room
    lend: dict[UserId, Lease] = field(default_factory=dict)
    end: list[UserId] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    leases: dict[Place, Lease] = field(default_factory=dict)
    # Until when the broker holds leases of this node's people: it may have lost its memory.
    held_until: dict[UserId, float] = field(default_factory=dict)
    # More than a renewal: others want to know at once.
    is_news: bool = False
    # Whether none of ours was left as it is, being young yet.
    is_renewed: bool = True


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What the others lend, by list; the lists in which ours changed, so that others want to look;
    and those all of whose leases of ours were written just now."""

    leases: dict[StreamId, dict[Place, Lease]]
    news: list[StreamId]
    renewed: list[StreamId]


class Leases:
    """One exchange is two round trips, for as many rooms as wanted. Raises what redis-py raises."""

    def __init__(self, redis: Redis, limits: Limits) -> None:
        self.node = new_id()
        self._redis = redis
        self._limits = limits

    async def exchange(self, rooms: list[Room], due: Container[StreamId] = ()) -> Exchanged:
        """Ours are lent, also the young ones of rooms that are `due`; the others' are read."""
        if not rooms:
            return Exchanged({}, [], [])
        pages = [_Page(room) for room in rooms]
        ahead = await self._read(pages)
        now = monotonic()
        pipeline = self._redis.pipeline(transaction=False)
        for page in pages:
            self._plan(page, now, is_due=page.room.stream in due)
            self._write(pipeline, page, ahead, now)
            # Before it is: a room may be given up meanwhile, and what was lent must be ended then.
            page.room.lent.update(page.lend)
        try:
            if len(pipeline):
                await pipeline.execute()
        except BaseException:
            for page in pages:
                page.room.lent.update(
                    (one, replace(page.lend[one], seen=_UNSURE)) for one in page.lend
                )
            raise
        for page in pages:
            for user_id in page.end:
                page.room.lent.pop(user_id, None)
        return Exchanged(
            {page.room.stream: page.leases for page in pages},
            [page.room.stream for page in pages if page.is_news],
            [page.room.stream for page in pages if page.is_renewed],
        )

    async def farewell(self, rooms: list[Room]) -> list[StreamId]:
        """Ours end soon, since this node does; returns their lists. They may come back elsewhere."""
        pages = [_Page(room) for room in rooms if room.lent]
        if not pages:
            return []
        ahead = await self._read(pages)
        now = monotonic()
        pipeline = self._redis.pipeline(transaction=False)
        for page in pages:
            page.lend = page.room.ours(now + self._limits.leave_seconds)
            page.end = [user_id for user_id in page.room.lent if user_id not in page.lend]
            self._write(pipeline, page, ahead, now)
        await pipeline.execute()
        return [page.room.stream for page in pages]

    async def _read(self, pages: list[_Page]) -> float:
        """Returns how far the broker's clock, in seconds, is ahead of monotonic()."""
        pipeline = self._redis.pipeline(transaction=False)
        for page in pages:
            pipeline.hgetall(key_of(page.room.stream))
        pipeline.time()
        *found, (seconds, microseconds) = await pipeline.execute()
        ahead: float = seconds + microseconds / 1e6 - monotonic()
        for page, fields in zip(pages, found, strict=True):
            self._sort(page, fields, ahead)
        return ahead

    def _sort(self, page: _Page, fields: Mapping[bytes, bytes], ahead: float) -> None:
        forgotten = monotonic() - self._limits.lease_seconds
        for name, value in fields.items():
            place = name.decode()
            user_id, _, node = place.partition(":")
            lease = _unpack(value, ahead)
            if lease is None or lease.ends_at < forgotten:
                # Everybody has seen its end, or has not looked for longer than they believe.
                page.stale.append(place)
            elif node != self.node:
                page.leases[node, UserId(user_id)] = lease
            else:
                page.held_until[UserId(user_id)] = lease.ends_at

    def _plan(self, page: _Page, now: float, *, is_due: bool) -> None:
        room = page.room
        ours = room.ours(now + self._limits.lease_seconds)
        for user_id, lease in ours.items():
            held, held_until = room.lent.get(user_id), page.held_until.get(user_id, now)
            if held is None or held_until <= now or held.seen != lease.seen:
                page.is_news = True
            elif held.seen.said_at != lease.seen.said_at:
                # The same again. Between two nodes the state that was said last counts, and another
                # one may have been said in between; where there is none, nobody sees a difference.
                page.is_news |= any(user_id == other for _, other in page.leases)
            elif not is_due and lease.ends_at - held_until < self._limits.renew_seconds / 2:
                page.is_renewed = False
                continue
            page.lend[user_id] = lease
        page.end = [user_id for user_id in room.lent if user_id not in ours]
        page.is_news = page.is_news or bool(page.end)

    def _write(self, pipeline: Pipeline, page: _Page, ahead: float, now: float) -> None:
        key = key_of(page.room.stream)
        node = self.node
        fields = {f"{one}:{node}": _pack(lease, ahead) for one, lease in page.lend.items()}
        fields |= {
            f"{one}:{node}": _pack(Lease(page.room.lent[one].seen, now), ahead) for one in page.end
        }
        if page.stale:
            pipeline.hdel(key, *page.stale)
        if fields:
            pipeline.hset(key, mapping=fields)
            # As long as somebody could still believe what is in it.
            pipeline.pexpire(key, int(2000 * self._limits.lease_seconds))


def _pack(lease: Lease, ahead: float) -> bytes:
    return orjson.dumps(
        {
            "until": round((lease.ends_at + ahead) * 1000),
            "said": round((lease.seen.said_at + ahead) * 1000),
            "user": orjson.Fragment(lease.seen.user),
            "state": orjson.Fragment(lease.seen.state),
        }
    )


def _unpack(value: bytes, ahead: float) -> Lease | None:
    try:
        found = orjson.loads(value)
        seen = Seen(
            compact(found["user"]),
            compact(found["state"]),
            found["said"] / 1000 - ahead,
        )
        return Lease(seen, found["until"] / 1000 - ahead)
    except (ValueError, KeyError, TypeError):
        return None
