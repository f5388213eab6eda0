"""Finds what is due by looking into the tables, so that no queue needs to be right, or there.

One read a second while nothing is due. It sleeps until the next job or reminder falls due, at most
a second, or until a hint or a freed slot wakes it.

Whatever one step of a sweep fails at, the others have their turn: a row that cannot be handled keeps
no mail waiting, and takes no worker down.
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
from shared.clock import ForeignClock, monotonic
from shared.contract.jobs import SendPush
from shared.jobs import claims, queue
from shared.jobs.claims import Abandoned, LostFence
from worker.jobs.context import Outcome, is_away
from worker.jobs.executor import Desk
from worker.jobs.scheduler import Schedule
from worker.reminders.firing import Firing

# A reminder that another process set is seen in time, and a lost hint costs no more than this.
LONGEST_PAUSE_SECONDS = 1.0
# The database's clock and ours differ a little; asking again at once would spin.
SHORTEST_PAUSE_SECONDS = 0.02

# Reminders are due, and others are at them.
BUSY_PAUSE = timedelta(seconds=0.25)
# The database is away, or busy: expected now and then, and told in one line.
_OUTAGE = (SQLAlchemyError, OSError, TimeoutError)

# With a backlog: reminders, suspects and what was abandoned are looked for this often.
LOOK_SECONDS = 0.25

log = logging.getLogger(__name__)

Done = TypeVar("Done")


class Sweeper:
    """`clock`, if given, is set by the database's in every sweep."""

    def __init__(self, desk: Desk, schedule: Schedule, clock: ForeignClock | None = None) -> None:
        self._desk = desk
        self._schedule = schedule
        self._resources = desk.resources
        self._clock = clock
        self._firing = Firing(desk.resources)
        self._failing: set[str] = set()
        self._was_suspect = False
        # While there is a backlog, slots are filled without looking at everything each time.
        self._look_at = 0.0

    async def run(self) -> None:
        """Sweeps until the desk closes; outlives every outage of the database."""
        while not self._desk.is_closing:
            self._desk.woken.clear()
            pause = await self._try("look", self.sweep(), LONGEST_PAUSE_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._desk.woken.wait()

    async def sweep(self) -> float:
        """What was due is under way, as far as there are slots; returns how long to sleep."""
        if monotonic() < self._look_at and await self._fill():
            return _pause()
        async with self._resources.begin_read() as read:
            agenda = await queue.read_agenda(read, without=self._desk.runner.paused)
            if self._clock is not None:
                self._clock.follow(agenda.now)
                read.now = agenda.now
            next_reminder = await self._firing.next_in(read)
            abandoned = await claims.find_abandoned(read.connection) if agenda.has_abandoned else []
        is_due, has_suspects = agenda.is_due, agenda.has_suspects
        if agenda.has_parked:
            is_due |= await self._try("unpark", self._unpark(), False)
        for one in abandoned:
            await self._try("recover", self._recover(one), False)
            is_due = has_suspects = True
        is_due |= await self._try("digests", self._schedule.add_digests(self._resources), False)
        is_due |= await self._try("chores", self._schedule.add_chores(self._resources), False)
        if next_reminder is not None and next_reminder <= timedelta(0):
            has_fired = await self._try("reminders", self._fire_due(), False)
            is_due |= has_fired
            # Perhaps there is more than one batch.
            next_reminder = timedelta(0) if has_fired else BUSY_PAUSE
        if is_due and self._desk.free and await self._begin(has_suspects):
            return 0.0
        return _pause(agenda.next_in, next_reminder)

    async def _try(self, step: str, doing: Awaitable[Done], otherwise: Done) -> Done:
        """Returns what it comes to; `otherwise` if it fails, which is counted, and told once a spell."""
        try:
            done = await doing
        except _OUTAGE as error:
            if self._is_news(step):
                log.warning("cannot sweep (%s): %s", step, error)
        except Exception:
            if self._is_news(step):
                log.exception("cannot sweep (%s)", step)
        else:
            self._failing.discard(step)
            return done
        return otherwise

    def _is_news(self, step: str) -> bool:
        metrics.sweep_failures.labels(step).inc()
        is_news = step not in self._failing
        self._failing.add(step)
        return is_news

    async def _unpark(self) -> bool:
        async with self._resources.begin() as work:
            await claims.unpark_due(work)
        return True

    async def _fire_due(self) -> bool:
        return await self._firing.fire_due() > 0

    async def _begin(self, has_suspects: bool) -> bool:
        """What is due is under way, as far as there are slots; tells whether there may be more.

        A suspect alone: else a job that kills its process three times would take those beside it
        along, each time the same ones, into the dead letters. Between two of them the others have
        their turn: a suspect may take its time, and a password reset must not wait for all of them.
        """
        if has_suspects and self._desk.tasks:
            return False  # the last of them wakes us
        if has_suspects and not self._was_suspect and await self._begin_suspect():
            return False
        is_backlog = await self._fill()
        if has_suspects and not self._desk.tasks and await self._begin_suspect():
            return False  # nobody else wanted a turn
        self._was_suspect = False
        self._look_at = monotonic() + LOOK_SECONDS if is_backlog and not has_suspects else 0.0
        return is_backlog and self._desk.free > 0

    async def _begin_suspect(self) -> bool:
        self._was_suspect = await self._claim(1, suspects=True) > 0
        return self._was_suspect

    async def _fill(self) -> bool:
        """Every free slot is taken; tells whether it is so."""
        was_free = self._desk.free > 0
        while self._desk.free:
            # Any of them may turn out to be a push; without room for one, none does.
            wanted = self._desk.free_for_pushes or self._desk.free
            if await self._claim(wanted) < wanted:
                return False
        return was_free

    async def _claim(self, wanted: int, *, suspects: bool = False) -> int:
        """At most `wanted` due jobs are under way; returns how many."""
        async with self._resources.begin() as work:
            if self._desk.is_closing:  # while we waited for a connection
                return 0
            without = self._desk.runner.paused
            if not self._desk.free_for_pushes:
                without.append(SendPush.kind)
            claimed = await claims.claim_due(work, wanted, without=without, suspects=suspects)
        for claim in claimed:
            self._desk.start(claim)
        return len(claimed)

    async def _recover(self, abandoned: Abandoned) -> bool:
        """A job whose worker is gone is queued again, or dead if it is poison. Tells whether by us."""
        log.warning("job %s (%s): its worker is gone", abandoned.id, abandoned.kind)
        try:
            if abandoned.is_poison:
                await self._bury(abandoned)
            else:
                async with self._resources.begin() as work:
                    await claims.requeue(work, abandoned)
        except LostFence:  # another worker was quicker, or its own lives after all
            return False
        # Only who won counts it, or each worker would.
        metrics.jobs_abandoned.labels(abandoned.kind).inc()
        if abandoned.was_sending:
            metrics.mail_ambiguous.labels(abandoned.kind).inc()
        if abandoned.is_poison:
            metrics.jobs_finished.labels(abandoned.kind, "dead").inc()
        return True

    async def _bury(self, abandoned: Abandoned) -> None:
        """It is dead, and the world shows it, if that can be written. Raises LostFence."""
        why = f"{claims.MOST_CRASHES} workers died doing it"
        try:
            async with self._resources.begin() as work:
                await self._desk.runner.note(work, abandoned, Outcome("dead", why))
                await claims.bury(work, abandoned, why)
        except LostFence:
            raise
        except Exception as error:
            if is_away(error):
                raise
            # Unburied it would be found again with every sweep, for ever.
            log.exception("job %s (%s): its end cannot be noted", abandoned.id, abandoned.kind)
            async with self._resources.begin() as work:
                await claims.bury(work, abandoned, why)


def _pause(*waits: timedelta | None) -> float:
    """Returns seconds until the first, within bounds; jittered, so that workers do not march."""
    known = [wait.total_seconds() for wait in waits if wait is not None]
    longest = LONGEST_PAUSE_SECONDS * random.uniform(0.8, 1.0)  # noqa: S311  no secret
    return max(SHORTEST_PAUSE_SECONDS, min([longest, *known]))
