"""The API as a client meets it: in process for requests, on a real port for sockets."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import uvicorn
from fastapi import FastAPI

from api.__main__ import configuration
from api.main import create_app
from shared.settings import Settings

START_SECONDS = 10


@asynccontextmanager
async def running_app(settings: Settings) -> AsyncIterator[FastAPI]:
    """Yields the application between its start-up and its shutdown."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


def client_of(app: FastAPI) -> httpx.AsyncClient:
    """Returns a client that calls `app` in process; errors are answered as on a server."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:8000")


@dataclass(frozen=True)
class Served:
    app: FastAPI
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"


@asynccontextmanager
async def served(settings: Settings, *, ws: str | None = None) -> AsyncIterator[Served]:
    """Yields the application on a free port of this machine, until the block ends.

    With `ws`, uvicorn's protocol of that name carries the sockets, as any other server would.
    """
    app = create_app(settings)
    # As in production, but for a port of the system's choice and a short goodbye.
    config = configuration(settings, app)
    config.port, config.timeout_graceful_shutdown = 0, 2
    config.ws = ws or config.ws
    server = uvicorn.Server(config)
    # Signals belong to the test runner.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    async with asyncio.TaskGroup() as group:
        task = group.create_task(server.serve())
        async with asyncio.timeout(START_SECONDS):
            while not server.started:
                await asyncio.wait([task], timeout=0.01)
        try:
            yield Served(app, server.servers[0].sockets[0].getsockname()[1])
        finally:
            server.should_exit = True
