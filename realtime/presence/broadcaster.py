"""Presence and editing signals between the nodes, over the broker. One task writes, reads and tells.

Message on `livelist:signals`, from a node one in a tenth of a second, or one with each pipeline while
more rooms wait than fit into one:
    {"from": node, "look": [list, …], "editing": [[list, todo, field, user id, UserShape], …]}

`look`: the leases of these lists changed, read them (realtime/presence/leases.py). A message that is lost is
made up for by the next renewal. With the broker away, every node tells of its own people.

Rooms in which something happened go before those whose leases are only renewed
(realtime/presence/lease_renewals.py): whoever comes in waits for one pipeline of those at most.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from realtime.limits import Limits
from realtime.presence.lease_renewals import Renewals
from realtime.presence.leases import Leases
from realtime.presence.rooms import Presence
from realtime.waiting import wait
from shared import metrics
from shared.clock import monotonic
from shared.ids import StreamId, UserId

# Beside the doorbell's, on the same subscription: an event is never behind more than a few of these.
CHANNEL = "livelist:signals"
# One pipeline's worth of rooms, some 10 ms of this node; the rest goes with the next.
ROOMS_AT_ONCE = 200
# Of those, rooms in which something happened. The other places are for renewals, which a node where
# something happens all the time would never get to: leases would end while their people are here.
NEWS_AT_ONCE = 150
# The broker answers in milliseconds; after this, who waits is told of this node's people alone.
EXCHANGE_SECONDS = 1.0
# After a failure.
PAUSE_SECONDS = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Signal:
    """Somebody is at a field of a todo. `user` is their UserShape, JSON already."""

    stream: StreamId
    todo: str
    field: str
    user_id: UserId
    user: bytes


class Exchange:
    def __init__(
        self,
        redis: Redis,
        limits: Limits,
        presence: Presence,
        tell_here: Callable[[Signal], None],
    ) -> None:
        self._redis = redis
        self._limits = limits
        self._presence = presence
        self._tell_here = tell_here
        self._leases = Leases(redis, limits)
        self._renewals = Renewals(limits)
        self._edits: dict[tuple[StreamId, UserId], Signal] = {}
        self._asked = asyncio.Event()

    def wake(self) -> None:
        """Rooms that are to be exchanged are, soon."""
        if self._presence.to_exchange:
            self._asked.set()

    def tell(self, signal: Signal) -> None:
        """The other nodes hear of it, if there is room in the next message."""
        key = signal.stream, signal.user_id
        if key not in self._edits and len(self._edits) >= self._limits.signals_at_once:
            metrics.editing_dropped.labels(why="node_full").inc()
            return
        self._edits[key] = signal
        self._asked.set()

    def heard(self, message: bytes) -> None:
        """Another node has something to say."""
        try:
            said = orjson.loads(message)
            if said["from"] == self._leases.node:
                return
            look = [StreamId(one) for one in said["look"]]
            signals = [
                Signal(StreamId(stream), todo, name, UserId(user_id), orjson.dumps(user))
                for stream, todo, name, user_id, user in said["editing"]
            ]
        except (ValueError, KeyError, TypeError):
            log.warning("nonsense among the signals")
            return
        for stream in look:
            if stream in self._presence.rooms:
                self._presence.to_exchange[stream] = None
        self.wake()
        for signal in signals:
            self._tell_here(signal)

    def renew(self) -> None:
        """Every room's turn has come: the broker is back, and may know of nobody."""
        self._renewals.all_are_due(self._presence.rooms, monotonic())
        self._asked.set()

    async def run_forever(self) -> None:
        """This node's people are lent to the broker, and the others' read from it; never ends."""
        while True:
            await wait(self._asked, self._renewals.seconds_left(monotonic()))
            self._asked.clear()
            await asyncio.sleep(await self.exchange_some())
            self.wake()

    async def exchange_some(self) -> float:
        """One pipeline's worth of rooms is exchanged; returns how long to wait before the next."""
        rooms, news = self._presence.rooms, self._take_news()
        renewals = self._renewals.take(rooms, ROOMS_AT_ONCE - len(news), monotonic())
        is_done = await self._exchange(news, renewals)
        self._presence.be_alone(not is_done)
        is_full = len(news) == NEWS_AT_ONCE or len(news) + len(renewals) == ROOMS_AT_ONCE
        return self._pause_seconds(is_full) if is_done else PAUSE_SECONDS

    def _take_news(self) -> list[StreamId]:
        waiting = self._presence.to_exchange
        news = list(islice(waiting, NEWS_AT_ONCE))
        for stream in news:
            del waiting[stream]
        self._renewals.expect(news, monotonic())
        return news

    def _pause_seconds(self, is_full: bool) -> float:
        """Returns for how long what happens is collected; when there was no room for all, no longer
        than nothing waits."""
        if not is_full:
            return self._limits.signal_seconds
        if self._presence.to_exchange:
            return 0
        return min(self._limits.signal_seconds, self._renewals.seconds_left(monotonic()))

    async def _exchange(self, news: list[StreamId], renewals: list[StreamId]) -> bool:
        rooms = self._presence.rooms
        batch = [one for one in dict.fromkeys((*news, *renewals)) if one in rooms]
        edits, self._edits = self._edits, {}
        try:
            async with asyncio.timeout(EXCHANGE_SECONDS):
                found = await self._leases.exchange([rooms[one] for one in batch], set(renewals))
                await self._publish(found.news, list(edits.values()))
        except (RedisError, OSError, TimeoutError) as error:
            self._presence.to_exchange.update(dict.fromkeys(news))
            if not self._presence.is_alone:
                log.warning("presence not exchanged: %s", type(error).__name__)
            metrics.presence_failures.inc()
            return False
        self._renewals.done(found.renewed, monotonic())
        for stream, leases in found.leases.items():
            self._presence.believe(stream, leases)
        return True

    async def _publish(self, look: list[StreamId], edits: list[Signal]) -> None:
        if not look and not edits:
            return
        editing = [
            [one.stream, one.todo, one.field, one.user_id, orjson.Fragment(one.user)]
            for one in edits
        ]
        message = {"from": self._leases.node, "look": look, "editing": editing}
        await self._redis.publish(CHANNEL, orjson.dumps(message))

    async def farewell(self) -> None:
        """The others know that this node's people are gone soon; best effort."""
        try:
            async with asyncio.timeout(EXCHANGE_SECONDS):
                look = await self._leases.farewell(list(self._presence.rooms.values()))
                await self._publish(look, [])
        except (RedisError, OSError, TimeoutError) as error:
            log.debug("no farewell: %s", type(error).__name__)
