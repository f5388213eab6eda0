"""Find due jobs and reminders in the database, so that no message queue needs to be reliable.

A sweep reads what is due and when the next row falls due, in one statement, and sleeps until then. A
wake-up or freed capacity ends the sleep. While wake-ups arrive, a sleep is at most MAX_PAUSE_SECONDS.

The steps of a sweep fail independently: a row that cannot be processed neither delays mail nor stops
the worker.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

from shared import metrics
from shared.clock import DatabaseClock, monotonic
from shared.database.errors import DatabaseError
from shared.jobs import abandoned_claims, claims
from worker.jobs import recovery
from worker.jobs.due_rows import DueRows, read_due_rows
from worker.jobs.executor import JobExecutor
from worker.jobs.scheduler import Scheduler
from worker.reminders.firing import ReminderFiring
from worker.webhooks.scan import WebhookScan

# Bounds the delay of a job or a reminder whose wake-up was lost. An idle sweep costs 2 ms.
MAX_PAUSE_SECONDS = 10.0
# The same without a broker, or while it is away: then nothing announces a new row.
MAX_PAUSE_SECONDS_WITHOUT_WAKE_UPS = 1.0
# Pause after a step failed, as when the database is away.
OUTAGE_PAUSE_SECONDS = 1.0
# The database's clock and the worker's differ slightly. Without a minimum the loop would spin.
MIN_PAUSE_SECONDS = 0.02
# Pause when another worker does at this moment what is due.
CONTENDED_PAUSE = timedelta(seconds=0.25)
# During a backlog the full sweep (reminders, quarantined and abandoned jobs) runs this often.
FULL_SWEEP_SECONDS = 0.25
# The database is unavailable or overloaded: expected now and then, so logged in one line.
_OUTAGE = (DatabaseError, OSError, TimeoutError)

log = logging.getLogger(__name__)

Result = TypeVar("Result")


class Sweeper:
    """Claim due jobs while the executor has capacity. Every sweep sets `clock` by the database's."""

    def __init__(
        self, executor: JobExecutor, scheduler: Scheduler, clock: DatabaseClock | None = None
    ) -> None:
        self.scheduler = scheduler
        self.reminder_firing = ReminderFiring(executor.resources)
        self.webhook_scan = WebhookScan(executor.resources)
        self._executor = executor
        self._resources = executor.resources
        self._clock = clock
        self._failing_steps: set[str] = set()
        self._was_quarantined = False
        # When to sweep again; None: not known to be necessary.
        self._waits: list[timedelta | None] = []
        # During a backlog, capacity is filled without a full sweep until this time (monotonic).
        self._next_full_sweep_at = 0.0

    async def run(self) -> None:
        """Sweep until the executor stops. Outages of the database do not end the loop."""
        while not self._executor.is_stopping:
            self._executor.wake_event.clear()
            pause = await self._try("read", self.sweep(), OUTAGE_PAUSE_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._executor.wake_event.wait()

    async def sweep(self) -> float:
        """Start what is due, as far as capacity allows; return how many seconds to sleep."""
        until_full_sweep = self._next_full_sweep_at - monotonic()
        if until_full_sweep > 0 and await self._fill_capacity():
            return max(MIN_PAUSE_SECONDS, until_full_sweep)
        due = await self._read_due_rows()
        now = self._resources.clock.now()
        self._waits = [_wait(due.next_job_at, due.now)]
        is_due, has_quarantined = due.is_job_due, due.has_quarantined
        is_due |= await self._step("unpark", _wait(due.next_parked_at, due.now), self._unpark)
        if await self._step("recover", _wait(due.next_lease_end, due.now), self._recover_abandoned):
            is_due = has_quarantined = True
        is_due |= await self._step("digests", _wait(due.next_digest_at, now), self._add_digests)
        is_due |= await self._try("chores", self.scheduler.add_cleanup_jobs(self._resources), False)
        is_due |= await self._step("reminders", _wait(due.next_reminder_at, now), self._fire_due)
        if due.has_webhooks:
            is_due |= await self._try("webhooks", self.webhook_scan.queue_due(), False)
            self._waits.append(self.webhook_scan.wait)
        if is_due and self._executor.free_capacity and await self._start_due(has_quarantined):
            return 0.0
        return self._pause()

    async def _read_due_rows(self) -> DueRows:
        """Read what is due, and set the clock by the database's."""
        async with self._resources.single_read() as read:
            due = await read_due_rows(
                read,
                except_kinds=self._executor.runner.paused_kinds,
                except_reminders=self.reminder_firing.deferred,
            )
        if self._clock is not None:
            self._clock.synchronize(due.now)
        return due

    async def _step(
        self, name: str, wait: timedelta | None, action: Callable[[], Awaitable[bool]]
    ) -> bool:
        """Do what is due now; return True if anything was done. Remember when to sweep again."""
        if wait is None or wait > timedelta(0):
            self._waits.append(wait)
            return False
        is_done = await self._try(name, action(), False)
        if name in self._failing_steps:
            self._waits.append(timedelta(seconds=OUTAGE_PAUSE_SECONDS))
        else:
            # There may be more than one batch; or another worker does it at this moment.
            self._waits.append(timedelta(0) if is_done else CONTENDED_PAUSE)
        return is_done

    def _pause(self) -> float:
        """Return the seconds until the earliest of the remembered times, within bounds.

        The upper bound is jittered, so that workers do not sweep in step.
        """
        known = [wait.total_seconds() for wait in self._waits if wait is not None]
        is_listening = self._executor.is_listening
        longest = MAX_PAUSE_SECONDS if is_listening else MAX_PAUSE_SECONDS_WITHOUT_WAKE_UPS
        longest *= random.uniform(0.8, 1.0)  # noqa: S311  no secret
        return max(MIN_PAUSE_SECONDS, min([longest, *known]))

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

    async def _recover_abandoned(self) -> bool:
        async with self._resources.single_read() as read:
            abandoned = await abandoned_claims.find_abandoned(read.connection)
        for claim in abandoned:
            await self._try("recover", recovery.recover(self._executor.runner, claim), False)
        return bool(abandoned)

    async def _add_digests(self) -> bool:
        return await self.scheduler.add_digest_jobs(self._resources)

    async def _fire_due(self) -> bool:
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
        while limit := self._executor.free_capacity:
            if await self._claim(limit) < limit:
                return False
        return was_free

    async def _claim(self, limit: int, *, quarantined: bool = False) -> int:
        """Claim and start at most `limit` due jobs; return their number."""
        async with self._resources.begin() as work:
            if self._executor.is_stopping:  # since we waited for a connection
                return 0
            except_kinds = self._executor.runner.paused_kinds
            # Each claimed job may be a push, or a webhook's.
            except_kinds += self._executor.full_kinds
            claimed = await claims.claim_due(
                work, limit, except_kinds=except_kinds, quarantined=quarantined
            )
        for claim in claimed:
            self._executor.start(claim)
        return len(claimed)


def _wait(due_at: datetime | None, now: datetime) -> timedelta | None:
    return None if due_at is None else due_at - now
