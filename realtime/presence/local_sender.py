"""Send presence changes and editing indicators to the sockets of this node.

broadcaster.py sends them to other nodes. Nothing here delays an event.
"""

import asyncio

from realtime.limits import Limits
from realtime.presence.pending_changes import PendingChanges
from realtime.presence.room_registry import RoomRegistry
from realtime.timed_wait import wait_at_most
from realtime.transports.frame_batch import FrameBatch
from shared import metrics
from shared.clock import monotonic


class LocalSender:
    def __init__(self, limits: Limits, registry: RoomRegistry, changes: PendingChanges) -> None:
        self._limits = limits
        self._registry = registry
        self._changes = changes

    async def run_forever(self) -> None:
        """Send the first change at once, then all that happened within `presence_batch_seconds`."""
        expire_at = 0.0
        while True:
            await wait_at_most(self._changes.changed, self._limits.deadline_check_seconds)
            self._changes.changed.clear()
            if (now := monotonic()) >= expire_at:
                expire_at = now + self._limits.deadline_check_seconds
                self._registry.expire()
            self._registry.send_changes()
            self._send_indicators()
            await asyncio.sleep(self._limits.presence_batch_seconds)

    def _send_indicators(self) -> None:
        for indicator in self._changes.take_indicators():
            room = self._registry.rooms.get(indicator.stream)
            if room is None:
                continue
            batch = FrameBatch((indicator.frame(),))
            for subscriber in room.sockets:
                if subscriber.user_id == indicator.user_id:
                    continue
                if not self._registry.send_if_ready(subscriber, room.stream, batch):
                    metrics.editing_dropped.labels(reason="no_room").inc()
