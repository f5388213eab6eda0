"""The broker as the Python peers hear it: `bench:<list>`, all lists in one subscription."""

import os
from collections.abc import AsyncIterator

from redis.asyncio import Redis


async def messages() -> AsyncIterator[tuple[str, str]]:
    """Yields list and text of each message, for ever."""
    redis = Redis(port=int(os.environ["BROKER_PORT"]), password=os.environ["BROKER_PASSWORD"])
    subscription = redis.pubsub()
    await subscription.psubscribe("bench:*")
    async for message in subscription.listen():
        if message["type"] == "pmessage":
            yield message["channel"].decode().removeprefix("bench:"), message["data"].decode()
