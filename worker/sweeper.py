"""Finds what is due by looking into the tables, so that no queue needs to be right, or there.

One read a second while nothing is due. It sleeps until the next job or reminder falls due, at most
a second, or until a hint or a freed slot wakes it.
"""

import asyncio
import logging
import random
from contextlib import suppress
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from shared import metrics
from shared.clock import ForeignClock, monotonic
from shared.jobs import claims, queue
from shared.jobs.claims import Abandoned, LostFence
from worker import reminders
from worker.desk import Desk
from worker.schedule import Schedule
from worker.tools import Outcome

# A reminder that another process set is seen in time, and a lost hint costs no more than this.
LONGEST_PAUSE_SECONDS = 1.0
# The database's clock and ours differ a little; asking again at once would spin.
SHORTEST_PAUSE_SECONDS = 0.02

# With a backlog: reminders, suspects and what was abandoned are looked for this often.
LOOK_SECONDS = 0.25

log = logging.getLogger(__name__)


class Sweeper:
    """`clock`, if given, is set by the database's in every sweep."""

    def __init__(self, desk: Desk, schedule: Schedule, clock: ForeignClock | None = None) -> None:
        self._desk = desk
        self._schedule = schedule
        self._resources = desk.resources
        self._clock = clock
        # While there is a backlog, slots are filled without looking at everything each time.
        self._look_at = 0.0

    async def run(self) -> None:
        """Sweeps until the desk closes; outlives every outage of the database."""
        is_away = False
        while not self._desk.is_closing:
            self._desk.woken.clear()
            try:
                pause = await self.sweep()
                is_away = False
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                if not is_away:  # one line an outage, not one a second
                    log.warning("cannot sweep: %s", error)
                is_away, pause = True, LONGEST_PAUSE_SECONDS
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
            next_reminder = await reminders.next_fire_in(read)
            abandoned = await claims.find_abandoned(read.connection) if agenda.has_abandoned else []
        is_due, has_suspects = agenda.is_due, agenda.has_suspects
        if agenda.has_parked:
            async with self._resources.begin_work() as work:
                await claims.unpark_due(work)
            is_due = True
        for one in abandoned:
            await self._recover(one)
            is_due = has_suspects = True
        is_due |= await self._schedule.add_due(self._resources)
        if next_reminder is not None and next_reminder <= timedelta(0):
            is_due |= await reminders.fire_due(self._resources) > 0
            next_reminder = timedelta(0)  # perhaps more than one batch
        if is_due and self._desk.free and await self._begin(has_suspects):
            return 0.0
        return _pause(agenda.next_in, next_reminder)

    async def _begin(self, has_suspects: bool) -> bool:
        """What is due is under way, as far as there are slots; tells whether there may be more.

        A suspect alone: else a job that kills its process three times would take those beside it
        along, each time the same ones, into the dead letters.
        """
        if has_suspects and self._desk.tasks:
            return False  # the last of them wakes us
        if has_suspects and await self._claim(1, suspects=True):
            return False
        is_backlog = await self._fill()
        self._look_at = monotonic() + LOOK_SECONDS if is_backlog and not has_suspects else 0.0
        return is_backlog and self._desk.free > 0

    async def _fill(self) -> bool:
        """Every free slot is taken; tells whether it is so."""
        wanted = self._desk.free
        return wanted > 0 and await self._claim(wanted) == wanted

    async def _claim(self, wanted: int, *, suspects: bool = False) -> int:
        """At most `wanted` due jobs are under way; returns how many."""
        async with self._resources.begin_work() as work:
            if self._desk.is_closing:  # while we waited for a connection
                return 0
            paused = self._desk.runner.paused
            claimed = await claims.claim_due(work, wanted, without=paused, suspects=suspects)
        for claim in claimed:
            self._desk.start(claim)
        return len(claimed)

    async def _recover(self, abandoned: Abandoned) -> None:
        """A job whose worker is gone is queued again, or dead if it is poison."""
        if abandoned.was_sending:
            metrics.mail_ambiguous.labels(abandoned.kind).inc()
        metrics.jobs_abandoned.labels(abandoned.kind).inc()
        log.warning("job %s (%s): its worker is gone", abandoned.id, abandoned.kind)
        with suppress(LostFence):  # another worker was quicker, or its own lives after all
            async with self._resources.begin_work() as work:
                if not abandoned.is_poison:
                    await claims.requeue(work, abandoned)
                    return
                why = f"{claims.MOST_CRASHES} workers died doing it"
                await self._desk.runner.note(work, abandoned, Outcome("dead", why))
                await claims.bury(work, abandoned, why)
                metrics.jobs_finished.labels(abandoned.kind, "dead").inc()


def _pause(*waits: timedelta | None) -> float:
    """Returns seconds until the first, within bounds; jittered, so that workers do not march."""
    known = [wait.total_seconds() for wait in waits if wait is not None]
    longest = LONGEST_PAUSE_SECONDS * random.uniform(0.8, 1.0)  # noqa: S311  no secret
    return max(SHORTEST_PAUSE_SECONDS, min([longest, *known]))
