"""Find due jobs and reminders in the database, so that no message queue needs to be reliable.

While nothing is due, the sweeper reads once a second. It sleeps until the next job or reminder falls
due, at most a second, or until a wake-up or freed capacity ends the sleep.

The steps of a sweep fail independently: a row that cannot be processed neither delays mail nor stops
the worker.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from shared import metrics
from shared.clock import DatabaseClock, monotonic
from shared.contract.jobs import SendPush
from shared.jobs import claims, queue
from shared.jobs.claims import AbandonedClaim, LeaseLost
from worker.jobs.context import Outcome, is_database_unavailable
from worker.jobs.executor import JobExecutor
from worker.jobs.scheduler import Scheduler
from worker.reminders.firing import ReminderFiring

# Bounds the delay of a reminder set by another process, and of a job whose wake-up was lost.
MAX_PAUSE_SECONDS = 1.0
# The database's clock and the worker's differ slightly. Without a minimum the loop would spin.
MIN_PAUSE_SECONDS = 0.02
# Pause when reminders are due and another worker fires them.
CONTENDED_PAUSE = timedelta(seconds=0.25)
# During a backlog the full sweep (reminders, quarantined and abandoned jobs) runs this often.
FULL_SWEEP_SECONDS = 0.25
# The database is unavailable or overloaded: expected now and then, so logged in one line.
_OUTAGE = (SQLAlchemyError, OSError, TimeoutError)

log = logging.getLogger(__name__)

Result = TypeVar("Result")


class Sweeper:
    """Claim due jobs while the executor has capacity. Every sweep sets `clock` by the database's."""

    def __init__(
        self, executor: JobExecutor, scheduler: Scheduler, clock: DatabaseClock | None = None
    ) -> None:
        self.scheduler = scheduler
        self.reminder_firing = ReminderFiring(executor.resources)
        self._executor = executor
        self._resources = executor.resources
        self._clock = clock
        self._failing_steps: set[str] = set()
        self._was_quarantined = False
        # During a backlog, capacity is filled without a full sweep until this time (monotonic).
        self._next_full_sweep_at = 0.0

    async def run(self) -> None:
        """Sweep until the executor stops. Outages of the database do not end the loop."""
        while not self._executor.is_stopping:
            self._executor.wake_event.clear()
            pause = await self._try("read", self.sweep(), MAX_PAUSE_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._executor.wake_event.wait()

    async def sweep(self) -> float:
        """Start what is due, as far as capacity allows; return how many seconds to sleep."""
        if monotonic() < self._next_full_sweep_at and await self._fill_capacity():
            return _pause()
        paused = self._executor.runner.paused_kinds
        async with self._resources.begin_read() as read:
            state = await queue.read_queue_state(read, except_kinds=paused)
            if self._clock is not None:
                self._clock.synchronize(state.now)
                read.now = state.now
            next_reminder = await self.reminder_firing.next_due_in(read)
            abandoned = await claims.find_abandoned(read.connection) if state.has_abandoned else []
        is_due, has_quarantined = state.is_due, state.has_quarantined
        if state.has_parked:
            is_due |= await self._try("unpark", self._unpark(), False)
        for claim in abandoned:
            await self._try("recover", self.recover(claim), False)
            is_due = has_quarantined = True
        is_due |= await self._try("digests", self.scheduler.add_digest_jobs(self._resources), False)
        is_due |= await self._try("chores", self.scheduler.add_cleanup_jobs(self._resources), False)
        if next_reminder is not None and next_reminder <= timedelta(0):
            has_fired = await self._try("reminders", self._fire_due_reminders(), False)
            is_due |= has_fired
            # There may be more than one batch.
            next_reminder = timedelta(0) if has_fired else CONTENDED_PAUSE
        if is_due and self._executor.free_capacity and await self._start_due(has_quarantined):
            return 0.0
        return _pause(state.next_due_in, next_reminder)

    async def _try(self, step: str, action: Awaitable[Result], default: Result) -> Result:
        """Return the result of `action`, or `default` if it fails.

        Every failure is counted; only the first of consecutive failures of a step is logged.
        """
        try:
            result = await action
        except _OUTAGE as error:
            if self._is_new_failure(step):
                log.warning("cannot sweep (%s): %s", step, error)
        except Exception:
            if self._is_new_failure(step):
                log.exception("cannot sweep (%s)", step)
        else:
            self._failing_steps.discard(step)
            return result
        return default

    def _is_new_failure(self, step: str) -> bool:
        metrics.sweep_failures.labels(step).inc()
        is_new = step not in self._failing_steps
        self._failing_steps.add(step)
        return is_new

    async def _unpark(self) -> bool:
        async with self._resources.begin() as work:
            await claims.unpark_due(work)
        return True

    async def _fire_due_reminders(self) -> bool:
        return await self.reminder_firing.fire_due() > 0

    async def _start_due(self, has_quarantined: bool) -> bool:
        """Start due jobs as far as capacity allows; return True if more may be due.

        A quarantined job runs alone. Otherwise a job that crashes its process three times would make
        dead letters of the jobs beside it, the same ones each time. Between two quarantined jobs the
        others run: a password reset must not wait for all quarantined jobs.
        """
        if has_quarantined and self._executor.tasks:
            return False  # the last running job wakes the sweeper
        if has_quarantined and not self._was_quarantined and await self._start_quarantined():
            return False
        is_backlog = await self._fill_capacity()
        if has_quarantined and not self._executor.tasks and await self._start_quarantined():
            return False  # no other job was due
        self._was_quarantined = False
        is_fast = is_backlog and not has_quarantined
        self._next_full_sweep_at = monotonic() + FULL_SWEEP_SECONDS if is_fast else 0.0
        return is_backlog and self._executor.free_capacity > 0

    async def _start_quarantined(self) -> bool:
        self._was_quarantined = await self._claim(1, quarantined=True) > 0
        return self._was_quarantined

    async def _fill_capacity(self) -> bool:
        """Claim jobs until capacity is used up; return True if it was used up by this call."""
        was_free = self._executor.free_capacity > 0
        while self._executor.free_capacity:
            # Each claimed job may be a push. Without push capacity, pushes are not claimed at all.
            limit = self._executor.free_push_capacity or self._executor.free_capacity
            if await self._claim(limit) < limit:
                return False
        return was_free

    async def _claim(self, limit: int, *, quarantined: bool = False) -> int:
        """Claim and start at most `limit` due jobs; return their number."""
        async with self._resources.begin() as work:
            if self._executor.is_stopping:  # since we waited for a connection
                return 0
            except_kinds = self._executor.runner.paused_kinds
            if not self._executor.free_push_capacity:
                except_kinds.append(SendPush.kind)
            claimed = await claims.claim_due(
                work, limit, except_kinds=except_kinds, quarantined=quarantined
            )
        for claim in claimed:
            self._executor.start(claim)
        return len(claimed)

    async def recover(self, abandoned: AbandonedClaim) -> bool:
        """Queue a job whose worker died, or mark it dead if it crashed too many workers.

        Return False if another worker recovered it first or its own worker is alive.
        """
        log.warning("job %s (%s): its worker died", abandoned.id, abandoned.kind)
        try:
            if abandoned.has_crashed_too_often:
                await self._mark_dead(abandoned)
            else:
                async with self._resources.begin() as work:
                    await claims.requeue(work, abandoned)
        except LeaseLost:
            return False
        # Counted here, by the worker that recovered the job, so that it is counted once.
        metrics.jobs_abandoned.labels(abandoned.kind).inc()
        if abandoned.was_sending:
            metrics.mail_in_doubt.labels(abandoned.kind).inc()
        if abandoned.has_crashed_too_often:
            metrics.jobs_finished.labels(abandoned.kind, "dead").inc()
        return True

    async def _mark_dead(self, abandoned: AbandonedClaim) -> None:
        """Mark the job dead, with its outcome recorded if that is possible. Raise LeaseLost."""
        reason = f"{claims.MAX_CRASHES} workers died doing it"
        try:
            async with self._resources.begin() as work:
                outcome = Outcome("dead", reason)
                await self._executor.runner.record_outcome(work, abandoned, outcome)
                await claims.mark_dead(work, abandoned, reason)
        except LeaseLost:
            raise
        except Exception as error:
            if is_database_unavailable(error):
                raise
            # If it were not marked dead, every sweep would find it again, forever.
            log.exception("job %s (%s): outcome not recorded", abandoned.id, abandoned.kind)
            async with self._resources.begin() as work:
                await claims.mark_dead(work, abandoned, reason)


def _pause(*waits: timedelta | None) -> float:
    """Return the seconds until the earliest of `waits`, within bounds.

    The upper bound is jittered, so that workers do not sweep in step.
    """
    known = [wait.total_seconds() for wait in waits if wait is not None]
    longest = MAX_PAUSE_SECONDS * random.uniform(0.8, 1.0)  # noqa: S311  no secret
    return max(MIN_PAUSE_SECONDS, min([longest, *known]))
