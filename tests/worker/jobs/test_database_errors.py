"""Errors of an unavailable database are distinguished from errors of rows and statements."""

import pytest
from sqlalchemy import text

from shared.database.errors import DatabaseError, DatabaseUnavailable, UniqueViolation
from shared.resources import Resources
from shared.tables.jobs import JobRow
from tests.support.worker.job_builder import JobBuilder
from tests.support.world_builder import World
from worker.jobs.saving import is_database_unavailable


async def _raised(resources: Resources, state: str) -> Exception:
    """Return the exception for a real server's error with that SQLSTATE."""
    statement = f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$"
    with pytest.raises((DatabaseError, DatabaseUnavailable)) as caught:
        async with resources.begin() as work:
            await work.connection.execute(text(statement))
    return caught.value


# Only servers have SQLSTATEs.
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_errors_of_an_unavailable_postgres_are_recognized_by_their_sqlstate(
    resources: Resources,
) -> None:
    unavailable = ("08006", "40P01", "53300", "55P03", "57014", "57P01", "57P03")
    invalid = ("22012", "23505", "42P01")

    classified = {
        state: is_database_unavailable(await _raised(resources, state))
        for state in unavailable + invalid
    }

    assert classified == dict.fromkeys(unavailable, True) | dict.fromkeys(invalid, False)


async def test_a_full_pool_counts_as_unavailable_and_a_duplicate_row_does_not(
    resources: Resources, world: World, builder: JobBuilder
) -> None:
    first, second = await builder.add_messages(await world.user(), 2)
    await builder.update_row(JobRow, first, dedupe_key="once")

    with pytest.raises(UniqueViolation) as caught:
        await builder.update_row(JobRow, second, dedupe_key="once")

    assert not is_database_unavailable(caught.value)
    assert is_database_unavailable(DatabaseUnavailable())
