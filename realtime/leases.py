"""Presence at the broker: each node lends it its people for 30 s, and reads those of the others.

    livelist:presence:<list>    a hash
        <user>:<node>           {"until": ms, "said": ms, "user": UserShape, "state": {…}}

Instants are the broker's own clock, in milliseconds, so that no node's clock matters. Who left is
written over with an `until` that has passed: what is merely missing may be a broker that lost its
memory, and everybody is believed until the end of their lease.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import orjson
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from realtime.compact import compact
from realtime.limits import Limits
from realtime.room import Lease, Room, Seen
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
    # More than a renewal: others want to know at once.
    is_news: bool = False


class Leases:
    """One exchange is two round trips, for as many rooms as wanted. Raises what redis-py raises."""

    def __init__(self, redis: Redis, limits: Limits) -> None:
        self.node = new_id()
        self._redis = redis
        self._limits = limits

    async def exchange(
        self, rooms: list[Room]
    ) -> tuple[dict[StreamId, dict[Place, Lease]], list[StreamId]]:
        """Ours are lent; returns the others' by list, and the lists in which ours changed."""
        if not rooms:
            return {}, []
        pages = [_Page(room) for room in rooms]
        ahead = await self._read(pages)
        now = monotonic()
        pipeline = self._redis.pipeline(transaction=False)
        for page in pages:
            self._plan(page, now)
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
        news = [page.room.stream for page in pages if page.is_news]
        return {page.room.stream: page.leases for page in pages}, news

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

    def _plan(self, page: _Page, now: float) -> None:
        room = page.room
        ours = room.ours(now + self._limits.lease_seconds)
        for user_id, lease in ours.items():
            held = room.lent.get(user_id)
            if held is None or held.ends_at <= now or not _is_same(held.seen, lease.seen):
                page.is_news = True
            elif lease.ends_at - held.ends_at < self._limits.renew_seconds / 2:
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


def _is_same(lent: Seen, seen: Seen) -> bool:
    # With the instant: between two nodes the state that was said last counts, and it may be the
    # same as before what another tab said in between.
    return lent == seen and lent.said_at == seen.said_at


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
