"""Django Channels with the default layer of channels_redis, on uvicorn.

python -m bench.fanout.peers.channels_app PORT
"""

import os
import sys

import uvicorn
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

url = f"redis://:{os.environ['BROKER_PASSWORD']}@127.0.0.1:{os.environ['BROKER_PORT']}/0"
settings.configure(
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [url]},
        }
    }
)


class ListConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # it ships no types
    group = ""

    async def receive(self, text_data: str = "", bytes_data: bytes | None = None) -> None:
        self.group = "bench." + text_data.removeprefix("list ")
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.send(text_data="ok")

    async def disconnect(self, code: int) -> None:
        if self.group:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def bench_event(self, event: dict[str, str]) -> None:
        await self.send(text_data=event["text"])


if __name__ == "__main__":
    uvicorn.run(
        ListConsumer.as_asgi(),
        port=int(sys.argv[1]),
        log_level="warning",
        lifespan="off",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
    )
