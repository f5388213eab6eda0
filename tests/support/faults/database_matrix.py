"""The databases on which a suite runs: Postgres as in production, SQLite as in `./livelist up`.

Each scenario gets an empty, migrated database and a broker of its own, and may break both.
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

from console.schema.upgrade import upgrade
from shared.ids import new_id
from shared.resources import open_resources
from tests.support.faults.scenarios import ScenarioEnv
from tests.support.services import postgres
from tests.support.services.valkey import Valkey
from tests.support.settings import plain_settings


@dataclass(frozen=True)
class DatabaseKind:
    """One kind of database, with an empty migrated template that is copied for each scenario."""

    name: str
    folder: Path
    # Postgres only: the administrator's address.
    admin_url: str = ""

    @contextmanager
    def database(self) -> Iterator[str]:
        """Yield the address of a new database, and remove the database afterwards."""
        name = f"faults_{new_id()}"
        if not self.admin_url:
            path = self.folder / f"{name}.db"
            shutil.copy(self.folder / "livelist.db", path)
            yield f"sqlite+aiosqlite:///{path}"
            return
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE faults_template')
        try:
            yield make_url(self.admin_url).set(database=name).render_as_string(False)
        finally:
            self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def execute(self, statement: str) -> None:
        """Execute a statement as the Postgres administrator, outside a transaction."""

        async def execute() -> None:
            connection = await asyncpg.connect(self.admin_url.replace("+asyncpg", ""))
            await connection.execute(statement)
            await connection.close()

        asyncio.run(execute())


@contextmanager
def open_database_kind(name: str) -> Iterator[DatabaseKind]:
    """Yield the database kind with its server started, and remove everything afterwards."""
    with tempfile.TemporaryDirectory(prefix="livelist-faults-") as folder:
        if name == "sqlite":
            upgrade(plain_settings(Path(folder)))
            yield DatabaseKind(name, Path(folder))
            return
        server = postgres.start()
        try:
            kind = DatabaseKind(name, Path(folder), server.url)
            kind.execute("CREATE DATABASE faults_template")
            url = make_url(server.url).set(database="faults_template").render_as_string(False)
            upgrade(plain_settings(Path(folder), database_url=url))
            yield kind
        finally:
            server.stop()


@contextmanager
def open_broker() -> Iterator[Valkey]:
    """Yield a broker that no other test uses."""
    broker = Valkey()
    broker.start()
    try:
        yield broker
    finally:
        broker.close()


@asynccontextmanager
async def open_scenario_env(
    database_url: str, broker: Valkey, folder: Path, rng: random.Random, *, is_full: bool
) -> AsyncIterator[ScenarioEnv]:
    settings = plain_settings(folder, database_url=database_url, redis_url=f"{broker.url}/0")
    async with open_resources(settings) as resources:
        yield ScenarioEnv(settings, resources, broker, rng, is_full)
