"""What the jobs table holds, for the sweeper, the operator and the metrics; and dead letters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ScalarSelect, and_, delete, exists, func, select, update

from shared.contract.jobs import Priority
from shared.database import db_later, db_now
from shared.ids import JobId
from shared.tables.jobs import JobRow, WorkerRow
from shared.work import Read, Work

# Three heartbeats: a worker that missed so many is not alive.
WORKER_ALIVE_SECONDS = 35


@dataclass(frozen=True)
class Agenda:
    """What a sweep has to do now, and when the next job falls due."""

    is_due: bool
    has_abandoned: bool
    has_parked: bool
    next_in: timedelta | None


async def read_agenda(read: Read) -> Agenda:
    """Returns what is to be done, by the database's clock, in one statement."""
    row = (
        await read.connection.execute(
            select(
                db_now().label("now"),
                _any_job(JobRow.state == "queued", JobRow.run_at <= db_now()).label("is_due"),
                _any_job(
                    JobRow.state.in_(("leased", "sending")), JobRow.lease_until < db_now()
                ).label("has_abandoned"),
                _any_job(JobRow.state == "parked", JobRow.run_at <= db_now()).label("has_parked"),
                # One step into the index for each priority, however many rows there are.
                *(_next_run(priority).label(priority.name) for priority in Priority),
            )
        )
    ).one()
    times = [at for priority in Priority if (at := row._mapping[priority.name]) is not None]
    return Agenda(
        bool(row.is_due),
        bool(row.has_abandoned),
        bool(row.has_parked),
        min(times) - row.now if times else None,
    )


@dataclass(frozen=True)
class QueueFacts:
    """Numbers for /metrics and /health."""

    jobs: dict[tuple[str, str], int]  # (kind, state) → how many
    oldest_due_seconds: float
    unsure: int
    workers: int


async def read_facts(read: Read) -> QueueFacts:
    """Returns how the queue stands: rows by kind and state, how late it is, who works."""
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
                select(func.coalesce(func.sum(JobRow.unsure), 0)).scalar_subquery().label("unsure"),
                select(func.count())
                .select_from(WorkerRow)
                .where(WorkerRow.seen_at > db_later(-WORKER_ALIVE_SECONDS))
                .scalar_subquery()
                .label("workers"),
            )
        )
    ).one()
    late = (row.now - row.oldest).total_seconds() if row.oldest is not None else 0.0
    return QueueFacts({(one[0], one[1]): one[2] for one in counted}, late, row.unsure, row.workers)


async def is_worker_alive(read: Read, host: str | None = None) -> bool:
    """Tells whether a worker, of this host or of any, was seen within WORKER_ALIVE_SECONDS."""
    alive = exists().where(WorkerRow.seen_at > db_later(-WORKER_ALIVE_SECONDS))
    if host is not None:
        alive = alive.where(WorkerRow.host == host)
    return bool(await read.connection.scalar(select(alive)))


@dataclass(frozen=True)
class DeadLetter:
    id: JobId
    kind: str
    attempts: int
    crashes: int
    why: str
    created_at: datetime
    finished_at: datetime | None


async def list_dead(read: Read, limit: int = 100) -> Sequence[DeadLetter]:
    """Returns jobs that were given up, newest first."""
    rows = await read.connection.execute(
        select(
            JobRow.id, JobRow.kind, JobRow.attempts, JobRow.crashes, JobRow.last_error,
            JobRow.created_at, JobRow.finished_at,
        )
        .where(JobRow.state == "dead")
        .order_by(JobRow.finished_at.desc())
        .limit(limit)
    )  # fmt: skip
    return [DeadLetter(JobId(row[0]), *row[1:]) for row in rows]


async def retry_dead(work: Work, job_ids: Sequence[JobId]) -> int:
    """Those that are dead are queued afresh; returns how many."""
    result = await work.connection.execute(
        update(JobRow)
        .where(JobRow.id.in_(job_ids), JobRow.state == "dead")
        .values(
            state="queued", run_at=work.now, created_at=work.now, finished_at=None,
            attempts=0, crashes=0, unsure=0,
        )
    )  # fmt: skip
    return result.rowcount


async def discard_dead(work: Work, job_ids: Sequence[JobId]) -> int:
    """Those that are dead are gone; returns how many."""
    result = await work.connection.execute(
        delete(JobRow).where(JobRow.id.in_(job_ids), JobRow.state == "dead")
    )
    return result.rowcount


def _any_job(*conditions: object) -> ScalarSelect[bool]:
    return select(exists().where(and_(*conditions))).scalar_subquery()  # type: ignore[arg-type]


def _next_run(priority: Priority) -> ScalarSelect[datetime]:
    return (
        select(func.min(JobRow.run_at))
        .where(JobRow.state == "queued", JobRow.priority == int(priority), JobRow.run_at > db_now())
        .scalar_subquery()
    )
