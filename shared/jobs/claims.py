"""Claim job rows, renew their leases, and write their outcomes.

    claim_due ─→ leased ─mark_sending→ sending ─→ finish(done | dead | cancelled)
                   │ every LEASE/3:               ├→ retry     (attempts + 1, later)
                   │   renew_leases               ├→ release   (as if never claimed)
                   │                              └→ park      (a kind this worker does not know)
                   └ lease expired: find_abandoned → requeue or mark_dead  (crashes + 1)

A claim raises the row's fence. Every later write names the fence, so a worker that was stopped past
its lease gets LeaseLost instead of writing. Leases use the database's clock. These functions only
write rows: the unit of work commits, and worker/jobs runs the jobs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import case, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.server_clock import db_later, db_now
from shared.ids import JobId
from shared.tables.jobs import IS_QUARANTINED, IS_QUEUED, JobRow
from shared.unit_of_work import UnitOfWork

# Longer than the longest pause of a healthy worker. Mail of a dead worker is late by at most this.
LEASE_SECONDS = 30
# One heartbeat may fail without losing the lease; the next one then follows sooner.
HEARTBEAT_SECONDS = 10
# A job that crashed three workers becomes a dead letter: a fourth run would crash another worker.
MAX_CRASHES = 3
# How long a rolling deploy takes to start a worker that knows the kind.
PARKED_SECONDS = 30
# A dead worker leaves at most as many rows as its concurrency. More wait for the next sweep.
ABANDONED_BATCH = 100

_CLAIMED_STATES = ("leased", "sending")


@dataclass(frozen=True)
class Claim:
    """A job that this process may run for as long as the row's fence equals `fence`."""

    id: JobId
    kind: str
    payload: dict[str, Any]
    fence: int
    attempts: int
    crashes: int
    in_doubt_count: int
    created_at: datetime
    request_id: str

    @property
    def is_quarantined(self) -> bool:
        """Return True if a process died running this job. Such a job runs alone in its worker."""
        return self.crashes > 0


@dataclass(frozen=True)
class AbandonedClaim(Claim):
    """A claim whose lease expired. If `was_sending`, its mail may have been sent."""

    was_sending: bool

    @property
    def has_crashed_too_often(self) -> bool:
        return self.crashes + 1 >= MAX_CRASHES


class LeaseLost(Exception):
    """The claim is no longer valid, and nothing was written.

    The lease expired and another worker recovered, claimed or ended the job; or, when an abandoned
    claim is recovered, its worker has renewed the lease.
    """


_CLAIM_COLUMNS = (
    JobRow.id,
    JobRow.kind,
    JobRow.payload,
    JobRow.fence,
    JobRow.attempts,
    JobRow.crashes,
    JobRow.in_doubt_count,
    JobRow.created_at,
    JobRow.request_id,
)


async def claim_due(
    work: UnitOfWork, limit: int, *, except_kinds: Iterable[str] = (), quarantined: bool = False
) -> list[Claim]:
    """Claim at most `limit` due jobs and return them by priority, then by fair_run_at.

    Jobs of `except_kinds` are not claimed. With `quarantined` only quarantined jobs are claimed,
    otherwise only the others, because a quarantined job runs alone in its worker.
    """
    due = (
        select(JobRow.id)
        .where(
            IS_QUEUED,
            IS_QUARANTINED if quarantined else JobRow.crashes == 0,
            JobRow.run_at <= db_now(),
            *([JobRow.kind.not_in(excluded)] if (excluded := list(except_kinds)) else ()),
        )
        .order_by(JobRow.priority, JobRow.fair_run_at)
        .limit(limit)
        # A CTE is evaluated once. A subquery could be evaluated per row and claim too many.
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    rows = await work.connection.execute(
        update(JobRow)
        .where(JobRow.id.in_(select(due.c.id)))
        .values(state="leased", fence=JobRow.fence + 1, lease_until=db_later(LEASE_SECONDS))
        .returning(*_CLAIM_COLUMNS, JobRow.priority, JobRow.fair_run_at)
    )
    ordered = sorted(rows, key=lambda row: (row.priority, row.fair_run_at))
    return [_claim(row._mapping) for row in ordered]


async def renew_leases(work: UnitOfWork, claims: Sequence[Claim]) -> set[JobId]:
    """Extend the leases of those claims that are still valid; return the ids of their jobs."""
    if not claims:
        return set()
    rows = await work.connection.execute(
        update(JobRow)
        .where(
            tuple_(JobRow.id, JobRow.fence).in_([(claim.id, claim.fence) for claim in claims]),
            JobRow.state.in_(_CLAIMED_STATES),
        )
        .values(lease_until=db_later(LEASE_SECONDS))
        .returning(JobRow.id)
    )
    return {JobId(row.id) for row in rows}


async def mark_sending(work: UnitOfWork, claim: Claim) -> None:
    """Record that the transfer to the mail server begins. Raise LeaseLost.

    If the worker crashes after this is committed, the delivery is in doubt.
    """
    await _write(work, claim, state="sending", lease_until=db_later(LEASE_SECONDS))


async def finish(
    work: UnitOfWork, claim: Claim, state: Literal["done", "dead", "cancelled"], reason: str = ""
) -> None:
    """End the job in `state`. Raise LeaseLost."""
    await _write(
        work, claim, state=state, last_error=reason[:500], lease_until=None, finished_at=work.now
    )


async def retry(
    work: UnitOfWork, claim: Claim, delay_seconds: float, reason: str, *, in_doubt: bool = False
) -> None:
    """Queue the job again after a failed attempt, which counts. Raise LeaseLost.

    The job leaves quarantine: it failed without crashing its process.
    """
    await _write(
        work,
        claim,
        state="queued",
        **_delayed(delay_seconds),
        lease_until=None,
        attempts=JobRow.attempts + 1,
        crashes=0,
        in_doubt_count=JobRow.in_doubt_count + int(in_doubt),
        last_error=reason[:500],
    )


async def release(
    work: UnitOfWork, claim: Claim, reason: str, *, delay_seconds: float = 0, in_doubt: bool = False
) -> bool:
    """Queue the job again without counting an attempt: its worker stops, or its kind is paused.

    With `in_doubt` the caller does not know how far the job got: a job in state `sending` then
    counts as a delivery in doubt. Return True if it was counted. Raise LeaseLost.
    """
    doubt = case((JobRow.state == "sending", 1), else_=0) if in_doubt else 0
    in_doubt_count = await _write(
        work,
        claim,
        state="queued",
        **_delayed(delay_seconds),
        lease_until=None,
        in_doubt_count=JobRow.in_doubt_count + doubt,
        last_error=reason[:500],
    )
    return in_doubt_count > claim.in_doubt_count


async def park(work: UnitOfWork, claim: Claim, reason: str) -> None:
    """Let the job wait for a worker that knows its kind, with no attempt used. Raise LeaseLost."""
    await _write(
        work,
        claim,
        state="parked",
        **_delayed(PARKED_SECONDS),
        lease_until=None,
        last_error=reason[:500],
    )


async def unpark_due(work: UnitOfWork) -> None:
    """Queue parked jobs whose wait is over."""
    await work.connection.execute(
        update(JobRow)
        .where(JobRow.state == "parked", JobRow.run_at <= db_now())
        .values(state="queued")
    )


async def find_abandoned(connection: AsyncConnection) -> list[AbandonedClaim]:
    """Return at most ABANDONED_BATCH claims whose lease expired."""
    rows = await connection.execute(
        select(*_CLAIM_COLUMNS, JobRow.state)
        .where(JobRow.state.in_(_CLAIMED_STATES), JobRow.lease_until < db_now())
        .limit(ABANDONED_BATCH)
    )
    return [
        AbandonedClaim(**vars(_claim(row._mapping)), was_sending=row.state == "sending")
        for row in rows
    ]


async def requeue(work: UnitOfWork, abandoned: AbandonedClaim) -> None:
    """Queue the job of a dead worker again and count a crash, not an attempt.

    Raise LeaseLost if its worker renewed the lease.
    """
    await _write(
        work,
        abandoned,
        only_expired=True,
        state="queued",
        run_at=db_now(),
        lease_until=None,
        crashes=JobRow.crashes + 1,
        in_doubt_count=JobRow.in_doubt_count + int(abandoned.was_sending),
        last_error="its worker died",
    )


async def mark_dead(work: UnitOfWork, abandoned: AbandonedClaim, reason: str) -> None:
    """End the job as dead and count a crash. Raise LeaseLost if its worker renewed the lease."""
    await _write(
        work,
        abandoned,
        only_expired=True,
        state="dead",
        lease_until=None,
        crashes=JobRow.crashes + 1,
        in_doubt_count=JobRow.in_doubt_count + int(abandoned.was_sending),
        last_error=reason[:500],
        finished_at=work.now,
    )


def _delayed(delay_seconds: float) -> dict[str, Any]:
    """Return the columns that delay a job. fair_run_at never moves to an earlier time."""
    at = db_later(delay_seconds)
    fair_run_at = case((JobRow.fair_run_at > at, JobRow.fair_run_at), else_=at)
    return {"run_at": at, "fair_run_at": fair_run_at}


async def _write(
    work: UnitOfWork, claim: Claim, *, only_expired: bool = False, **values: object
) -> int:
    """Write `values` if the claim is still valid; return the row's in_doubt_count. Raise LeaseLost."""
    conditions = [
        JobRow.id == claim.id,
        JobRow.fence == claim.fence,
        JobRow.state.in_(_CLAIMED_STATES),
    ]
    statement = update(JobRow).where(*conditions)
    if only_expired:
        # A locked row is being written: its worker is alive, or another worker recovers the job.
        unlocked = select(JobRow.id).where(*conditions, JobRow.lease_until < db_now())
        statement = statement.where(
            JobRow.id.in_(unlocked.with_for_update(skip_locked=True).scalar_subquery())
        )
    written = await work.connection.execute(
        statement.values(values).returning(JobRow.in_doubt_count)
    )
    if (row := written.one_or_none()) is None:
        raise LeaseLost(claim.id)
    return int(row.in_doubt_count)


def _claim(row: Any) -> Claim:
    return Claim(
        id=JobId(row["id"]),
        kind=row["kind"],
        payload=row["payload"],
        fence=row["fence"],
        attempts=row["attempts"],
        crashes=row["crashes"],
        in_doubt_count=row["in_doubt_count"],
        created_at=row["created_at"],
        request_id=row["request_id"],
    )
