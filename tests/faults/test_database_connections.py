"""Connections to Postgres end behind our back; whoever asks for one gets a living one."""

from pathlib import Path

import pytest
from sqlalchemy import text

from shared.database import engine as database_engine
from shared.database.connections import Database
from tests.support.services.processes import wait_until
from tests.support.settings import plain_settings


@pytest.mark.parametrize("asked_after", [0, 3600], ids=["asked", "not asked"])
async def test_nobody_meets_a_connection_that_postgres_closed(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked_after: int
) -> None:
    monkeypatch.setattr(database_engine, "PING_AFTER_IDLE_SECONDS", asked_after)
    pool = Database(plain_settings(tmp_path, database_url=postgres_url).database)
    operator = Database(plain_settings(tmp_path, database_url=postgres_url).database)
    async with pool.read_connection() as one, pool.read_connection() as two:
        driver = (await two.get_raw_connection()).driver_connection
        assert driver is not None
        ended = [
            await connection.scalar(text("SELECT pg_backend_pid()")) for connection in (one, two)
        ]

    async with operator.read_connection() as connection:
        for pid in ended:
            await connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    await wait_until(driver.is_closed)
    async with pool.read_connection() as one, pool.read_connection() as two:
        found = [
            await connection.scalar(text("SELECT pg_backend_pid()")) for connection in (one, two)
        ]

    assert not set(found) & set(ended)
    await pool.close()
    await operator.close()
