"""Fixtures of all tests: both databases, a real broker, the application, and builders of data."""

import contextlib
import gc
import os
import shutil
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from api.operations import node_heartbeat
from console.schema.upgrade import upgrade
from shared.accounts.authentication import passwords
from shared.resources import Resources, open_resources
from shared.settings import ROOT, Settings
from tests.support.api_server import InProcessNode, client_of, running_app, served
from tests.support.database import RowDeleter, new_postgres_database
from tests.support.features.list_builder import ListBuilder
from tests.support.registration import Registrar
from tests.support.settings import plain_settings
from tests.support.world_builder import World

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Exclude modules, routers and collected tests from garbage collection, also while they are made.

    They live until the end of the process, and an application makes enough objects for the collector to
    walk over all of them after ten tests: 250 ms each time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def no_heartbeat() -> Iterator[None]:
    """Keep applications in this process from writing their heartbeat, which tests would count as theirs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(node_heartbeat, "node_heartbeat", lambda resources: contextlib.nullcontext())
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file, copied for each test."""
    folder = tmp_path_factory.mktemp("template")
    settings = plain_settings(folder)
    upgrade(settings)
    return folder / "livelist.db"


@pytest.fixture(scope="session")
def postgres_url(postgres_admin_url: str) -> Iterator[str]:
    """A migrated Postgres database of this test process alone."""
    name = f"livelist_{WORKER}_{os.getpid()}"
    with new_postgres_database(postgres_admin_url, name) as url:
        upgrade(plain_settings(ROOT, database_url=url))
        yield url


@pytest.fixture(scope="session")
def row_deleter(postgres_url: str) -> Iterator[RowDeleter]:
    with contextlib.closing(RowDeleter(postgres_url)) as deleter:
        yield deleter


@pytest.fixture
def empty_postgres_url(postgres_url: str, row_deleter: RowDeleter) -> str:
    """The URL of the Postgres database of this process, without rows."""
    row_deleter.delete_all_rows()
    return postgres_url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty, migrated database. Every test that uses it runs on SQLite and Postgres."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copy(template, tmp_path / "livelist.db")
        return f"sqlite+aiosqlite:///{tmp_path / 'livelist.db'}"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


@pytest.fixture
def settings(tmp_path: Path, database_url: str, redis_url: str) -> Settings:
    return plain_settings(tmp_path, database_url=database_url, redis_url=redis_url)


@pytest_asyncio.fixture
async def resources(settings: Settings) -> AsyncIterator[Resources]:
    async with open_resources(settings) as opened:
        if opened.redis is not None:
            await opened.redis.flushdb()
        yield opened


@pytest.fixture(autouse=True)
def cheap_password_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords with the cheapest parameters, except in tests of the hashing itself."""
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    monkeypatch.setattr(passwords, "hasher", cheap)
    monkeypatch.setattr(passwords, "dummy_hash", None)


@pytest.fixture
def registrar(resources: Resources) -> Registrar:
    return Registrar(resources)


@pytest.fixture
def world(resources: Resources) -> World:
    return World(resources)


@pytest_asyncio.fixture
async def app(settings: Settings, resources: Resources) -> AsyncIterator[FastAPI]:
    """The application, started, on the database and broker of `resources`."""
    async with running_app(settings) as started:
        yield started


@pytest_asyncio.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that calls the application in process; pass it the `headers=` of a user."""
    async with client_of(app) as opened:
        yield opened


@pytest_asyncio.fixture
async def server(settings: Settings, resources: Resources) -> AsyncIterator[InProcessNode]:
    """The application on a port of this machine, for sockets."""
    async with served(settings) as opened:
        yield opened


@pytest.fixture
def builder(
    resources: Resources, client: httpx.AsyncClient, settings: Settings, app: FastAPI
) -> ListBuilder:
    return ListBuilder(resources, client, settings, app.state.resources)
