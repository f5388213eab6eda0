"""The connection pool replaces connections that Postgres has closed."""

from pathlib import Path

import pytest
from sqlalchemy import text

from shared.database import postgres
from shared.database.connections import Database
from shared.database.postgres import PostgresConnection
from tests.support.services.processes import wait_until
from tests.support.settings import plain_settings


@pytest.mark.parametrize("ping_after", [0, 3600], ids=["pinged", "not pinged"])
async def test_a_connection_that_postgres_closed_is_never_handed_out(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ping_after: int
) -> None:
    monkeypatch.setattr(postgres, "PING_AFTER_IDLE_SECONDS", ping_after)
    pool = Database(plain_settings(tmp_path, database_url=postgres_url).database)
    operator = Database(plain_settings(tmp_path, database_url=postgres_url).database)
    async with pool.read_connection() as first, pool.read_connection() as second:
        assert isinstance(first, PostgresConnection)
        assert isinstance(second, PostgresConnection)
        drivers = first.driver, second.driver
        ended = [
            await connection.scalar(text("SELECT pg_backend_pid()"))
            for connection in (first, second)
        ]

    async with operator.read_connection() as connection:
        for pid in ended:
            await connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    await wait_until(lambda: all(driver.is_closed() for driver in drivers))
    async with pool.read_connection() as first, pool.read_connection() as second:
        found = [
            await connection.scalar(text("SELECT pg_backend_pid()"))
            for connection in (first, second)
        ]

    assert not set(found) & set(ended)
    await pool.close()
    await operator.close()
