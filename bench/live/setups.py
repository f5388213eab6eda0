"""The compared servers, and how each is started: one or two processes, on which database."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from console.processes.broker import free_port
from shared.settings import Settings
from tests.support.faults.api_nodes import ProcessNode, api_process
from tests.support.services.processes import running

PROFILER = "bench.live.sampling_profiler"


@dataclass(frozen=True)
class Setup:
    """A server. With two processes, each list is edited on one and received on the other."""

    key: str
    title: str
    database: str = "postgres"
    processes: int = 1
    has_broker: bool = True
    is_bare: bool = False

    @asynccontextmanager
    async def serve(
        self, settings: Settings, folder: Path, profile_to: Path | None = None
    ) -> AsyncIterator[list[ProcessNode]]:
        """Yield the processes once they answer. With `profile_to` the first one can be sampled."""
        async with AsyncExitStack() as stack:
            nodes = []
            for number in range(self.processes):
                if self.is_bare:
                    process = bare_server(settings)
                else:
                    process = _livelist(settings, folder / f"{self.key}-{number}.log", profile_to)
                nodes.append(await stack.enter_async_context(process))
            yield nodes


SETUPS = (
    Setup("livelist", "Livelist"),
    Setup("two", "Livelist, two processes", processes=2),
    Setup("bare", "bare ASGI + asyncpg + publish", is_bare=True),
    Setup("sqlite", "Livelist on SQLite", database="sqlite"),
    Setup("no-broker", "two processes, broker dead", processes=2, has_broker=False),
)


@asynccontextmanager
async def _livelist(
    settings: Settings, log: Path, profile_to: Path | None
) -> AsyncIterator[ProcessNode]:
    # A pipe would be read by this process, which is the load client.
    program = '"$@"' if profile_to is None else f'"$1" -m {PROFILER} api'
    to_file = ["sh", "-c", f'exec {program} >>"$0" 2>&1', str(log)]
    async with api_process(
        settings, command_prefix=to_file, PROFILE_TO=str(profile_to or "")
    ) as node:
        yield node


@asynccontextmanager
async def bare_server(settings: Settings) -> AsyncIterator[ProcessNode]:
    port = free_port()
    environment = {
        "DATABASE_URL": settings.database.url, "REDIS_URL": settings.redis.url,
        "PORT": str(port),
    }  # fmt: skip
    command = [sys.executable, "-m", "bench.live.bare_server"]
    async with running("bare", command, environment) as process:
        await process.wait_for_http(f"http://127.0.0.1:{port}/")
        yield ProcessNode(port, process)
