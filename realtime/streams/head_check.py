"""Compare the heads of all streams with the database, which finds what pub/sub has lost."""

import asyncio
import logging
from collections.abc import Callable

from realtime.limits import Limits
from realtime.read_limits import DATABASE_ERRORS
from realtime.streams.hub_protocols import HeadAnswers
from realtime.timed_wait import wait_at_most
from shared import metrics
from shared.event_log import read_heads
from shared.resources import Resources

log = logging.getLogger(__name__)


class HeadCheck:
    def __init__(
        self,
        resources: Resources,
        limits: Limits,
        hub: HeadAnswers,
        is_pubsub_healthy: Callable[[], bool],
        requested: asyncio.Event,
    ) -> None:
        """`requested` is set by any task that has reason to believe that event messages were lost."""
        self._resources = resources
        self._limits = limits
        self._hub = hub
        self._is_pubsub_healthy = is_pubsub_healthy
        self._requested = requested

    def request(self) -> None:
        """Ask for a check without waiting for the next regular one."""
        self._requested.set()

    async def run_forever(self) -> None:
        """Check at regular intervals, which are shorter while pub/sub is unhealthy."""
        while True:
            limits = self._limits
            is_healthy = self._is_pubsub_healthy()
            await wait_at_most(
                self._requested,
                limits.head_check_seconds
                if is_healthy
                else limits.head_check_seconds_without_pubsub,
            )
            self._requested.clear()
            await self._check()

    async def _check(self) -> None:
        positions = self._hub.positions()
        metrics.hub_streams.set(len(positions))
        if not positions:
            return
        try:
            async with self._resources.single_read() as read:
                heads = await read_heads(read.connection, positions)
        except DATABASE_ERRORS as error:
            log.warning("head check failed: %s", type(error).__name__)
        else:
            self._hub.compare_heads(positions, heads)
