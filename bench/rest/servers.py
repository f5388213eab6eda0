"""The compared servers: how each is started, and on which database."""

import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.fanout.competitors.base import START_SECONDS, wait_for_port
from bench.fanout.competitors.install import python_packages
from bench.fanout.machine import pinned
from bench.rest.dataset import postgres_url
from console.processes.broker import free_port
from shared.accounts.authentication.access_tokens import derive_key
from shared.settings import Settings
from tests.support.faults.api_nodes import api_process
from tests.support.services.processes import Child, running

REQUIREMENTS = Path(__file__).parent / "peers" / "requirements.txt"
PROFILER = "bench.live.sampling_profiler"
# The cases that every server handles.
EVERYWHERE = ("get", "snapshot", "post", "patch", "patch-hot")


@dataclass(frozen=True)
class RestEnv:
    """What a run uses: databases by name, a folder for logs, a cache that stays, and a core."""

    settings: Mapping[str, Settings]
    folder: Path
    cache: Path
    server_core: int


@dataclass(frozen=True)
class RunningServer:
    process: Child
    port: int


@dataclass(frozen=True)
class Server:
    """A compared server, a module of bench.rest.peers. `cases` are the keys of what it can do."""

    key: str
    title: str
    module: str = ""
    arguments: Sequence[str] = ()
    database: str = "postgres"
    cases: Sequence[str] = EVERYWHERE
    needs_packages: bool = False

    async def prepare(self, env: RestEnv) -> None:
        """Install what the server needs. Raise UnavailableError if that is impossible here."""
        if self.needs_packages:
            await python_packages(env.cache, REQUIREMENTS)

    @asynccontextmanager
    async def serve(self, env: RestEnv) -> AsyncIterator[RunningServer]:
        """Yield the server once it answers, pinned to its core."""
        settings, port = env.settings[self.database], free_port()
        environment = {
            "DATABASE_URL": postgres_url(settings),
            "TOKEN_KEY": derive_key(settings.secrets.signing_keys()[0]).hex(),
            "PYTHONPATH": str(env.cache / "python"),
        }
        command = [sys.executable, "-m", f"bench.rest.peers.{self.module}", str(port)]
        command = pinned(env.server_core, [*command, *self.arguments])
        async with running(self.key, command, environment) as process:
            await wait_for_port(process, port, START_SECONDS)
            yield RunningServer(process, port)


@dataclass(frozen=True)
class Livelist(Server):
    """This repository: `python -m api` with the settings of production, its log in a file."""

    cases: Sequence[str] = (*EVERYWHERE, "patch-key")
    # Run under the sampling profiler of bench.live, which writes its report here at the end.
    profile_to: Path | None = None

    @asynccontextmanager
    async def serve(self, env: RestEnv) -> AsyncIterator[RunningServer]:
        # A pipe would be read here, at the cost of the load's core.
        log = str(env.folder / f"{self.key}.log")
        program = '"$@"' if self.profile_to is None else f'"$1" -m {PROFILER} api'
        to_file = ["sh", "-c", f'exec {program} >>"$0" 2>&1', log]
        async with api_process(
            env.settings[self.database],
            command_prefix=pinned(env.server_core, to_file),
            PROFILE_TO=str(self.profile_to or ""),
        ) as node:
            yield RunningServer(node.process, node.port)


SERVERS: tuple[Server, ...] = (
    Livelist("livelist", "Livelist on Postgres"),
    Livelist("livelist-sqlite", "Livelist on SQLite", database="sqlite"),
    Server(
        "bare", "bare ASGI + asyncpg, JSON by Postgres", "bare",
        cases=(*EVERYWHERE, "patch-key"),
    ),
    Server(
        "bare-one", "the same, an edit as one statement", "bare",
        arguments=("--one-statement",), cases=("patch", "patch-hot"),
    ),
    Server("starlette", "Starlette + asyncpg, rows → orjson", "starlette_rows"),
    Server("orm-async", "FastAPI + SQLAlchemy async ORM", "orm_async"),
    Server(
        "orm-threads", "FastAPI + SQLAlchemy ORM in threads", "orm_threads", needs_packages=True
    ),
)  # fmt: skip
