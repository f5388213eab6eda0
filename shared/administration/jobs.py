"""The jobs as administrators see them, and commands on dead ones."""

from dataclasses import dataclass

from shared import audit
from shared.access import gate
from shared.access.policy import SiteAction
from shared.actor import Actor
from shared.contract.administration import (
    ChangedJobsShape,
    DeadJobPage,
    DeadJobShape,
    JobCountShape,
    JobCountsShape,
)
from shared.contract.audit import AuditAction
from shared.ids import JobId
from shared.jobs.queue import (
    JobRecord,
    count_open_jobs,
    discard_dead,
    find_dead,
    list_jobs,
    retry_dead,
)
from shared.unit_of_work import ReadTransaction, UnitOfWork

# One transaction changes at most as many: some hundred milliseconds, in which workers wait.
MAX_CHANGED = 10_000


@dataclass(frozen=True)
class DeadJobs:
    """Which dead jobs a command is about: those of `ids`, or all, or all of one kind."""

    ids: tuple[JobId, ...] = ()
    kind: str | None = None


async def read_job_counts(read: ReadTransaction, actor: Actor) -> JobCountsShape:
    """Return the numbers of the jobs that have not ended well. Raise Forbidden."""
    await gate.authorize_site(actor, SiteAction.READ_SITE)
    counts = await count_open_jobs(read)
    waiting = [each.next_at for each in counts if each.state == "queued"]
    late = (read.now - min(waiting, default=read.now)).total_seconds()
    return JobCountsShape(
        items=[
            JobCountShape(
                kind=each.kind,
                state=each.state,
                count=each.count,
                next_at=None if each.state == "dead" else each.next_at,
            )
            for each in counts
        ],
        oldest_due_seconds=max(0.0, late),
    )


async def read_dead_jobs(
    read: ReadTransaction, actor: Actor, *, kind: str | None, before: str | None, limit: int
) -> DeadJobPage:
    """Return dead jobs, newest first, older than the job `before`. Raise Forbidden."""
    await gate.authorize_site(actor, SiteAction.READ_SITE)
    found = await list_jobs(read, limit + 1, state="dead", kind=kind, before=before)
    items = [_shape(job) for job in found[:limit]]
    return DeadJobPage(items=items, next_cursor=items[-1].id if len(found) > limit else None)


async def retry_jobs(work: UnitOfWork, actor: Actor | None, jobs: DeadJobs) -> ChangedJobsShape:
    """Queue dead jobs again, at most MAX_CHANGED. `actor` is None for the operator. Raise Forbidden."""
    ids = await _select(work, actor, jobs)
    count = await retry_dead(work, ids)
    return await _record(work, actor, "jobs.retried", jobs, count)


async def discard_jobs(work: UnitOfWork, actor: Actor | None, jobs: DeadJobs) -> ChangedJobsShape:
    """Delete dead jobs for good, at most MAX_CHANGED. `actor` is None for the operator. Raise Forbidden."""
    ids = await _select(work, actor, jobs)
    count = await discard_dead(work, ids)
    return await _record(work, actor, "jobs.discarded", jobs, count)


async def _select(work: UnitOfWork, actor: Actor | None, jobs: DeadJobs) -> tuple[JobId, ...]:
    if actor is not None:
        await gate.authorize_site(actor, SiteAction.MANAGE_JOBS)
    return jobs.ids or await find_dead(work, MAX_CHANGED, kind=jobs.kind)


async def _record(
    work: UnitOfWork, actor: Actor | None, action: AuditAction, jobs: DeadJobs, count: int
) -> ChangedJobsShape:
    if count:
        facts = {"count": str(count), "kind": jobs.kind or ""}
        await audit.record(work, actor, action, facts=facts)
    return ChangedJobsShape(count=count)


def _shape(job: JobRecord) -> DeadJobShape:
    return DeadJobShape(
        id=job.id,
        kind=job.kind,
        attempts=job.attempts,
        crashes=job.crashes,
        in_doubt_count=job.in_doubt_count,
        error=job.last_error,
        request_id=job.request_id,
        created_at=job.created_at,
        dead_at=job.finished_at,
    )
