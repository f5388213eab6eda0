"""The server ends as soon as it is asked to, without asking itself all the time."""

import asyncio
import signal
from collections.abc import Callable

import pytest
import uvicorn
from starlette.applications import Starlette

from api.__main__ import Server

# Less than the time until the Date header is renewed.
AT_ONCE_SECONDS = 0.5


class CountingServer(Server):
    ticks = 0

    async def on_tick(self, counter: int) -> bool:
        self.ticks += 1
        return await super().on_tick(counter)


@pytest.mark.parametrize(
    "end",
    [
        lambda server: server.end(),
        lambda server: server.handle_exit(signal.SIGTERM, None),
    ],
    ids=["asked", "signal"],
)
async def test_the_server_ends_at_once(end: Callable[[Server], None]) -> None:
    server = CountingServer(uvicorn.Config(Starlette()))
    server.config.load()
    running = asyncio.create_task(server.main_loop())
    async with asyncio.timeout(AT_ONCE_SECONDS):
        while not server.ticks:
            await asyncio.sleep(0)

    end(server)

    async with asyncio.timeout(AT_ONCE_SECONDS):
        await running
    assert server.ticks == 2
