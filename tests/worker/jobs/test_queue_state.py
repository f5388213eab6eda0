"""Reading the state of the queue, which every sweep does, is as fast with a long queue as without."""

import json
import sqlite3
from contextlib import closing
from typing import Any

from sqlalchemy import make_url, text

from shared.database.connection import Connection
from shared.database.postgres import PostgresConnection
from shared.resources import Resources
from tests.support.worker.job_builder import JobBuilder
from tests.support.world_builder import World
from worker.jobs.due_rows import read_due_rows

DUE_JOBS = 1000


async def test_finding_the_next_job_does_not_scan_a_long_queue_of_due_jobs(
    resources: Resources, world: World, builder: JobBuilder
) -> None:
    await builder.add_messages(await world.user(), DUE_JOBS)

    database = make_url(resources.settings.database.url).database or ""
    sent: list[tuple[str, Any]] = []
    resources.database.observer = lambda sql, values: sent.append((sql, values))
    async with resources.begin() as work:
        await work.connection.execute(text("ANALYZE"))
        sent.clear()
        due = await read_due_rows(work)
        [(statement, parameters)] = sent
        scans = await _find_scans(work.connection, database, statement, parameters)

    assert due.is_job_due
    assert scans == []


async def _find_scans(
    connection: Connection, database: str, statement: str, values: Any
) -> list[str]:
    """Return the steps of the query plan that read rows only to discard them."""
    if not isinstance(connection, PostgresConnection):
        # From outside, because the statement has its values by position.
        with closing(sqlite3.connect(database)) as explaining:
            rows = explaining.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
        steps = [detail for *_, detail in rows]
        return [step for step in steps if "priority=?" in step and "run_at>?" not in step]
    explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
    result = await connection.driver.fetchval(explain, *values)
    [explained] = json.loads(result) if isinstance(result, str) else result
    return [
        str(node)
        for node in _nodes(explained["Plan"])
        if node.get("Rows Removed by Filter", 0) > 10
    ]


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in _nodes(child))]
