"""Claiming job rows, holding them, and ending them: what may be written, and by whom.

    claim_due ─→ leased ─mark_sending→ sending ─→ finish(done | dead | cancelled)
                   │ every LEASE/3: hold          ├→ retry     (attempts + 1, later)
                   │                              ├→ give_back (as if never claimed)
                   │                              └→ park      (a kind this worker does not know)
                   └ lease expired: find_abandoned → requeue   (crashes + 1)

A claim raises the row's fence. Every later write names the fence, so a worker that was stopped
past its lease writes nothing any more: it gets LostFence. Leases use the database's clock.
Never commits (shared/unit_of_work.py does), never acts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import case, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database import db_later, db_now
from shared.ids import JobId
from shared.tables.jobs import IS_QUEUED, IS_SUSPECT, JobRow
from shared.unit_of_work import UnitOfWork

# Longer than the longest pause of a healthy worker; a dead one's mail is late by at most this.
LEASE_SECONDS = 30
# A heartbeat may be lost without losing the lease; after one that was, the next comes sooner.
HEARTBEAT_SECONDS = 10
# A job that took three processes down with it is poison: a fourth would help nobody.
MOST_CRASHES = 3
# A new deploy takes this long to bring a worker that knows the kind.
PARKED_SECONDS = 30
# A worker that died holds as many as it has slots; more than that wait for the next sweep.
ABANDONED_AT_ONCE = 100

_HELD = ("leased", "sending")


@dataclass(frozen=True)
class Claim:
    """A job this process may act on, as long as `fence` is the row's."""

    id: JobId
    kind: str
    payload: dict[str, Any]
    fence: int
    attempts: int
    crashes: int
    unsure: int
    created_at: datetime
    request_id: str

    @property
    def is_suspect(self) -> bool:
        """A process died while it was under way, so nothing else is under way beside it."""
        return self.crashes > 0


@dataclass(frozen=True)
class Abandoned(Claim):
    """A claim whose worker is gone. `was_sending`: the mail may have gone out."""

    was_sending: bool

    @property
    def is_poison(self) -> bool:
        return self.crashes + 1 >= MOST_CRASHES


class LostFence(Exception):
    """The row was claimed by another worker, or ended; nothing was written."""


_CLAIM = (
    JobRow.id,
    JobRow.kind,
    JobRow.payload,
    JobRow.fence,
    JobRow.attempts,
    JobRow.crashes,
    JobRow.unsure,
    JobRow.created_at,
    JobRow.request_id,
)


async def claim_due(
    work: UnitOfWork, limit: int, *, without: Iterable[str] = (), suspects: bool = False
) -> list[Claim]:
    """At most `limit` due jobs are this worker's, most urgent first, in the order of their turns.

    Kinds of `without` stay. Suspects are claimed apart: whoever runs one runs nothing else.
    """
    due = (
        select(JobRow.id)
        .where(
            IS_QUEUED,
            IS_SUSPECT if suspects else JobRow.crashes == 0,
            JobRow.run_at <= db_now(),
            *([JobRow.kind.not_in(paused)] if (paused := list(without)) else ()),
        )
        .order_by(JobRow.priority, JobRow.turn_at)
        .limit(limit)
        # A CTE is run once; a subquery could be run again for each row and take too many.
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    rows = await work.connection.execute(
        update(JobRow)
        .where(JobRow.id.in_(select(due.c.id)))
        .values(state="leased", fence=JobRow.fence + 1, lease_until=db_later(LEASE_SECONDS))
        .returning(*_CLAIM, JobRow.priority, JobRow.turn_at)
    )
    ordered = sorted(rows, key=lambda row: (row.priority, row.turn_at))
    return [_claim(row._mapping) for row in ordered]


async def hold(work: UnitOfWork, claims: Sequence[Claim]) -> set[JobId]:
    """The leases of those still ours are new; returns which those are."""
    if not claims:
        return set()
    rows = await work.connection.execute(
        update(JobRow)
        .where(
            tuple_(JobRow.id, JobRow.fence).in_([(one.id, one.fence) for one in claims]),
            JobRow.state.in_(_HELD),
        )
        .values(lease_until=db_later(LEASE_SECONDS))
        .returning(JobRow.id)
    )
    return {JobId(row.id) for row in rows}


async def mark_sending(work: UnitOfWork, claim: Claim) -> None:
    """From the commit on, a crash leaves in doubt whether the mail went out. Raises LostFence."""
    await _write(work, claim, state="sending", lease_until=db_later(LEASE_SECONDS))


async def finish(
    work: UnitOfWork, claim: Claim, state: Literal["done", "dead", "cancelled"], why: str = ""
) -> None:
    """The job has ended. Raises LostFence."""
    await _write(
        work, claim, state=state, last_error=why[:500], lease_until=None, finished_at=work.now
    )


async def retry(
    work: UnitOfWork, claim: Claim, delay_seconds: float, why: str, *, unsure: bool = False
) -> None:
    """It will be tried again after the delay, one attempt used. Raises LostFence.

    What failed in order takes no process down: it is no suspect any more.
    """
    await _write(
        work,
        claim,
        state="queued",
        **_not_before(delay_seconds),
        lease_until=None,
        attempts=JobRow.attempts + 1,
        crashes=0,
        unsure=JobRow.unsure + int(unsure),
        last_error=why[:500],
    )


async def give_back(
    work: UnitOfWork, claim: Claim, why: str, *, delay_seconds: float = 0, in_doubt: bool = False
) -> bool:
    """It is queued as if nobody had claimed it: no attempt is used. Raises LostFence.

    `in_doubt`: the caller does not know how far it came, so if it was sending, it is unsure.
    Tells whether it is.
    """
    doubt = case((JobRow.state == "sending", 1), else_=0) if in_doubt else 0
    unsure = await _write(
        work,
        claim,
        state="queued",
        **_not_before(delay_seconds),
        lease_until=None,
        unsure=JobRow.unsure + doubt,
        last_error=why[:500],
    )
    return unsure > claim.unsure


async def park(work: UnitOfWork, claim: Claim, why: str) -> None:
    """It waits for a worker that knows its kind, no attempt used. Raises LostFence."""
    await _write(
        work,
        claim,
        state="parked",
        **_not_before(PARKED_SECONDS),
        lease_until=None,
        last_error=why[:500],
    )


async def unpark_due(work: UnitOfWork) -> None:
    """Parked jobs whose pause is over are queued again."""
    await work.connection.execute(
        update(JobRow)
        .where(JobRow.state == "parked", JobRow.run_at <= db_now())
        .values(state="queued")
    )


async def find_abandoned(connection: AsyncConnection) -> list[Abandoned]:
    """Returns claims whose lease is over."""
    rows = await connection.execute(
        select(*_CLAIM, JobRow.state)
        .where(JobRow.state.in_(_HELD), JobRow.lease_until < db_now())
        .limit(ABANDONED_AT_ONCE)
    )
    return [
        Abandoned(**vars(_claim(row._mapping)), was_sending=row.state == "sending") for row in rows
    ]


async def requeue(work: UnitOfWork, abandoned: Abandoned) -> None:
    """The job is queued again, with one crash more. Raises LostFence when its worker lives after all."""
    await _write(
        work,
        abandoned,
        only_expired=True,
        state="queued",
        run_at=db_now(),
        lease_until=None,
        crashes=JobRow.crashes + 1,
        unsure=JobRow.unsure + int(abandoned.was_sending),
        last_error="its worker died",
    )


async def bury(work: UnitOfWork, abandoned: Abandoned, why: str) -> None:
    """The job is dead. Raises LostFence when its worker lives after all."""
    await _write(
        work,
        abandoned,
        only_expired=True,
        state="dead",
        lease_until=None,
        crashes=JobRow.crashes + 1,
        unsure=JobRow.unsure + int(abandoned.was_sending),
        last_error=why[:500],
        finished_at=work.now,
    )


def _not_before(delay_seconds: float) -> dict[str, Any]:
    """Returns what makes a job wait. Its turn comes no sooner, and no sooner than it would have."""
    at = db_later(delay_seconds)
    return {"run_at": at, "turn_at": case((JobRow.turn_at > at, JobRow.turn_at), else_=at)}


async def _write(
    work: UnitOfWork, claim: Claim, *, only_expired: bool = False, **values: object
) -> int:
    """The row has these values. Returns how often it is unsure now. Raises LostFence."""
    conditions = [JobRow.id == claim.id, JobRow.fence == claim.fence, JobRow.state.in_(_HELD)]
    statement = update(JobRow).where(*conditions)
    if only_expired:
        # Locked means that somebody is writing it: its worker lives, or another one was quicker.
        free = select(JobRow.id).where(*conditions, JobRow.lease_until < db_now())
        statement = statement.where(
            JobRow.id.in_(free.with_for_update(skip_locked=True).scalar_subquery())
        )
    written = await work.connection.execute(statement.values(values).returning(JobRow.unsure))
    if (row := written.one_or_none()) is None:
        raise LostFence(claim.id)
    return int(row.unsure)


def _claim(row: Any) -> Claim:
    return Claim(
        id=JobId(row["id"]),
        kind=row["kind"],
        payload=row["payload"],
        fence=row["fence"],
        attempts=row["attempts"],
        crashes=row["crashes"],
        unsure=row["unsure"],
        created_at=row["created_at"],
        request_id=row["request_id"],
    )
