"""The one task that hears the broker: it ends when it is told to."""

import asyncio

from redis.asyncio import Redis

from realtime.doorbell import DoorbellListener
from realtime.limits import Limits
from shared.resources import redis_pool

# More than connecting and subscribing take, so that the cancelling hits every await of both.
STEPS = 150
# Nothing in there waits longer than the second that redis is given to close.
END_SECONDS = 4


async def test_a_listener_cancelled_at_any_moment_ends(redis_url: str) -> None:
    pool = redis_pool(redis_url)
    assert pool is not None

    for steps in range(0, STEPS, 2):
        listener = DoorbellListener(
            Redis(connection_pool=pool),
            Limits(),
            lambda ring: None,
            lambda signals: None,
            lambda: None,
        )
        task = asyncio.create_task(listener.listen_forever())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        _, pending = await asyncio.wait([task], timeout=END_SECONDS)

        assert not pending, f"still listening, cancelled after {steps} steps"
    await pool.disconnect()
