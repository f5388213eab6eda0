"""Choose the listeners of a node: Redis, also Redis Cluster, or none."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from realtime.limits import Limits
from realtime.presence import broadcaster
from realtime.pubsub.channel_reader import Handler
from realtime.pubsub.cluster_pubsub import ClusterListener
from realtime.pubsub.received_channels import PubsubConnection
from realtime.pubsub.redis_pubsub import RedisListener
from shared.pubsub import EVENT_CHANNELS
from shared.resources import Resources


class PubsubListener(Protocol):
    @property
    def is_healthy(self) -> bool:
        """Return True while every channel is received."""
        ...

    @property
    def connections(self) -> list[PubsubConnection]:
        """Return the state of each connection in subscribe mode."""
        ...

    async def listen_forever(self) -> None: ...

    async def probe_forever(self) -> None: ...


@dataclass(frozen=True)
class NodePubsub:
    """The listener for event messages, and the one for presence messages; often the same."""

    events: PubsubListener | None
    presence: PubsubListener | None

    @property
    def listeners(self) -> list[PubsubListener]:
        return [it for it in dict.fromkeys((self.events, self.presence)) if it is not None]

    def connections(self) -> list[PubsubConnection]:
        """Return the state of each connection in subscribe mode; none without a broker."""
        return [each for listener in self.listeners for each in listener.connections]

    def is_receiving_events(self) -> bool:
        """Return True while the event messages of every stream arrive."""
        return self.events is not None and self.events.is_healthy


def build_pubsub(
    resources: Resources,
    limits: Limits,
    on_event: Handler,
    on_presence: Handler,
    on_events_connected: Callable[[], None],
    on_presence_connected: Callable[[], None],
) -> NodePubsub:
    """Return the listeners that the settings ask for; they receive once their tasks run."""
    urls, redis = resources.settings.redis.cluster_url, resources.redis
    handlers = {broadcaster.CHANNEL: on_presence}
    if urls:
        cluster = ClusterListener(urls, limits, on_event, on_events_connected)
        if redis is None:
            return NodePubsub(cluster, None)
        return NodePubsub(cluster, RedisListener(redis, limits, handlers, on_presence_connected))
    if redis is None:
        return NodePubsub(None, None)

    def on_connected() -> None:
        on_events_connected()
        on_presence_connected()

    handlers |= dict.fromkeys(EVENT_CHANNELS, on_event)
    listener = RedisListener(redis, limits, handlers, on_connected)
    return NodePubsub(listener, listener)
