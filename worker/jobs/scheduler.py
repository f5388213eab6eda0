"""Adds each clean-up chore once an hour, and digests once a minute, however many workers there are."""

from shared.contract.jobs import CleanUp
from shared.resources import Resources
from worker.cleanup.chores import CHORES
from worker.notifications import digest


class Schedule:
    """Remembers the last hour it added chores for; the dedupe keys settle it between workers."""

    def __init__(self) -> None:
        self._hour = ""
        self._minute = ""

    async def add_digests(self, resources: Resources) -> bool:
        """Some digests of this minute are jobs. Tells whether by this call."""
        minute = f"{resources.clock.now():%Y-%m-%dT%H:%M}"
        if minute == self._minute:
            return False
        due = await digest.add_due(resources)
        if due < digest.BATCH:  # else there may be more: the next sweep goes on
            self._minute = minute
        return due > 0

    async def add_chores(self, resources: Resources) -> bool:
        """The chores of this hour are jobs. Tells whether by this call."""
        hour = f"{resources.clock.now():%Y-%m-%dT%H}"
        if hour == self._hour:
            return False
        async with resources.begin() as work:
            for chore in CHORES:
                work.add_job(CleanUp(chore=chore), dedupe_key=f"clean_up:{chore}:{hour}")
        self._hour = hour
        return True
