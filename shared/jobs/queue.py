"""Read the jobs table for operators and metrics; retry or discard dead jobs."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import delete, exists, func, select, update

from shared.database.server_clock import db_later, db_now
from shared.ids import JobId
from shared.tables.jobs import JobRow, WorkerRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# A worker that missed three heartbeats counts as dead.
WORKER_ALIVE_SECONDS = 35
# The states of jobs that have not ended well. Rows of the others are kept for weeks.
OpenState = Literal["queued", "leased", "sending", "parked", "dead"]
OPEN_STATES: tuple[OpenState, ...] = get_args(OpenState)


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
    read: ReadTransaction,
    limit: int,
    *,
    state: str | None = None,
    kind: str | None = None,
    before: str | None = None,
) -> list[JobRecord]:
    """Return at most `limit` jobs, newest first, optionally of one state or one kind.

    `before` is the id of the job after which to go on.
    """
    # Sort by id: ids begin with their creation time.
    found = select(*_RECORD_COLUMNS).order_by(JobRow.id.desc()).limit(limit)
    if state is not None:
        found = found.where(JobRow.state == state)
    if kind is not None:
        found = found.where(JobRow.kind == kind)
    if before is not None:
        found = found.where(JobRow.id < before)
    return [JobRecord(*row) for row in await read.connection.execute(found)]


async def find_jobs(read: ReadTransaction, job_ids: Sequence[str]) -> dict[str, JobRecord]:
    """Return the jobs that exist, by id."""
    found = select(*_RECORD_COLUMNS).where(JobRow.id.in_(job_ids))
    return {row.id: JobRecord(*row) for row in await read.connection.execute(found)}


@dataclass(frozen=True)
class OpenCount:
    """The number of jobs of a kind in a state, and when the first of them is due."""

    kind: str
    state: OpenState
    count: int
    next_at: datetime


async def count_open_jobs(read: ReadTransaction) -> list[OpenCount]:
    """Return the numbers of the jobs that are not done or cancelled, which the index finds alone."""
    rows = await read.connection.execute(_OPEN_COUNTS)
    return [OpenCount(*row) for row in rows]


_OPEN_COUNTS = (
    select(JobRow.kind, JobRow.state, func.count(), func.min(JobRow.run_at))
    .where(JobRow.state.in_(OPEN_STATES))
    .group_by(JobRow.kind, JobRow.state)
    .order_by(JobRow.kind, JobRow.state)
)


async def find_dead(
    read: ReadTransaction, limit: int, *, kind: str | None = None
) -> tuple[JobId, ...]:
    """Return the ids of at most `limit` dead jobs, the oldest first, optionally of one kind."""
    found = select(JobRow.id).where(JobRow.state == "dead").order_by(JobRow.id).limit(limit)
    if kind is not None:
        found = found.where(JobRow.kind == kind)
    return tuple(map(JobId, await read.connection.scalars(found)))


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


async def run_now(work: UnitOfWork, job_id: str | None) -> None:
    """Let a worker run a queued job now instead of at the time of its retry, and wake the workers."""
    await work.connection.execute(
        update(JobRow)
        .where(JobRow.id == job_id, JobRow.state == "queued")
        .values(run_at=db_now(), fair_run_at=db_now())
    )
    work.wake_workers_at(work.now)


async def discard_dead(work: UnitOfWork, job_ids: Sequence[JobId]) -> int:
    """Delete the dead ones of these jobs; return their number."""
    result = await work.connection.execute(
        delete(JobRow).where(JobRow.id.in_(job_ids), JobRow.state == "dead")
    )
    return result.rowcount
