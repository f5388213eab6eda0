"""Add the periodic jobs: each clean-up chore once an hour, and digests that are due."""

from shared.contract.jobs import CleanUp
from shared.resources import Resources
from worker.cleanup.chores import CHORES
from worker.notifications import digest


class Scheduler:
    """Remember the last hour for which this worker added chores.

    Several workers may add the same jobs. Their dedupe keys keep one of each.
    """

    def __init__(self) -> None:
        self._hour = ""

    async def add_digest_jobs(self, resources: Resources) -> bool:
        """Add one batch of the digests that are due; return True if any were."""
        return await digest.add_due(resources) > 0

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
