"""Add the periodic jobs: each clean-up chore once an hour, and due digests once a minute."""

from shared.contract.jobs import CleanUp
from shared.resources import Resources
from worker.cleanup.chores import CHORES
from worker.notifications import digest


class Scheduler:
    """Remember the last hour and minute for which this worker added jobs.

    Several workers may add the same jobs. Their dedupe keys keep one of each.
    """

    def __init__(self) -> None:
        self._hour = ""
        self._minute = ""

    async def add_digest_jobs(self, resources: Resources) -> bool:
        """Add one batch of the digests due in this minute; return True if any were due."""
        minute = f"{resources.clock.now():%Y-%m-%dT%H:%M}"
        if minute == self._minute:
            return False
        due = await digest.add_due(resources)
        if due < digest.BATCH:  # otherwise more may be due: the next sweep continues
            self._minute = minute
        return due > 0

    async def add_cleanup_jobs(self, resources: Resources) -> bool:
        """Add the chores of this hour; return True if this call added them."""
        hour = f"{resources.clock.now():%Y-%m-%dT%H}"
        if hour == self._hour:
            return False
        async with resources.begin() as work:
            for chore in CHORES:
                work.add_job(CleanUp(chore=chore), dedupe_key=f"clean_up:{chore}:{hour}")
        self._hour = hour
        return True
