"""Look for webhooks for which something waits. No wake-up announces it: a write does not know of them."""

from datetime import timedelta

from shared.clock import monotonic
from shared.resources import Resources
from shared.webhooks import scheduling

# How late an event is noticed.
PAUSE_SECONDS = 1.0
# A scan reads each cursor: 20 µs on SQLite. So many webhooks cost a worker a twentieth of its time at most,
# and delay their events instead: 50,000 cursors by 20 s.
PAUSE_FACTOR = 20


class WebhookScan:
    """Add the jobs of due webhooks, now and then. `pause_factor`: times what a scan takes."""

    def __init__(self, resources: Resources) -> None:
        self.pause_factor = PAUSE_FACTOR
        self._resources = resources
        self._next_at = 0.0  # monotonic

    @property
    def wait(self) -> timedelta:
        """Return how long the next scan may wait."""
        return timedelta(seconds=max(PAUSE_SECONDS, self._next_at - monotonic()))

    async def queue_due(self) -> bool:
        """Add jobs, unless the last scan was too recent; return True if any were added."""
        began = monotonic()
        if began < self._next_at:
            return False
        try:
            return await self._scan()
        finally:
            now = monotonic()
            self._next_at = now + (now - began) * self.pause_factor

    async def _scan(self) -> bool:
        async with self._resources.single_read() as read:
            if not await scheduling.is_any_due(read):
                return False
        async with self._resources.begin() as work:
            return await scheduling.queue_due(work) > 0
