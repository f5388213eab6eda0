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

log = logging.getLogger(__name__)


class Sweeper:
    def __init__(self, desk: Desk, schedule: Schedule) -> None:
        self._desk = desk
        self._schedule = schedule
        self._resources = desk.resources

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
        async with self._resources.begin_read() as read:
            agenda = await queue.read_agenda(read)
            next_reminder = await reminders.next_fire_in(read)
            abandoned = await claims.find_abandoned(read.connection) if agenda.has_abandoned else []
        is_due = agenda.is_due
        if agenda.has_parked:
            async with self._resources.begin_work() as work:
                await claims.unpark_due(work)
            is_due = True
        for one in abandoned:
            await self._recover(one)
            is_due = True
        is_due |= await self._schedule.add_due(self._resources)
        if next_reminder is not None and next_reminder <= timedelta(0):
            is_due |= await reminders.fire_due(self._resources) > 0
            next_reminder = timedelta(0)  # perhaps more than one batch
        if is_due and self._desk.free and await self._claim():
            return 0.0
        return _pause(agenda.next_in, next_reminder)

    async def _claim(self) -> bool:
        """As many due jobs as there are free slots are under way; tells whether there may be more."""
        wanted = self._desk.free
        async with self._resources.begin_work() as work:
            if self._desk.is_closing:  # while we waited for a connection
                return False
            claimed = await claims.claim_due(work, wanted, without=self._desk.runner.paused)
        for claim in claimed:
            self._desk.start(claim)
        return len(claimed) == wanted and self._desk.free > 0

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
