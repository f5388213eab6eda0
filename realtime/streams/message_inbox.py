"""Pass event messages of pub/sub and of this process's own commits to the hub."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

from shared.event_log import RecordedEvent
from shared.pubsub import EventMessage, decode_message

log = logging.getLogger(__name__)


class MessageInbox:
    """Collect the messages of one event-loop iteration, and deliver them together.

    `deliver` returns True to be called again in the next iteration, with the messages until then.
    """

    def __init__(self, deliver: Callable[[Iterable[EventMessage]], bool]) -> None:
        self._deliver = deliver
        self._messages: list[EventMessage] = []
        self._is_scheduled = False

    def add(self, message: EventMessage) -> None:
        self._messages.append(message)
        self._schedule()

    def add_packed(self, data: bytes) -> None:
        """Add a message as pub/sub carries it; ignore what is none."""
        try:
            message = decode_message(data)
        except (ValueError, UnicodeDecodeError):
            log.warning("malformed event message")
        else:
            self.add(message)

    def add_recorded(self, events: Sequence[RecordedEvent]) -> None:
        """Add events that this process has committed, which need no broker to arrive here."""
        for event in events:
            self.add(EventMessage(event.stream, event.epoch, event.seq, event.frame))

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._deliver_all)

    def _deliver_all(self) -> None:
        self._is_scheduled = False
        messages, self._messages = self._messages, []
        if self._deliver(messages):
            self._schedule()
