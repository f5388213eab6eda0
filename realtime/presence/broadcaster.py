"""Exchange presence and editing indicators with the other nodes, through the broker.

A node publishes a message on `livelist:signals` each tenth of a second, or with each pipeline while
more rooms wait than fit into a pipeline:
    {"from": node, "look": [list, …], "editing": [[list, todo, field, user id, UserShape], …]}

`look`: the leases of these lists changed, read them (realtime/presence/leases.py). The next renewal
makes up for a message that is lost. While the broker is away, each node shows its own users.

Rooms that changed go before rooms whose leases are only renewed
(realtime/presence/renewal_schedule.py): a user who enters waits for at most one pipeline of renewals.
"""

import asyncio
import logging
from collections.abc import Callable

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from realtime.limits import Limits
from realtime.presence.leases import LeaseStore
from realtime.presence.pending_changes import EditingIndicator, PendingChanges
from realtime.presence.renewal_schedule import RenewalSchedule
from realtime.presence.room_registry import RoomRegistry
from realtime.timed_wait import wait_at_most
from shared import metrics
from shared.clock import monotonic
from shared.ids import StreamId, UserId

# On the same connection as event messages: an event waits for a few of these messages at most.
CHANNEL = "livelist:signals"
# One pipeline's worth of rooms, some 10 ms of this node; the rest goes with the next.
ROOMS_AT_ONCE = 200
# As many of these rooms may be changed ones; the rest is for renewals. Without the limit a node with
# constant changes would never renew: leases would end while their users are present.
CHANGES_AT_ONCE = 150
# The broker answers in milliseconds; after this, waiting sockets get this node's users alone.
SYNC_SECONDS = 1.0
# After a failure.
PAUSE_SECONDS = 1.0

log = logging.getLogger(__name__)


class PresenceBroadcaster:
    def __init__(
        self,
        redis: Redis,
        limits: Limits,
        registry: RoomRegistry,
        changes: PendingChanges,
        leases: LeaseStore,
        on_indicator: Callable[[EditingIndicator], None],
    ) -> None:
        """`changes` are what other nodes must know; `on_indicator` takes what they send."""
        self._redis = redis
        self._limits = limits
        self._registry = registry
        self._changes = changes
        self._leases = leases
        self._on_indicator = on_indicator
        self._renewals = RenewalSchedule(limits)

    def handle_message(self, message: bytes) -> None:
        """Handle a message of another node. Ignore this node's own messages and malformed ones."""
        try:
            body = orjson.loads(message)
            if body["from"] == self._leases.node:
                return
            changed = [StreamId(stream) for stream in body["look"]]
            indicators = [
                EditingIndicator(StreamId(stream), todo, name, UserId(user_id), orjson.dumps(user))
                for stream, todo, name, user_id, user in body["editing"]
            ]
        except (ValueError, KeyError, TypeError):
            log.warning("malformed presence message")
            return
        self._changes.add_rooms(stream for stream in changed if stream in self._registry.rooms)
        for indicator in indicators:
            self._on_indicator(indicator)

    def renew_all(self) -> None:
        """Write and read the leases of every room soon: the broker is back, and may be empty."""
        self._renewals.make_all_due(self._registry.rooms, monotonic())
        self._changes.changed.set()

    async def run_forever(self) -> None:
        """Sync rooms with the broker, as soon as they change and whenever they are due."""
        while True:
            seconds = self._renewals.seconds_until_due(monotonic())
            await wait_at_most(self._changes.changed, seconds)
            self._changes.changed.clear()
            await asyncio.sleep(await self.sync_some())
            if self._changes.has_rooms:
                self._changes.changed.set()

    async def sync_some(self) -> float:
        """Sync one pipeline's worth of rooms; return how many seconds to wait before the next."""
        changed = self._changes.take_rooms(CHANGES_AT_ONCE)
        self._renewals.add(changed, monotonic())
        most = ROOMS_AT_ONCE - len(changed)
        renewals = self._renewals.take_due(self._registry.rooms, most, monotonic())
        is_done = await self._sync(changed, renewals)
        self._registry.set_isolated(not is_done)
        if not is_done:
            return PAUSE_SECONDS
        if len(changed) == CHANGES_AT_ONCE or len(renewals) == most:
            return self._seconds_while_full()
        return self._limits.presence_batch_seconds

    def _seconds_while_full(self) -> float:
        """Return the pause after a pipeline without room for more: none while rooms wait."""
        if self._changes.has_rooms:
            return 0
        until_due = self._renewals.seconds_until_due(monotonic())
        return min(self._limits.presence_batch_seconds, until_due)

    async def _sync(self, changed: list[StreamId], renewals: list[StreamId]) -> bool:
        """Return False if the broker did not answer; the rooms are then tried again."""
        streams = dict.fromkeys((*changed, *renewals))
        rooms = [self._registry.rooms[it] for it in streams if it in self._registry.rooms]
        indicators = self._changes.take_indicators()
        try:
            async with asyncio.timeout(SYNC_SECONDS):
                result = await self._leases.sync(rooms, set(renewals))
                await self._publish(result.changed, indicators)
        except (RedisError, OSError, TimeoutError) as error:
            self._changes.add_rooms(changed)
            if not self._registry.is_isolated:
                log.warning("presence not synchronized: %s", type(error).__name__)
            metrics.presence_failures.inc()
            return False
        self._renewals.mark_renewed(result.renewed, monotonic())
        for stream, leases in result.leases.items():
            self._registry.apply_remote_leases(stream, leases)
        return True

    async def _publish(self, changed: list[StreamId], indicators: list[EditingIndicator]) -> None:
        if not changed and not indicators:
            return
        editing = [
            [it.stream, it.todo, it.field, it.user_id, orjson.Fragment(it.user)]
            for it in indicators
        ]
        message = {"from": self._leases.node, "look": changed, "editing": editing}
        await self._redis.publish(CHANNEL, orjson.dumps(message))

    async def release_leases(self) -> None:
        """Make the other nodes show this node's users as left soon; best effort."""
        try:
            async with asyncio.timeout(SYNC_SECONDS):
                changed = await self._leases.release(list(self._registry.rooms.values()))
                await self._publish(changed, [])
        except (RedisError, OSError, TimeoutError) as error:
            log.debug("leases not released: %s", type(error).__name__)
