"""The interfaces between the hub and the readers of the database.

    hub ── BackfillRequests ──→ backfill reader ── BackfillAnswers ──→ hub
    hub ── ResumeRequests ────→ resume reader ──── ResumeAnswers ────→ hub
                                head check ─────── HeadAnswers ──────→ hub

The hub never waits: a request returns at once, and its answer comes later, or not at all.
"""

from collections.abc import Mapping
from typing import Protocol

from realtime.streams.stream_state import StreamPosition
from realtime.streams.subscriber import LaggingSubscription, Subscriber
from shared.event_log import CannotResume, EventPage, Head
from shared.ids import StreamId


class BackfillRequests(Protocol):
    def request_backfill(self, stream: StreamId, delay_seconds: float) -> None:
        """Ask to read the stream's missing events after the delay, unless they arrive before."""
        ...


class ResumeRequests(Protocol):
    def request_resume(self, subscriber: Subscriber) -> None:
        """Ask to read the missed events of the subscriber's lagging subscriptions."""
        ...


class BackfillAnswers(Protocol):
    def start_backfill(self, stream: StreamId) -> StreamPosition | None:
        """Return the position to read from; None if nothing is missing any more."""
        ...

    def finish_backfill(
        self, stream: StreamId, start: StreamPosition, result: EventPage | CannotResume | None
    ) -> None:
        """Emit what was read after `start`; None: the stream is no longer in the database."""
        ...


class HeadAnswers(Protocol):
    def positions(self) -> dict[StreamId, StreamPosition]:
        """Return the position of every stream that has one."""
        ...

    def compare_heads(
        self, positions: Mapping[StreamId, StreamPosition], heads: Mapping[StreamId, Head]
    ) -> None:
        """Compare with the heads, which were read from the database after `positions`."""
        ...


class ResumeAnswers(Protocol):
    def lagging_subscriptions(self, subscriber: Subscriber) -> list[LaggingSubscription]:
        """Return the subscriptions whose events must be read for the subscriber."""
        ...

    def deliver_missed(
        self, subscriber: Subscriber, lagging: LaggingSubscription, page: EventPage
    ) -> None:
        """Send the events that were read for the subscription."""
        ...

    def refuse_resume(
        self, subscriber: Subscriber, lagging: LaggingSubscription, reason: CannotResume | None
    ) -> None:
        """End the subscription; None: the user may not read the stream, or it does not exist."""
        ...
