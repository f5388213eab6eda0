"""The server ends as soon as it is asked to, without asking itself all the time."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette

from api import __main__ as entry_point
from api.__main__ import Server
from tests.support.api_server import client_of, running_app
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.settings import plain_settings


@pytest.fixture(autouse=True)
def rare_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends a server in time is not the tick after which the Date header is renewed."""
    monkeypatch.setattr(entry_point, "DATE_SECONDS", 10 * DEADLINE_SECONDS)


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
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not server.ticks:
            await asyncio.sleep(0)

    end(server)

    async with asyncio.timeout(DEADLINE_SECONDS):
        await running
    assert server.ticks == 2


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
async def test_sigterm_is_announced_before_the_server_ends_and_a_second_signal_ends_it(
    second: signal.Signals,
) -> None:
    app = Starlette()
    # Longer than the test may take.
    server = CountingServer(uvicorn.Config(app), shutdown_delay_seconds=60)
    server.config.load()
    running = asyncio.create_task(server.main_loop())
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not server.ticks:
            await asyncio.sleep(0)

    server.handle_exit(signal.SIGTERM, None)
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not getattr(app.state, "is_leaving", False):
            await asyncio.sleep(0)
    assert not server.should_exit
    server.handle_exit(second, None)

    async with asyncio.timeout(DEADLINE_SECONDS):
        await running


async def test_one_of_many_processes_ignores_the_sigterm_that_its_parent_repeats() -> None:
    # A service manager signals the whole group, and the parent then signals its children.
    pipe, held_end = os.pipe()
    app = Starlette()
    server = CountingServer(uvicorn.Config(app), pipe, shutdown_delay_seconds=60)
    server.config.load()
    running = asyncio.create_task(server.main_loop())
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not server.ticks:
            await asyncio.sleep(0)

    server.handle_exit(signal.SIGTERM, None)
    server.handle_exit(signal.SIGTERM, None)
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not getattr(app.state, "is_leaving", False):
            await asyncio.sleep(0)
    is_serving = not server.should_exit
    os.close(held_end)  # the parent's end

    async with asyncio.timeout(DEADLINE_SECONDS):
        await running
    os.close(pipe)
    assert is_serving


async def test_ctrl_c_ends_the_server_without_the_delay() -> None:
    server = CountingServer(uvicorn.Config(Starlette()), shutdown_delay_seconds=60)
    server.config.load()
    running = asyncio.create_task(server.main_loop())
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not server.ticks:
            await asyncio.sleep(0)

    server.handle_exit(signal.SIGINT, None)

    async with asyncio.timeout(DEADLINE_SECONDS):
        await running


async def test_a_server_that_is_leaving_serves_but_asks_for_no_more_requests(
    tmp_path: Path,
) -> None:
    async with running_app(plain_settings(tmp_path)) as app, client_of(app) as client:
        before = await client.get("/health/live")
        app.state.is_leaving = True
        answers = [await client.get(path) for path in ("/health/live", "/api/v1/users/me")]
        ready = await client.get("/health/ready")

    assert "connection" not in before.headers
    assert [answer.status_code for answer in answers] == [200, 401]
    assert {answer.headers["connection"] for answer in (*answers, ready)} == {"close"}
    assert ready.status_code == 503
    assert ready.json()["status"] == ready.json()["checks"]["process"] == "down"
