"""Reading the state of the queue, which every sweep does, is as fast with a long queue as without."""

import json
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.resources import Resources
from tests.support.worker.job_builder import JobBuilder
from tests.support.world_builder import World
from worker.jobs.due_rows import read_due_rows

DUE_JOBS = 1000


async def test_finding_the_next_job_does_not_scan_a_long_queue_of_due_jobs(
    resources: Resources, world: World, builder: JobBuilder
) -> None:
    await builder.add_messages(await world.user(), DUE_JOBS)

    async with resources.begin_read() as read:
        await read.connection.execute(text("ANALYZE"))
        sent: list[tuple[str, Any]] = []
        event.listen(read.connection.sync_connection, "before_cursor_execute", _record_in(sent))
        due = await read_due_rows(read)
        [(statement, parameters)] = sent
        scans = await _find_scans(read.connection, statement, parameters)

    assert due.is_job_due
    assert scans == []


def _record_in(sent: list[tuple[str, Any]]) -> Any:
    def record(
        connection: Connection, cursor: Any, statement: str, values: Any, *rest: Any
    ) -> None:
        sent.append((statement, values))

    return record


async def _find_scans(connection: AsyncConnection, statement: str, values: Any) -> list[str]:
    """Return the steps of the query plan that read rows only to discard them."""
    if connection.dialect.name == "sqlite":
        rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        steps = [str(row._mapping["detail"]) for row in rows]
        return [step for step in steps if "priority=?" in step and "run_at>?" not in step]
    rows = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
    result = rows.scalar_one()
    [explained] = json.loads(result) if isinstance(result, str) else result
    return [
        str(node)
        for node in _nodes(explained["Plan"])
        if node.get("Rows Removed by Filter", 0) > 10
    ]


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in _nodes(child))]
