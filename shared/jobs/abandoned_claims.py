"""Recover jobs whose worker died: their leases expired. They count a crash, not an attempt."""

from dataclasses import dataclass

from sqlalchemy import select

from shared.database.connection import Connection
from shared.database.server_clock import db_now
from shared.jobs.claims import (
    CLAIM_COLUMNS,
    CLAIMED_STATES,
    Claim,
    claim_from_row,
    write_claimed,
)
from shared.tables.jobs import JobRow
from shared.unit_of_work import UnitOfWork

# A job that crashed three workers becomes a dead letter: a fourth run would crash another worker.
MAX_CRASHES = 3
# A dead worker leaves at most as many rows as it had claimed. More wait for the next sweep.
ABANDONED_BATCH = 100


@dataclass(frozen=True)
class AbandonedClaim(Claim):
    """A claim whose lease expired. If `was_sending`, its mail may have been sent."""

    was_sending: bool

    @property
    def has_crashed_too_often(self) -> bool:
        return self.crashes + 1 >= MAX_CRASHES


_ABANDONED = (
    select(*CLAIM_COLUMNS, (JobRow.state == "sending").label("was_sending"))
    .where(JobRow.state.in_(CLAIMED_STATES), JobRow.lease_until < db_now())
    .limit(ABANDONED_BATCH)
)


async def find_abandoned(connection: Connection) -> list[AbandonedClaim]:
    """Return at most ABANDONED_BATCH claims whose lease expired."""
    return [
        AbandonedClaim(**vars(claim_from_row(row)), was_sending=bool(row.was_sending))
        for row in await connection.execute(_ABANDONED)
    ]


async def requeue(work: UnitOfWork, abandoned: AbandonedClaim) -> None:
    """Queue the job of a dead worker again and count a crash, not an attempt.

    Raise LeaseLost if its worker renewed the lease.
    """
    await write_claimed(
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
    await write_claimed(
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
