"""The API as a client meets it: in process for requests, on a real port for sockets."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from fastapi import FastAPI
from starlette.applications import Starlette

from api.__main__ import Server, configuration
from api.main import create_app
from shared.settings import Settings
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.services.processes import wait_until


def _add_nothing(app: FastAPI) -> None:
    """Leave the application as it is."""


@asynccontextmanager
async def running_app(
    settings: Settings, *, prepare: Callable[[FastAPI], None] = _add_nothing
) -> AsyncIterator[FastAPI]:
    """Yield the application between its start-up and its shutdown; `prepare` adds routes to it."""
    app = create_app(settings)
    prepare(app)
    async with app.router.lifespan_context(app):
        yield app


def client_of(app: Starlette) -> httpx.AsyncClient:
    """Return a client that calls `app` in process; exceptions become responses, as on a server."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:8000")


@dataclass(frozen=True)
class ApiNode:
    """An API server that listens on `port` of this machine, in this process or in another."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"


@dataclass(frozen=True)
class InProcessNode(ApiNode):
    app: FastAPI

    async def receives_messages(self) -> None:
        """Wait until messages of other processes arrive here."""
        pubsub = self.app.state.realtime.pubsub.events
        await wait_until(lambda: pubsub.is_healthy, what="the pub/sub connection")


@asynccontextmanager
async def served(
    settings: Settings,
    *,
    ws: str | None = None,
    prepare: Callable[[FastAPI], None] = _add_nothing,
) -> AsyncIterator[InProcessNode]:
    """Yield the application on a free port of this machine, until the block ends.

    `ws` names another uvicorn protocol for the sockets, as on a foreign ASGI server. `prepare` adds
    routes to the application.
    """
    app = create_app(settings)
    prepare(app)
    # As in production, except for a port that the system chooses and a short graceful shutdown.
    config = configuration(settings, app)
    config.port, config.timeout_graceful_shutdown = 0, 2
    config.ws = ws or config.ws
    server = Server(config)
    # The test runner handles signals.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    async with asyncio.TaskGroup() as group:
        task = group.create_task(server.serve())
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not server.started and not task.done():
                await asyncio.sleep(0)  # the server sets the flag when it listens
        try:
            yield InProcessNode(server.servers[0].sockets[0].getsockname()[1], app)
        finally:
            server.end()
