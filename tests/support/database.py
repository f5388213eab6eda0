"""An empty database for each test."""

from sqlalchemy import text

from shared import tables
from shared.resources import Resources


async def delete_all_rows(resources: Resources) -> None:
    """Delete the rows of every table of Postgres, whose database all tests of a process share."""
    # DELETE of all tables in one round trip: twenty times faster than TRUNCATE.
    names = [table.name for table in reversed(tables.metadata.sorted_tables)]
    statement = "; ".join(f'DELETE FROM "{name}"' for name in names)
    async with resources.database.write_connection() as connection:
        raw = await connection.get_raw_connection()
        await raw.driver_connection.execute(statement)  # type: ignore[union-attr]
        await connection.execute(text("SELECT 1"))
        await connection.commit()
