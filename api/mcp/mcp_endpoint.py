"""The SDK's application, imported at the first authenticated request of the process.

The import takes half a second and 20 MB, which a site without assistants does not pay.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.settings import Settings

# Where the scope holds the ToolCall of a request, and its RequestLimits.
CALL = "livelist.mcp_call"
LIMITS = "livelist.mcp_limits"


class McpEndpoint:
    """Starts the SDK's application when it is first needed, and hands requests to it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._starting = asyncio.Lock()
        self._app: ASGIApp | None = None
        self._task: asyncio.Task[None] | None = None
        self._ends = asyncio.Event()

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            async with self._starting:
                if self._app is None:
                    self._app = await self._start()
        await self._app(scope, receive, send)

    async def _start(self) -> ASGIApp:
        # In a thread: the event loop goes on meanwhile.
        sdk_server = await asyncio.to_thread(import_module, "api.mcp.sdk_server")
        manager = sdk_server.make_session_manager(self._settings.site.name)
        is_running = asyncio.get_running_loop().create_future()
        # Its task group must end in the task in which it began.
        self._task = asyncio.create_task(self._run(manager, is_running))
        await is_running
        app: ASGIApp = manager.handle_request
        return app

    async def _run(self, manager: Any, is_running: asyncio.Future[None]) -> None:
        try:
            async with manager.run():
                is_running.set_result(None)
                await self._ends.wait()
        except Exception as error:
            if is_running.done():
                raise
            is_running.set_exception(error)

    async def close(self) -> None:
        self._ends.set()
        if self._task is not None:
            await self._task


@asynccontextmanager
async def open_mcp(settings: Settings) -> AsyncIterator[McpEndpoint]:
    """Yield the endpoint, which imports nothing before it is used."""
    endpoint = McpEndpoint(settings)
    try:
        yield endpoint
    finally:
        await endpoint.close()
