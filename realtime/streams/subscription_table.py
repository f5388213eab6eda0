"""The streams of a node, the sessions attached to it, and which subscriber reads which stream."""

from collections.abc import Iterable, Mapping

from realtime.streams.stream_state import StreamState
from realtime.streams.subscriber import LaggingSubscription, Subscriber
from shared.ids import StreamId, UserId, user_stream


class SubscriptionTable:
    """Hold the streams and subscriptions of a node. Only the hub writes it; other modules read."""

    def __init__(self) -> None:
        self.states: dict[StreamId, StreamState] = {}
        self._by_subscriber: dict[Subscriber, dict[StreamId, StreamState]] = {}
        # User → subscriber → seq of the user's stream when its session was last confirmed.
        self._sessions: dict[UserId, dict[Subscriber, int]] = {}

    # Lookups

    def is_authorized(self, subscriber: Subscriber, stream: StreamId) -> bool | None:
        """Return True if the subscriber was seen to be a member. Return None if it is not subscribed."""
        state = self._by_subscriber.get(subscriber, {}).get(stream)
        return None if state is None else state.is_authorized(subscriber)

    def streams_of(self, subscriber: Subscriber) -> set[StreamId]:
        return set(self._by_subscriber.get(subscriber, ()))

    def states_of(self, subscriber: Subscriber) -> Iterable[StreamState]:
        return self._by_subscriber.get(subscriber, {}).values()

    def sessions_of(self, user_id: UserId) -> Mapping[Subscriber, int]:
        """Return the user's subscribers, each with the seq at which its session was confirmed."""
        return self._sessions.get(user_id, {})

    def heads_for(self, subscriber: Subscriber) -> dict[str, int]:
        """Return the positions a client has reached once it has read all that was sent to it.

        Lagging subscriptions are left out.
        """
        cursors = {it.stream: it.cursor_of(subscriber) for it in self.states_of(subscriber)}
        return {stream: seq for stream, seq in cursors.items() if seq is not None}

    # Changes

    def attach(self, subscriber: Subscriber) -> None:
        self._by_subscriber[subscriber] = {}
        self._sessions.setdefault(subscriber.user_id, {})[subscriber] = 0
        self._state(user_stream(subscriber.user_id))

    def confirm_session(self, subscriber: Subscriber, seq: int) -> bool:
        """Note that the session was alive at `seq`; return False if it is no longer attached."""
        if subscriber not in self._by_subscriber:
            return False
        self._sessions[subscriber.user_id][subscriber] = seq
        return True

    def detach(self, subscriber: Subscriber) -> None:
        for state in self._by_subscriber.pop(subscriber, {}).values():
            state.remove_subscriber(subscriber)
            self.drop_if_idle(state)
        sessions = self._sessions.get(subscriber.user_id, {})
        sessions.pop(subscriber, None)
        if not sessions:
            self._sessions.pop(subscriber.user_id, None)
        if own := self.states.get(user_stream(subscriber.user_id)):
            self.drop_if_idle(own)

    def add(self, subscriber: Subscriber, lagging: LaggingSubscription) -> None:
        """Add the subscription, or replace the one to the same stream."""
        state = self._state(lagging.stream)
        state.add_lagging(subscriber, lagging)
        self._by_subscriber[subscriber][lagging.stream] = state

    def remove(self, subscriber: Subscriber, stream: StreamId) -> bool:
        """Remove the subscription; return True if there was one."""
        state = self._by_subscriber.get(subscriber, {}).pop(stream, None)
        if state is None:
            return False
        state.remove_subscriber(subscriber)
        self.drop_if_idle(state)
        return True

    def drop_if_idle(self, state: StreamState) -> None:
        """Forget a stream without subscribers.

        The own stream of a user with a session here is kept: its events revoke sessions.
        """
        if state.is_idle and state.owner not in self._sessions:
            self.states.pop(state.stream, None)

    def _state(self, stream: StreamId) -> StreamState:
        return self.states.setdefault(stream, StreamState(stream))
