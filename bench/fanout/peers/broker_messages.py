"""The messages that Python servers receive from the broker, all lists in one subscription."""

import os
from collections.abc import AsyncIterator

from redis.asyncio import Redis


async def messages() -> AsyncIterator[tuple[str, str]]:
    """Yield the list and the text of each message, forever."""
    redis = Redis(port=int(os.environ["BROKER_PORT"]), password=os.environ["BROKER_PASSWORD"])
    subscription = redis.pubsub()
    await subscription.psubscribe("bench:*")
    async for message in subscription.listen():
        if message["type"] == "pmessage":
            yield message["channel"].decode().removeprefix("bench:"), message["data"].decode()
