"""A database that is away is told from a row that is wrong: the one is waited for, the other not."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.resources import Resources
from shared.tables.jobs import JobRow
from tests.support.worker.job_builder import JobBuilder
from tests.support.world_builder import World
from worker.jobs.context import is_database_unavailable


async def _raised(resources: Resources, state: str) -> DBAPIError:
    """Returns what comes of a real server's error of that SQLSTATE."""
    statement = f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$"
    with pytest.raises(DBAPIError) as caught:
        async with resources.begin() as work:
            await work.connection.execute(text(statement))
    return caught.value


async def test_errors_of_a_postgres_that_is_away_are_told_from_those_of_rows_and_statements(
    resources: Resources,
) -> None:
    if resources.settings.database.is_sqlite:
        pytest.skip("a server's errors")
    away = ("08006", "40P01", "53300", "55P03", "57014", "57P01", "57P03")
    ours = ("22012", "23505", "42P01")

    known = {
        state: is_database_unavailable(await _raised(resources, state)) for state in away + ours
    }

    assert known == dict.fromkeys(away, True) | dict.fromkeys(ours, False)


async def test_a_full_pool_is_an_outage_and_a_row_that_is_there_twice_is_none(
    resources: Resources, world: World, builder: JobBuilder
) -> None:
    first, second = await builder.add_messages(await world.user(), 2)
    await builder.update_row(JobRow, first, dedupe_key="once")

    with pytest.raises(IntegrityError) as caught:
        await builder.update_row(JobRow, second, dedupe_key="once")

    assert not is_database_unavailable(caught.value)
    assert is_database_unavailable(PoolTimeout())
