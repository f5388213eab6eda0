"""Run claimed jobs concurrently, keep their leases, and drain them at shutdown.

    arq message ─→ run_job ─→ executor.wake() ─┐
    sweep (≤ 1 s, or the next due row) ────────┴→ claim_due ─→ executor.start(claim) ─→ JobRunner

A wake-up only makes the sweeper run now. The table decides which jobs are claimed, and in which
order, so the same wake-up delivered fifty times, or never, leads to the same effects.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from shared.cancellation import within
from shared.clock import monotonic
from shared.contract.jobs import SendPush
from shared.ids import JobId
from shared.jobs import claims
from shared.jobs.claims import Claim
from worker.jobs.runner import JobRunner
from worker.liveness import WorkerRegistration

# Jobs mostly wait for servers: ten connections keep a mail server busy and a small one unharmed.
CONCURRENCY = 10
# A user's browser names the push service, and one that never answers occupies a job for 15 s. The
# limit keeps the rest for other kinds. Half, because half the capacity is claimed at a time.
PUSH_CONCURRENCY = CONCURRENCY // 2
# How long a lease may go without renewal. A worker that cannot reach the database cancels its jobs
# before another worker takes them over.
GIVE_UP_SECONDS = claims.LEASE_SECONDS - 5
# Time limit for one heartbeat. With this, and the shorter pause after a failure, a database that
# hangs is asked several times before GIVE_UP_SECONDS.
RENEW_SECONDS = 4
# Time limit for deregistering at shutdown. Without it health checks report the worker missing after
# 35 s.
DEREGISTER_SECONDS = 1

log = logging.getLogger(__name__)


@dataclass
class RunningJob:
    """A job that this worker runs. `renewed_at` is when its lease was last requested, monotonic."""

    claim: Claim
    task: asyncio.Task[None]
    renewed_at: float
    is_lease_lost: bool = False


class JobExecutor:
    """Own the tasks of the jobs that run in this worker."""

    def __init__(self, runner: JobRunner, *, concurrency: int = CONCURRENCY) -> None:
        self.runner = runner
        self.resources = runner.context.resources
        self.registration = WorkerRegistration()
        # Set by everything that may give the sweeper something to do.
        self.wake_event = asyncio.Event()
        self.is_stopping = False
        self._concurrency = concurrency
        self._running: dict[JobId, RunningJob] = {}

    @property
    def running_jobs(self) -> list[RunningJob]:
        return list(self._running.values())

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """Return the tasks of the running jobs."""
        return [running.task for running in self._running.values()]

    @property
    def free_capacity(self) -> int:
        """Return how many more jobs may start. 0 while a quarantined job runs."""
        is_quarantine = any(running.claim.is_quarantined for running in self._running.values())
        if self.is_stopping or is_quarantine:
            return 0
        return self._concurrency - len(self._running)

    @property
    def free_push_capacity(self) -> int:
        """Return how many of the next jobs may be pushes."""
        pushes = sum(running.claim.kind == SendPush.kind for running in self._running.values())
        return max(0, min(self.free_capacity, PUSH_CONCURRENCY - pushes))

    def wake(self) -> None:
        """Make the sweeper run now."""
        self.wake_event.set()

    def start(self, claim: Claim) -> None:
        """Run the claimed job in a task of its own."""
        running = RunningJob(
            claim,
            asyncio.create_task(self._run(claim), name=f"{claim.kind} {claim.id}"),
            monotonic(),
        )
        self._running[claim.id] = running
        running.task.add_done_callback(lambda _: self._forget(running))

    def _forget(self, running: RunningJob) -> None:
        # A released job may be running again already, under another fence.
        if self._running.get(running.claim.id) is running:
            del self._running[running.claim.id]
        # Claim half the capacity at a time: a claim for each job costs as much as its mail.
        if len(self._running) <= self._concurrency // 2:
            self.wake_event.set()

    async def _run(self, claim: Claim) -> None:
        await self.runner.run(claim, is_lease_lost=lambda: self._running[claim.id].is_lease_lost)

    def stop_claiming(self) -> None:
        """Make free_capacity 0 and wake the sweeper, which then ends."""
        self.is_stopping = True
        self.wake_event.set()

    async def drain(self, seconds: float) -> None:
        """Stop claiming and wait for the running jobs; after `seconds` cancel and release the rest."""
        self.stop_claiming()
        if self.tasks:
            _, late = await asyncio.wait(self.tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def deregister(self) -> None:
        """Delete this worker's registration, within DEREGISTER_SECONDS. Database errors are ignored."""

        async def deregister() -> None:
            async with self.resources.begin() as work:
                await self.registration.deregister(work)

        with suppress(SQLAlchemyError, OSError, TimeoutError):
            await within(DEREGISTER_SECONDS, deregister())

    async def renew_leases(self) -> bool:
        """Renew the leases of the running jobs and cancel the jobs whose lease is lost.

        Return True if the database answered. If not, jobs are cancelled once their lease has gone
        without renewal for GIVE_UP_SECONDS.
        """
        jobs, requested_at, is_renewed = self.running_jobs, monotonic(), True
        try:
            kept = await within(RENEW_SECONDS, self._renew([job.claim for job in jobs]))
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("leases not renewed: %s", type(error).__name__)
            is_renewed = False
            now = monotonic()
            kept = {job.claim.id for job in jobs if now - job.renewed_at < GIVE_UP_SECONDS}
        else:
            for job in jobs:
                job.renewed_at = requested_at
        for job in jobs:
            if job.claim.id not in kept and not job.task.done():
                job.is_lease_lost = True
                job.task.cancel()
        return is_renewed

    async def _renew(self, running: list[Claim]) -> set[JobId]:
        async with self.resources.begin() as work:
            await self.registration.record_heartbeat(work)
            return await claims.renew_leases(work, running)


async def run_job(ctx: dict[Any, Any], job_id: str) -> None:
    """Wake the sweeper. The only function that arq ever calls."""
    executor: JobExecutor = ctx["executor"]
    executor.wake()
