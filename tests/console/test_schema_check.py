"""API and worker compare the schema of the database with their code before they serve."""

import asyncio
import logging
import sys

import pytest
from sqlalchemy import text

from console.schema.upgrade import upgrade
from shared.database.connections import Database
from shared.database.errors import SchemaOutdated
from shared.database.schema_check import SchemaCheck, code_revision
from shared.settings import Settings
from tests.support.api_server import client_of, running_app
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.migrations import on_connection
from tests.support.services.processes import running

OLDER = "0003"


def test_the_code_knows_its_newest_migration() -> None:
    assert code_revision() >= "0004"


@pytest.mark.parametrize("revision", ["", OLDER])
async def test_an_api_on_an_older_schema_is_not_ready_until_it_is_migrated(
    empty_database: Settings, revision: str, caplog: pytest.LogCaptureFixture
) -> None:
    if revision:
        await asyncio.to_thread(upgrade, empty_database, revision)
    caplog.set_level(logging.INFO)

    async with running_app(empty_database) as app, client_of(app) as client:
        ready = await client.get("/health/ready")
        request = await client.get("/api/v1/lists", headers={"authorization": "Bearer x"})
        live = await client.get("/health/live")
        refusals = [line for line in caplog.messages if "run ./livelist migrate" in line]
        await asyncio.to_thread(upgrade, empty_database)
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (await client.get("/health/ready")).status_code != 200:
                await asyncio.sleep(0.1)

    assert (ready.status_code, live.status_code) == (503, 200)
    assert request.status_code in (401, 503)
    assert len(refusals) == 1
    assert code_revision() in refusals[0]
    assert (revision or "no tables") in refusals[0]


async def test_a_worker_waits_for_the_migration_in_words(
    empty_database: Settings, redis_url: str
) -> None:
    await asyncio.to_thread(upgrade, empty_database, OLDER)
    environment = {
        "DATABASE_URL": empty_database.database.url,
        "DATA_DIR": str(empty_database.data_dir),
        "REDIS_URL": redis_url,
        "LOG_FORMAT": "text",
    }

    async with running("worker", [sys.executable, "-m", "worker"], environment) as worker:
        await worker.wait_for_line("run ./livelist migrate")
        assert "worker ready" not in worker.log
        await asyncio.to_thread(upgrade, empty_database)
        await worker.wait_for_line("worker ready")


async def test_a_newer_schema_is_served_and_logged(
    empty_database: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    def set_newer(connection: object) -> None:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))  # type: ignore[attr-defined]

    await asyncio.to_thread(upgrade, empty_database)
    await asyncio.to_thread(on_connection, empty_database, set_newer)
    database = Database(empty_database.database)
    check = SchemaCheck(database)

    await check.require()
    await check.require()

    await database.close()
    assert [line for line in caplog.messages if "9999" in line and "newer" in line] == [
        caplog.messages[-1]
    ]


async def test_a_process_that_waits_asks_the_database_once_a_second(
    empty_database: Settings,
) -> None:
    asked = 0

    def count(sql: str, values: object) -> None:
        nonlocal asked
        asked += "alembic_version" in sql

    database = Database(empty_database.database)
    database.observer = count
    check = SchemaCheck(database)

    for _ in range(20):
        with pytest.raises(SchemaOutdated):
            await check.require()

    await database.close()
    assert 1 <= asked <= 3
