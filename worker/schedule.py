"""Adds each clean-up chore once an hour, however many workers there are."""

from shared.contract.jobs import CleanUp
from shared.resources import Resources
from worker.cleanup import CHORES


class Schedule:
    """Remembers the last hour it added chores for; the dedupe keys settle it between workers."""

    def __init__(self) -> None:
        self._hour = ""

    async def add_due(self, resources: Resources) -> bool:
        """The chores of this hour are jobs. Tells whether this call added them."""
        hour = f"{resources.clock.now():%Y-%m-%dT%H}"
        if hour == self._hour:
            return False
        async with resources.begin_work() as work:
            for chore in CHORES:
                work.add_job(CleanUp(chore=chore), dedupe_key=f"clean_up:{chore}:{hour}")
        self._hour = hour
        return True
