"""Read the jobs table for operators and metrics; retry or discard dead jobs."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, select, update

from shared.database.server_clock import db_later, db_now
from shared.ids import JobId
from shared.tables.jobs import JobRow, WorkerRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# A worker that missed three heartbeats counts as dead.
WORKER_ALIVE_SECONDS = 35


@dataclass(frozen=True)
class QueueMetrics:
    """Figures for /metrics and /health."""

    jobs: dict[tuple[str, str], int]  # (kind, state) → number of rows
    oldest_due_seconds: float
    in_doubt_count: int
    workers: int


async def read_queue_metrics(read: ReadTransaction) -> QueueMetrics:
    """Return rows by kind and state, the longest delay, deliveries in doubt, and live workers."""
    counted = await read.connection.execute(
        select(JobRow.kind, JobRow.state, func.count()).group_by(JobRow.kind, JobRow.state)
    )
    row = (
        await read.connection.execute(
            select(
                db_now().label("now"),
                select(func.min(JobRow.run_at))
                .where(JobRow.state == "queued", JobRow.run_at <= db_now())
                .scalar_subquery()
                .label("oldest"),
                select(func.coalesce(func.sum(JobRow.in_doubt_count), 0))
                .scalar_subquery()
                .label("in_doubt_count"),
                select(func.count())
                .select_from(WorkerRow)
                .where(WorkerRow.seen_at > db_later(-WORKER_ALIVE_SECONDS))
                .scalar_subquery()
                .label("workers"),
            )
        )
    ).one()
    late = (row.now - row.oldest).total_seconds() if row.oldest is not None else 0.0
    return QueueMetrics(
        {(kind, state): count for kind, state, count in counted},
        late,
        row.in_doubt_count,
        row.workers,
    )


async def is_worker_alive(read: ReadTransaction, host: str | None = None) -> bool:
    """Return True if a worker of `host`, or of any host, was seen within WORKER_ALIVE_SECONDS."""
    alive = exists().where(WorkerRow.seen_at > db_later(-WORKER_ALIVE_SECONDS))
    if host is not None:
        alive = alive.where(WorkerRow.host == host)
    return bool(await read.connection.scalar(select(alive)))


@dataclass(frozen=True)
class JobRecord:
    """One row of the jobs table, as operators see it. The payload holds ids only."""

    id: JobId
    kind: str
    state: str
    priority: int
    attempts: int
    crashes: int
    in_doubt_count: int
    run_at: datetime
    created_at: datetime
    finished_at: datetime | None
    lease_until: datetime | None
    last_error: str
    dedupe_key: str | None
    request_id: str
    payload: dict[str, Any]


_RECORD_COLUMNS = [getattr(JobRow, field.name) for field in fields(JobRecord)]


async def list_jobs(
    read: ReadTransaction, limit: int, *, state: str | None = None, kind: str | None = None
) -> list[JobRecord]:
    """Return at most `limit` jobs, newest first, optionally of one state or one kind."""
    # Sort by id: ids begin with their creation time.
    found = select(*_RECORD_COLUMNS).order_by(JobRow.id.desc()).limit(limit)
    if state is not None:
        found = found.where(JobRow.state == state)
    if kind is not None:
        found = found.where(JobRow.kind == kind)
    return [JobRecord(*row) for row in await read.connection.execute(found)]


async def find_jobs(read: ReadTransaction, job_ids: Sequence[str]) -> dict[str, JobRecord]:
    """Return the jobs that exist, by id."""
    found = select(*_RECORD_COLUMNS).where(JobRow.id.in_(job_ids))
    return {row.id: JobRecord(*row) for row in await read.connection.execute(found)}


async def retry_dead(work: UnitOfWork, job_ids: Sequence[JobId]) -> int:
    """Queue the dead ones of these jobs with all counters reset; return their number."""
    result = await work.connection.execute(
        update(JobRow)
        .where(JobRow.id.in_(job_ids), JobRow.state == "dead")
        .values(
            state="queued",
            run_at=db_now(),
            fair_run_at=db_now(),
            created_at=work.now,
            finished_at=None,
            attempts=0,
            crashes=0,
            in_doubt_count=0,
        )
    )
    work.wake_workers_at(work.now)
    return result.rowcount


async def discard_dead(work: UnitOfWork, job_ids: Sequence[JobId]) -> int:
    """Delete the dead ones of these jobs; return their number."""
    result = await work.connection.execute(
        delete(JobRow).where(JobRow.id.in_(job_ids), JobRow.state == "dead")
    )
    return result.rowcount
