"""Run claimed jobs concurrently, keep their leases, and drain them at shutdown.

    wake-up ─→ run_job ─→ executor.wake() ─┐
    sweep, when the next row falls due ────┴→ claim_due ─→ executor.start(claim) ─→ JobRunner

A wake-up only makes the sweeper run now. The table decides which jobs are claimed, and in which
order, so the same wake-up delivered fifty times, or never, leads to the same effects.

At most CONCURRENCY jobs run. A worker that is fast claims further jobs ahead, so that a claim is one
transaction for many jobs; they wait for a slot. It claims no more than it has just done in
AHEAD_SECONDS: an urgent job that is added now waits no longer than that.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from shared.cancellation import within
from shared.clock import monotonic
from shared.contract.jobs import DeliverWebhook, SendPush
from shared.database.errors import CannotConnect, DatabaseError
from shared.ids import JobId
from shared.jobs import claims
from shared.jobs.claims import Claim
from worker.jobs.runner import JobRunner
from worker.liveness import WorkerRegistration

# Jobs mostly wait for servers: ten connections keep a mail server busy and a small one unharmed.
CONCURRENCY = 10
# A user's browser names the push service, and one that never answers occupies a job for 15 s. So
# pushes have slots of their own, and do not count as capacity.
PUSH_CONCURRENCY = 5
# The same for webhooks, whose receivers users name: a turn of one takes 10 s, and 10 s for its last request.
WEBHOOK_CONCURRENCY = 10
_OWN_CONCURRENCY = {
    SendPush.kind: PUSH_CONCURRENCY,
    DeliverWebhook.kind: WEBHOOK_CONCURRENCY,
}
# Jobs claimed ahead. After a crash each of them is quarantined, and runs alone.
MAX_AHEAD = 40
AHEAD_SECONDS = 0.2
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
    """A job that this worker has claimed. It has started when it has a slot.

    `renewed_at` is when its lease was last requested, monotonic.
    """

    claim: Claim
    task: asyncio.Task[None]
    renewed_at: float
    has_started: bool = False
    is_lease_lost: bool = False


class JobExecutor:
    """Own the tasks of the jobs that run in this worker."""

    def __init__(self, runner: JobRunner, *, concurrency: int = CONCURRENCY) -> None:
        self.runner = runner
        self.resources = runner.context.resources
        self.registration = WorkerRegistration()
        # Set by everything that may give the sweeper something to do.
        self.wake_event = asyncio.Event()
        # True while wake-ups arrive; without them the sweeper sleeps for a second at most.
        self.is_listening = False
        self.is_stopping = False
        self._concurrency = concurrency
        self._slots = asyncio.Semaphore(concurrency)
        self._own_slots = {
            kind: asyncio.Semaphore(number) for kind, number in _OWN_CONCURRENCY.items()
        }
        self._running: dict[JobId, RunningJob] = {}
        # When the last jobs ended, monotonic.
        self._ended_at: deque[float] = deque(maxlen=MAX_AHEAD)

    @property
    def running_jobs(self) -> list[RunningJob]:
        """Return the claimed jobs: those that run, and those that wait for a slot."""
        return list(self._running.values())

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """Return the tasks of the claimed jobs."""
        return [running.task for running in self._running.values()]

    @property
    def free_capacity(self) -> int:
        """Return how many more jobs may be claimed. 0 while a quarantined job runs."""
        is_quarantine = any(running.claim.is_quarantined for running in self._running.values())
        if self.is_stopping or is_quarantine:
            return 0
        shared = sum(running.claim.kind not in _OWN_CONCURRENCY for running in self.running_jobs)
        return max(0, self._capacity - shared)

    @property
    def full_kinds(self) -> list[str]:
        """Return the kinds with slots of their own, all of which are taken."""
        running = Counter(running.claim.kind for running in self.running_jobs)
        return [kind for kind, number in _OWN_CONCURRENCY.items() if running[kind] >= number]

    @property
    def _capacity(self) -> int:
        since = monotonic() - AHEAD_SECONDS
        while self._ended_at and self._ended_at[0] < since:
            self._ended_at.popleft()
        return self._concurrency + len(self._ended_at)

    def wake(self) -> None:
        """Make the sweeper run now."""
        self.wake_event.set()

    def set_listening(self, *, is_listening: bool) -> None:
        """Record whether wake-ups arrive, and make the sweeper choose its next sleep anew."""
        self.is_listening = is_listening
        self.wake()

    def start(self, claim: Claim) -> None:
        """Run the claimed job in a task of its own, as soon as a slot is free."""
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
        self._ended_at.append(monotonic())
        # Claim half the capacity at a time: a claim for each job costs as much as its mail.
        has_own_slots = running.claim.kind in _OWN_CONCURRENCY
        if has_own_slots or self.free_capacity >= self._capacity // 2:
            self.wake_event.set()

    async def _run(self, claim: Claim) -> None:
        await self.runner.run(
            claim, self._slot_of(claim), lambda: self._running[claim.id].is_lease_lost
        )

    @asynccontextmanager
    async def _slot_of(self, claim: Claim) -> AsyncIterator[None]:
        async with self._own_slots.get(claim.kind, self._slots):
            if (running := self._running.get(claim.id)) is not None:
                running.has_started = True
            yield

    def stop_claiming(self) -> None:
        """Make free_capacity 0 and wake the sweeper, which then ends."""
        self.is_stopping = True
        self.wake_event.set()

    async def drain(self, seconds: float) -> None:
        """Stop claiming and wait for the running jobs; after `seconds` cancel and release the rest.

        Jobs that wait for a slot are released at once.
        """
        self.stop_claiming()
        await asyncio.sleep(0)  # a task that is cancelled before its first step releases nothing
        for running in self.running_jobs:
            if not running.has_started:
                running.task.cancel()
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

        with suppress(DatabaseError, OSError, TimeoutError):
            await within(DEREGISTER_SECONDS, deregister())

    async def renew_leases(self) -> bool:
        """Renew the leases of the running jobs and cancel the jobs whose lease is lost.

        Return True if the database answered. If not, jobs are cancelled once their lease has gone
        without renewal for GIVE_UP_SECONDS.
        """
        jobs, requested_at, is_renewed = self.running_jobs, monotonic(), True
        try:
            kept = await within(RENEW_SECONDS, self._renew([job.claim for job in jobs]))
        except (DatabaseError, OSError, TimeoutError) as error:
            if not isinstance(error, CannotConnect):  # logged once a minute, not at each attempt
                log.warning("leases not renewed: %s", str(error) or type(error).__name__)
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
    """Wake the sweeper. The only function that arq ever calls. Older versions send a job's id."""
    executor: JobExecutor = ctx["executor"]
    executor.wake()
