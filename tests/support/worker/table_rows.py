"""Insert, read and count rows of any table, and run chores."""

from typing import Any

from sqlalchemy import func, insert, select

from shared.resources import Resources
from worker.cleanup.chores import CHORES


async def run_chore(resources: Resources, chore: str) -> None:
    """Run the chore until it has nothing left to do."""
    for _ in range(50):
        if not await CHORES[chore](resources):
            return
    raise AssertionError("the chore never ends")


async def column_values(resources: Resources, column: Any) -> set[Any]:
    """Return the distinct values of a column."""
    async with resources.begin_read() as read:
        return set(await read.connection.scalars(select(column)))


async def insert_rows(resources: Resources, table: Any, *rows: dict[str, Any]) -> None:
    async with resources.begin() as work:
        await work.connection.execute(insert(table), list(rows))


async def count_rows(resources: Resources, table: Any) -> int:
    async with resources.begin_read() as read:
        return int(await read.connection.scalar(select(func.count()).select_from(table)) or 0)
