"""The task that receives messages from Redis: which channels it subscribes to, and that it ends."""

import asyncio
from collections.abc import Iterator

import pytest
from redis.asyncio import Redis

from console.processes.broker import free_port
from realtime.limits import Limits
from realtime.presence import broadcaster
from realtime.pubsub.redis_pubsub import RedisListener
from realtime.startup import open_realtime
from shared.pubsub import EVENT_CHANNELS
from shared.resources import open_resources, redis_pool
from shared.settings import Settings
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.services.processes import wait_until
from tests.support.services.valkey import Valkey
from tests.support.settings import changed_settings

# More than connecting and subscribing take, so that the cancelling hits every await of both.
STEPS = 150


async def test_a_listener_cancelled_at_any_moment_ends(redis_url: str) -> None:
    pool = redis_pool(redis_url)
    assert pool is not None

    for steps in range(0, STEPS, 2):
        handlers = dict.fromkeys((*EVENT_CHANNELS, broadcaster.CHANNEL), lambda message: None)
        redis = Redis(connection_pool=pool)
        listener = RedisListener(redis, Limits(), handlers, lambda: None)
        task = asyncio.create_task(listener.listen_forever())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        _, pending = await asyncio.wait([task], timeout=DEADLINE_SECONDS)

        assert not pending, f"still listening after it was cancelled at step {steps}"
    await pool.disconnect()


@pytest.fixture
def own_broker() -> Iterator[Valkey]:
    """A broker of this test alone: all databases of a broker share channels, and so other tests'."""
    valkey = Valkey()
    valkey.start()
    yield valkey
    valkey.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("has_cluster", [False, True])
async def test_with_a_cluster_event_messages_are_not_subscribed_to_beside_it(
    settings: Settings, own_broker: Valkey, has_cluster: bool
) -> None:
    # No cluster is there: it matters only that the setting names one.
    urls = f"redis://127.0.0.1:{free_port()}" if has_cluster else ""
    broker = {"redis_url": f"{own_broker.url}/0", "redis_cluster_url": urls}
    named = changed_settings(settings, **broker)

    async with open_resources(named) as resources, open_realtime(resources) as node:
        listener, redis = node.pubsub.presence, resources.redis
        assert listener is not None
        assert redis is not None
        await wait_until(lambda: listener.is_healthy, what="subscribing")
        subscribers = {
            name.decode(): count
            for name, count in await redis.pubsub_numsub(*EVENT_CHANNELS, broadcaster.CHANNEL)
        }

    assert subscribers.pop(broadcaster.CHANNEL) == 1
    assert set(subscribers.values()) == {0 if has_cluster else 1}
