"""Where the suite plays: Postgres as in production, and SQLite as `./livelist up` has it.

Each scenario gets an empty, migrated database and a broker of its own: it may leave them in ruins.
"""

import asyncio
import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url

from shared.ids import new_id
from shared.resources import open_resources
from tests.conftest import migrate
from tests.support.faults.scenarios import ScenarioEnv
from tests.support.services import postgres
from tests.support.services.valkey import Valkey
from tests.support.settings import plain_settings


@dataclass(frozen=True)
class Place:
    """A kind of database, with a migrated empty one to copy from."""

    name: str
    folder: Path
    # Of Postgres: the administrator's address.
    admin_url: str = ""

    @contextmanager
    def database(self) -> Iterator[str]:
        """Yields the address of a database of its own, gone afterwards."""
        name = f"faults_{new_id()}"
        if not self.admin_url:
            path = self.folder / f"{name}.db"
            shutil.copy(self.folder / "livelist.db", path)
            yield f"sqlite+aiosqlite:///{path}"
            return
        self._say(f'CREATE DATABASE "{name}" TEMPLATE faults_template')
        try:
            yield make_url(self.admin_url).set(database=name).render_as_string(False)
        finally:
            self._say(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _say(self, statement: str) -> None:
        async def say() -> None:
            connection = await asyncpg.connect(self.admin_url.replace("+asyncpg", ""))
            await connection.execute(statement)
            await connection.close()

        asyncio.run(say())


@contextmanager
def place(name: str) -> Iterator[Place]:
    """Yields a place, its servers started; afterwards nothing of it is left."""
    with tempfile.TemporaryDirectory(prefix="livelist-faults-") as folder:
        if name == "sqlite":
            migrate(plain_settings(Path(folder)))
            yield Place(name, Path(folder))
            return
        server = postgres.start()
        try:
            one = Place(name, Path(folder), server.url)
            one._say("CREATE DATABASE faults_template")
            url = make_url(server.url).set(database="faults_template").render_as_string(False)
            migrate(plain_settings(Path(folder), database_url=url))
            yield one
        finally:
            server.stop()


@contextmanager
def open_broker() -> Iterator[Valkey]:
    """Yields a broker that nobody else uses."""
    broker = Valkey()
    broker.start()
    try:
        yield broker
    finally:
        broker.close()


@asynccontextmanager
async def open_scenario_env(
    database_url: str, broker: Valkey, folder: Path, dice: random.Random, *, is_full: bool
) -> AsyncIterator[ScenarioEnv]:
    """Yields the stage of one scenario."""
    settings = plain_settings(folder, database_url=database_url, redis_url=f"{broker.url}/0")
    async with open_resources(settings) as resources:
        yield ScenarioEnv(settings, resources, broker, dice, is_full)
