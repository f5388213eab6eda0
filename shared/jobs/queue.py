"""What the jobs table holds, for the sweeper, the operator and the metrics; and dead letters."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ScalarSelect, and_, delete, exists, func, select, update

from shared.contract.jobs import Priority
from shared.database import among, db_later, db_now
from shared.ids import JobId
from shared.tables.jobs import IS_QUEUED, IS_SUSPECT, JobRow, WorkerRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# Three heartbeats: a worker that missed so many is not alive.
WORKER_ALIVE_SECONDS = 35


@dataclass(frozen=True)
class Agenda:
    """What a sweep has to do now, and when the next job falls due."""

    now: datetime
    is_due: bool
    has_suspects: bool
    has_abandoned: bool
    has_parked: bool
    next_in: timedelta | None


async def read_agenda(read: ReadTransaction, *, without: Sequence[str] = ()) -> Agenda:
    """Returns what is to be done, by the database's clock, in one statement.

    Suspects of kinds in `without` are not counted: nobody takes them now, so nobody waits for them.
    """
    others = (JobRow.kind.not_in(without),) if without else ()
    suspects = (IS_QUEUED, IS_SUSPECT, JobRow.run_at <= db_now(), *others)
    row = (
        await read.connection.execute(
            select(
                db_now().label("now"),
                _any_job(JobRow.state == "queued", JobRow.run_at <= db_now()).label("is_due"),
                _any_job(*suspects).label("has_suspects"),
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
        row.now,
        bool(row.is_due),
        bool(row.has_suspects),
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


async def read_facts(read: ReadTransaction) -> QueueFacts:
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


async def is_worker_alive(read: ReadTransaction, host: str | None = None) -> bool:
    """Tells whether a worker, of this host or of any, was seen within WORKER_ALIVE_SECONDS."""
    alive = exists().where(WorkerRow.seen_at > db_later(-WORKER_ALIVE_SECONDS))
    if host is not None:
        alive = alive.where(WorkerRow.host == host)
    return bool(await read.connection.scalar(select(alive)))


@dataclass(frozen=True)
class JobFacts:
    """One row, as an operator sees it. Its payload holds ids only."""

    id: JobId
    kind: str
    state: str
    priority: int
    attempts: int
    crashes: int
    unsure: int
    run_at: datetime
    created_at: datetime
    finished_at: datetime | None
    lease_until: datetime | None
    last_error: str
    dedupe_key: str | None
    request_id: str
    payload: dict[str, Any]


_FACTS = [getattr(JobRow, field.name) for field in fields(JobFacts)]


async def list_jobs(
    read: ReadTransaction, limit: int, *, state: str | None = None, kind: str | None = None
) -> list[JobFacts]:
    """Returns jobs, the newest first; of one state or kind, if said."""
    # By id: ids begin with the time they were made.
    found = select(*_FACTS).order_by(JobRow.id.desc()).limit(limit)
    if state is not None:
        found = found.where(JobRow.state == state)
    if kind is not None:
        found = found.where(JobRow.kind == kind)
    return [JobFacts(*row) for row in await read.connection.execute(found)]


async def find_jobs(read: ReadTransaction, job_ids: Sequence[str]) -> dict[str, JobFacts]:
    """Returns those that exist, by id."""
    found = select(*_FACTS).where(among(read.connection, JobRow.id, job_ids))
    return {row.id: JobFacts(*row) for row in await read.connection.execute(found)}


async def retry_dead(work: UnitOfWork, job_ids: Sequence[JobId]) -> int:
    """Those that are dead are queued afresh; returns how many."""
    result = await work.connection.execute(
        update(JobRow)
        .where(among(work.connection, JobRow.id, job_ids), JobRow.state == "dead")
        .values(
            state="queued", run_at=db_now(), turn_at=db_now(), created_at=work.now, finished_at=None,
            attempts=0, crashes=0, unsure=0,
        )
    )  # fmt: skip
    return result.rowcount


async def discard_dead(work: UnitOfWork, job_ids: Sequence[JobId]) -> int:
    """Those that are dead are gone; returns how many."""
    result = await work.connection.execute(
        delete(JobRow).where(among(work.connection, JobRow.id, job_ids), JobRow.state == "dead")
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
