"""The presence parts of a node, with a broadcaster if there is a broker."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from realtime.connection import Connection
from realtime.limits import Limits
from realtime.presence.broadcaster import PresenceBroadcaster
from realtime.presence.editing_indicators import EditingIndicators
from realtime.presence.editing_rights_cache import EditingRightsCache
from realtime.presence.ephemeral_messages import EphemeralMessages
from realtime.presence.leases import LeaseStore
from realtime.presence.local_sender import LocalSender
from realtime.presence.pending_changes import DiscardedChanges, PendingChanges
from realtime.presence.room_registry import RoomRegistry
from realtime.streams.subscriber import Subscriber
from realtime.streams.subscription_table import SubscriptionTable
from shared.clock import monotonic
from shared.resources import Resources


@dataclass(frozen=True)
class NodePresence:
    """Hold the presence parts of a node. LocalSender, one of `tasks`, expires leaves and leases."""

    registry: RoomRegistry
    ephemeral: EphemeralMessages
    broadcaster: PresenceBroadcaster | None
    # To be run as long as the node.
    tasks: tuple[Callable[[], Awaitable[None]], ...]

    def handle_message(self, message: bytes) -> None:
        if self.broadcaster is not None:
            self.broadcaster.handle_message(message)

    def renew_all(self) -> None:
        if self.broadcaster is not None:
            self.broadcaster.renew_all()

    async def release_leases(self) -> None:
        if self.broadcaster is not None:
            await self.broadcaster.release_leases()


def build_presence(
    resources: Resources,
    limits: Limits,
    subscriptions: SubscriptionTable,
    slots: asyncio.Semaphore,
) -> NodePresence:
    local_changes = PendingChanges(limits)
    remote_changes = PendingChanges(limits) if resources.redis else DiscardedChanges(limits)
    registry = RoomRegistry(
        limits, subscriptions.is_authorized, _has_read_all, local_changes, remote_changes, monotonic
    )
    rights = EditingRightsCache(resources, slots)
    registry.forget_rights = rights.forget
    editing = EditingIndicators(limits, rights, registry, local_changes, remote_changes)
    ephemeral = EphemeralMessages(limits, subscriptions, registry, editing)
    sender = LocalSender(limits, registry, local_changes)
    tasks = (editing.read_rights_forever, sender.run_forever)
    if resources.redis is None:
        registry.set_isolated(True)
        return NodePresence(registry, ephemeral, None, tasks)
    leases = LeaseStore(resources.redis, limits)
    broadcaster = PresenceBroadcaster(
        resources.redis, limits, registry, remote_changes, leases, editing.receive
    )
    return NodePresence(registry, ephemeral, broadcaster, (*tasks, broadcaster.run_forever))


def _has_read_all(subscriber: Subscriber) -> bool:
    assert isinstance(subscriber, Connection)
    return not subscriber.is_closed and subscriber.transport.is_empty
