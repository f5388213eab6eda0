"""Claim job rows, renew their leases, and write their outcomes.

    claim_due ─→ leased ─mark_sending→ sending ─→ finish, finish_done  (done | dead | cancelled)
                   │ every LEASE/3:               ├→ retry     (attempts + 1, later)
                   │   renew_leases               ├→ release   (as if never claimed)
                   │                              └→ park      (a kind this worker does not know)
                   └ lease expired: recovered by another worker (shared/jobs/abandoned_claims.py)

A claim raises the row's fence. Every later write names the fence, so a worker that was stopped past
its lease writes nothing: a write of one job raises LeaseLost, a write of several returns the jobs that
it wrote. Leases use the database's clock. These functions only write rows: the unit of work commits,
and worker/jobs runs the jobs.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

from sqlalchemy import Integer, Select, String, Update, bindparam, case, cast, select, update
from sqlalchemy import delete as delete_rows

from shared.database.column_types import UtcDateTime
from shared.database.server_clock import db_later, db_now
from shared.ids import JobId
from shared.tables.jobs import IS_QUARANTINED, IS_QUEUED, JobRow
from shared.unit_of_work import UnitOfWork

# Longer than the longest pause of a healthy worker. Mail of a dead worker is late by at most this.
LEASE_SECONDS = 30
# One heartbeat may fail without losing the lease; the next one then follows sooner.
HEARTBEAT_SECONDS = 10
# How long a rolling deploy takes to start a worker that knows the kind.
PARKED_SECONDS = 30

CLAIMED_STATES = ("leased", "sending")


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


class LeaseLost(Exception):
    """The claim is no longer valid, and nothing was written.

    The lease expired and another worker recovered, claimed or ended the job; or, when an abandoned
    claim is recovered, its worker has renewed the lease.
    """


# In the order of Claim's fields.
CLAIM_COLUMNS = (
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
    work: UnitOfWork, limit: int, *, except_kinds: Collection[str] = (), quarantined: bool = False
) -> list[Claim]:
    """Claim at most `limit` due jobs and return them by priority, then by fair_run_at.

    Jobs of `except_kinds` are not claimed. With `quarantined` only quarantined jobs are claimed,
    otherwise only the others, because a quarantined job runs alone in its worker.
    """
    values = {"limit": limit, "except_kinds": list(except_kinds)}
    rows = await work.connection.execute(_claim_statement(quarantined=quarantined), values)
    ordered = sorted(rows, key=lambda row: (row.priority, row.fair_run_at))
    return [claim_from_row(row) for row in ordered]


@cache
def _claim_statement(*, quarantined: bool) -> Update:
    due = (
        select(JobRow.id)
        .where(
            IS_QUEUED,
            IS_QUARANTINED if quarantined else JobRow.crashes == 0,
            JobRow.run_at <= db_now(),
            JobRow.kind.not_in(bindparam("except_kinds", expanding=True)),
        )
        .order_by(JobRow.priority, JobRow.fair_run_at)
        .limit(bindparam("limit", type_=Integer))
        # A CTE is evaluated once. A subquery could be evaluated per row and claim too many.
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    return (
        update(JobRow)
        .where(JobRow.id.in_(select(due.c.id)))
        .values(state="leased", fence=JobRow.fence + 1, lease_until=db_later(LEASE_SECONDS))
        .returning(*CLAIM_COLUMNS, JobRow.priority, JobRow.fair_run_at)
    )


def _held() -> Select[str]:
    """Return the ids of the rows for which the claims in the parameters of `_of` are still valid.

    Their rows are locked in the order of their ids: the heartbeat and a finished batch write the
    same rows, and two statements that lock rows in different orders would deadlock.
    """
    return (
        select(JobRow.id)
        .where(
            JobRow.id.in_(bindparam("ids", expanding=True)),
            (JobRow.id + ":" + cast(JobRow.fence, String)).in_(bindparam("fences", expanding=True)),
            JobRow.state.in_(CLAIMED_STATES),
        )
        .order_by(JobRow.id)
        .with_for_update()
    )


def _write_held(**values: Any) -> Any:
    """Return the statement that writes these values to the rows of all valid claims."""
    held = _held().cte("held")
    return (
        update(JobRow).where(JobRow.id.in_(select(held.c.id))).values(values).returning(JobRow.id)
    )


_RENEW = _write_held(lease_until=db_later(LEASE_SECONDS))
_MARK_SENDING = _write_held(state="sending", lease_until=db_later(LEASE_SECONDS))
_FINISH_DONE = _write_held(
    state="done", last_error="", lease_until=None, finished_at=bindparam("now", type_=UtcDateTime)
)


async def renew_leases(work: UnitOfWork, claims: Sequence[Claim]) -> set[JobId]:
    """Extend the leases of those claims that are still valid; return the ids of their jobs."""
    return await _write_all(work, _RENEW, claims)


async def mark_sending(work: UnitOfWork, claims: Sequence[Claim]) -> set[JobId]:
    """Record that the transfers to the mail server begin; return the jobs that may be sent.

    If the worker crashes after this is committed, their deliveries are in doubt. A job that is not
    returned has lost its lease.
    """
    return await _write_all(work, _MARK_SENDING, claims)


async def finish_done(work: UnitOfWork, claims: Sequence[Claim]) -> set[JobId]:
    """End these jobs as done; return those that were ended. The others have lost their leases."""
    return await _write_all(work, _FINISH_DONE, claims, now=work.now)


async def finish(
    work: UnitOfWork, claim: Claim, state: Literal["done", "dead", "cancelled"], reason: str = ""
) -> None:
    """End the job in `state`. Raise LeaseLost."""
    await write_claimed(
        work, claim, state=state, last_error=reason[:500], lease_until=None, finished_at=work.now
    )


async def delete(work: UnitOfWork, claim: Claim) -> None:
    """End the job without a trace, for kinds whose outcome is kept elsewhere. Raise LeaseLost."""
    held = (
        (JobRow.id == claim.id) & (JobRow.fence == claim.fence) & JobRow.state.in_(CLAIMED_STATES)
    )
    if not (await work.connection.execute(delete_rows(JobRow).where(held))).rowcount:
        raise LeaseLost(claim.id)


async def retry(
    work: UnitOfWork, claim: Claim, delay_seconds: float, reason: str, *, in_doubt: bool = False
) -> None:
    """Queue the job again after a failed attempt, which counts. Raise LeaseLost.

    The job leaves quarantine: it failed without crashing its process.
    """
    await write_claimed(
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
    work.wake_workers_at(work.now + timedelta(seconds=delay_seconds))
    doubt = case((JobRow.state == "sending", 1), else_=0) if in_doubt else 0
    in_doubt_count = await write_claimed(
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
    await write_claimed(
        work,
        claim,
        state="parked",
        **_delayed(PARKED_SECONDS),
        lease_until=None,
        last_error=reason[:500],
    )


_UNPARK = (
    update(JobRow).where(JobRow.state == "parked", JobRow.run_at <= db_now()).values(state="queued")
)


async def unpark_due(work: UnitOfWork) -> None:
    """Queue parked jobs whose wait is over."""
    await work.connection.execute(_UNPARK)


def _delayed(delay_seconds: float) -> dict[str, Any]:
    """Return the columns that delay a job. fair_run_at never moves to an earlier time."""
    at = db_later(delay_seconds)
    fair_run_at = case((JobRow.fair_run_at > at, JobRow.fair_run_at), else_=at)
    return {"run_at": at, "fair_run_at": fair_run_at}


async def write_claimed(
    work: UnitOfWork, claim: Claim, *, only_expired: bool = False, **values: object
) -> int:
    """Write `values` to a claimed row; return its in_doubt_count. Raise LeaseLost.

    `only_expired`: the row is written only if the lease has expired and no transaction locks it.
    """
    conditions = [
        JobRow.id == claim.id,
        JobRow.fence == claim.fence,
        JobRow.state.in_(CLAIMED_STATES),
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


async def _write_all(
    work: UnitOfWork, statement: Any, claims: Sequence[Claim], **values: object
) -> set[JobId]:
    """Execute a statement of `_write_held`; return the ids of the jobs whose claims are valid."""
    if not claims:
        return set()
    ids = [claim.id for claim in claims]
    fences = [f"{claim.id}:{claim.fence}" for claim in claims]
    rows = await work.connection.execute(statement, {"ids": ids, "fences": fences, **values})
    return {JobId(row.id) for row in rows}


def claim_from_row(row: Any) -> Claim:
    return Claim(
        id=JobId(row.id),
        kind=row.kind,
        payload=row.payload,
        fence=row.fence,
        attempts=row.attempts,
        crashes=row.crashes,
        in_doubt_count=row.in_doubt_count,
        created_at=row.created_at,
        request_id=row.request_id,
    )
