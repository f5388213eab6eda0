"""What a sweep looks at, before each free slot: as quick behind a long queue as behind none."""

import json
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.jobs.queue import read_queue_state
from shared.resources import Resources
from tests.support.worker.job_builder import JobBuilder
from tests.support.world_builder import World

DUE = 1000


async def test_a_long_queue_of_due_jobs_is_not_walked_to_find_the_next(
    resources: Resources, world: World, builder: JobBuilder
) -> None:
    await builder.add_messages(await world.user(), DUE)

    async with resources.begin_read() as read:
        await read.connection.execute(text("ANALYZE"))
        sent: list[tuple[str, Any]] = []
        event.listen(read.connection.sync_connection, "before_cursor_execute", _noting(sent))
        agenda = await read_queue_state(read)
        [(statement, parameters)] = sent
        skipped = await _skipped(read.connection, statement, parameters)

    assert agenda.is_due
    assert skipped == []


def _noting(sent: list[tuple[str, Any]]) -> Any:
    def note(connection: Connection, cursor: Any, statement: str, values: Any, *rest: Any) -> None:
        sent.append((statement, values))

    return note


async def _skipped(connection: AsyncConnection, statement: str, values: Any) -> list[str]:
    """Returns the parts of the plan that walk over what they do not want."""
    if connection.dialect.name == "sqlite":
        rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        steps = [str(row._mapping["detail"]) for row in rows]
        return [one for one in steps if "priority=?" in one and "run_at>?" not in one]
    rows = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
    plan = rows.scalar_one()
    [whole] = json.loads(plan) if isinstance(plan, str) else plan
    return [
        str(node) for node in _nodes(whole["Plan"]) if node.get("Rows Removed by Filter", 0) > 10
    ]


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(one for child in plan.get("Plans", ()) for one in _nodes(child))]
