"""Who hears what, in which order. No I/O, no clock, no waiting: rings and reads in, frames out.

    ring ──→ held ──position+1──→ current listeners          later than that: ask for a fill
    filled ──┘                    (ahead: skipped until the line has caught up with them)
    resumed ─────────────────────→ one listener that was behind, then it is current

A listener hears position 1, 2, 3 … of a stream, each once, from its own cursor on. A member who is
removed hears the removal and nothing after it. The hub asks for reads with `ask_fill` and `ask_resume`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from realtime.streams.access_events import Control, control_in
from realtime.streams.stream_state import (
    REORDER_BUFFER_FRAMES,
    EventMessage,
    LaggingSubscription,
    StreamPosition,
    StreamState,
    Subscriber,
    SubscriptionObserver,
)
from realtime.transports.frame_batch import FrameBatch, batch_of
from shared import metrics
from shared.contract.frames import Close, Failed, Reset, Subscribed, Unsubscribed
from shared.errors import NotFound
from shared.event_log import CannotResume, EventPage, Head
from shared.ids import StreamId, UserId, user_stream

# Commits ring a few milliseconds out of order; what is still missing after this was lost.
HOLD_SECONDS = 0.03
# A burst goes into a socket's outbox whole, so its size adds to the outbox's bound.
BATCH_BYTES = 32 * 1024


class Hub:
    def __init__(
        self,
        request_backfill: Callable[[StreamId, float], None],
        request_resume: Callable[[Subscriber], None],
    ) -> None:
        self._request_backfill = request_backfill
        self._request_resume = request_resume
        self._states: dict[StreamId, StreamState] = {}
        self._subscriptions: dict[Subscriber, dict[StreamId, StreamState]] = {}
        # With the position of the person's own stream at which their session was seen alive.
        self._people: dict[UserId, dict[Subscriber, int]] = {}
        # Not yet in the metric, whose lock costs a microsecond: once per turn, not per line.
        self._sent = 0
        self.observer = SubscriptionObserver()

    # Sockets come and go

    def attach(self, subscriber: Subscriber) -> None:
        """The listener is closed when its session or account ends, from now on.

        Check the session after this, not before, and say so with checked(): then a revocation is
        seen either by that reading or by the hub.
        """
        self._subscriptions[subscriber] = {}
        self._people.setdefault(subscriber.user_id, {})[subscriber] = 0
        self._state(user_stream(subscriber.user_id))

    def checked(self, subscriber: Subscriber, head: Head) -> None:
        """The listener's session was alive when its person's stream stood at `head`."""
        state = self._states.get(head.stream)
        if state is None or subscriber not in self._subscriptions:
            return
        self._people[subscriber.user_id][subscriber] = head.seq
        if state.epoch is None:
            state.move_to(head.epoch, head.seq)
        elif state.epoch != head.epoch:
            state.needs_verification = True
        else:
            state.target_seq = max(state.target_seq, head.seq)
        self._advance(state)

    def detach(self, subscriber: Subscriber) -> None:
        """The listener is forgotten."""
        for state in self._subscriptions.pop(subscriber, {}).values():
            state.remove_subscriber(subscriber)
            self._drop_if_idle(state)
        subscribers = self._people.get(subscriber.user_id, {})
        subscribers.pop(subscriber, None)
        if not subscribers:
            self._people.pop(subscriber.user_id, None)
        if user_state := self._states.get(user_stream(subscriber.user_id)):
            self._drop_if_idle(user_state)

    def count_subscribers(self, user_id: UserId) -> int:
        return len(self._people.get(user_id, ()))

    def subscribe(
        self, subscriber: Subscriber, stream: StreamId, epoch: str, since: int, re: int | None
    ) -> None:
        """The listener is behind at `since`, whatever it was before; it is read for.

        `re` is what `subscribed` answers; None: it has been said already.
        """
        state = self._state(stream)
        state.remove_subscriber(subscriber)
        state.lagging[subscriber] = LaggingSubscription(stream, epoch, since, re)
        self._subscriptions[subscriber][stream] = state
        self._request_resume(subscriber)

    def unsubscribe(self, subscriber: Subscriber, streams: Sequence[StreamId], re: int) -> None:
        """Nothing more of the streams is sent after the answers, which go out together."""
        for stream in streams:
            self._leave(subscriber, stream)
        subscriber.write(
            batch_of(*(Unsubscribed(re=re, list=it, reason="requested") for it in streams))
        )

    def is_authorized(self, subscriber: Subscriber, stream: StreamId) -> bool | None:
        """Tells whether a subscriber was seen to be allowed the stream; None for no subscriber."""
        state = self._subscriptions.get(subscriber, {}).get(stream)
        return None if state is None else state.is_authorized(subscriber)

    def subscribed_to(self, subscriber: Subscriber) -> set[StreamId]:
        return set(self._subscriptions.get(subscriber, ()))

    def heads_for(self, subscriber: Subscriber) -> dict[str, int]:
        """Returns how far the listener must have come once it has read all that was sent."""
        states = self._subscriptions.get(subscriber, {}).values()
        cursors = {state.stream: state.cursor_of(subscriber) for state in states}
        return {stream: seq for stream, seq in cursors.items() if seq is not None}

    # News

    def receive(self, messages: Iterable[EventMessage]) -> None:
        """Emits what is next in order; holds or asks for the rest; what was emitted is dropped."""
        touched: dict[StreamId, StreamState] = {}
        for message in messages:
            state = self._states.get(message.stream)
            if state is not None and state.buffer(message):
                touched[message.stream] = state
        for state in touched.values():
            self._advance(state)
        self._count_sent()

    def watched(self) -> dict[StreamId, StreamPosition]:
        """Returns every stream that somebody listens to, and where it stands."""
        return {
            stream: StreamPosition(state.epoch, state.emitted_seq)
            for stream, state in self._states.items()
            if state.epoch is not None
        }

    def heads(
        self, watched: Mapping[StreamId, StreamPosition], heads: Mapping[StreamId, Head]
    ) -> None:
        """Compares with the heads read from the database after `watched` was taken."""
        for stream, position in watched.items():
            state, head = self._states.get(stream), heads.get(stream)
            if state is None or state.epoch != position.epoch:
                continue
            if head is None:
                self._gone(state)
                continue
            if head.epoch != state.epoch or head.seq < position.seq:
                state.needs_verification = True
            else:
                state.target_seq = max(state.target_seq, head.seq)
            self._advance(state)

    def start_backfill(self, stream: StreamId) -> StreamPosition | None:
        """Returns from where to read for filled(); None when nothing is missing any more."""
        state = self._states.get(stream)
        if state is None or state.epoch is None:
            return None
        if (
            not state.reorder_buffer
            and state.target_seq <= state.emitted_seq
            and not state.needs_verification
        ):
            return None
        state.backfill_seq = max(state.target_seq, *state.reorder_buffer, 0)
        return StreamPosition(state.epoch, state.emitted_seq)

    def finish_backfill(
        self, stream: StreamId, position: StreamPosition, found: EventPage | CannotResume | None
    ) -> None:
        """Emits what was read after `place`; resets everybody if history was rewound."""
        state = self._states.get(stream)
        if state is None or state.epoch != position.epoch:
            return
        if found is None:
            self._gone(state)
        elif isinstance(found, CannotResume):
            if found.reason == "trimmed" and state.emitted_seq >= found.head.floor:
                # What rang meanwhile has carried it past what was trimmed: it reads on from there.
                state.target_seq = max(state.target_seq, found.head.seq)
                self._advance(state)
            else:
                self._rewound(state, found)
        else:
            metrics.hub_gaps.inc()
            for seq, frame in found.frames:
                if seq > state.emitted_seq:
                    state.reorder_buffer[seq] = frame
            # Rings follow commits: what had rung before this reading and is not in it never was.
            for seq in [
                seq for seq in state.reorder_buffer if found.head.seq < seq <= state.backfill_seq
            ]:
                del state.reorder_buffer[seq]
            if state.target_seq <= state.backfill_seq:
                state.target_seq = found.head.seq
            state.needs_verification = False
            self._advance(state)

    # Listeners that read for themselves

    def lagging_subscriptions(self, subscriber: Subscriber) -> list[LaggingSubscription]:
        """Returns the subscriptions for which the listener has to read."""
        states = self._subscriptions.get(subscriber, {}).values()
        return [state.lagging[subscriber] for state in states if subscriber in state.lagging]

    def deliver_missed(
        self, subscriber: Subscriber, lagging: LaggingSubscription, missed: EventPage
    ) -> None:
        """Sends what was read; at its end the listener is current, or asks for more."""
        state = self._states.get(lagging.stream)
        if state is None or state.lagging.get(subscriber) is not lagging:
            return
        head = missed.head
        if state.epoch is None:
            state.move_to(head.epoch, head.seq)
        if state.epoch != head.epoch:
            state.needs_verification = True
            self._advance(state)
            self._request_resume(subscriber)
            return
        if lagging.authorize_at(head.seq):
            self.observer.on_admitted(subscriber, state.stream)
        if self._tell(state, subscriber, lagging, missed.frames) and missed.through >= head.seq:
            if lagging.re is not None:
                answer = Subscribed(
                    re=lagging.re, list=state.stream, epoch=head.epoch, seq=head.seq
                )
                lagging.re = None
                subscriber.write(batch_of(answer))
            if self._tell(state, subscriber, lagging, list(state.recent)):
                self._settle(state, subscriber, lagging)
        if state.lagging.get(subscriber) is lagging:
            self._request_resume(subscriber)
        self._advance(state)

    def refuse_resume(
        self, subscriber: Subscriber, lagging: LaggingSubscription, found: CannotResume | None
    ) -> None:
        """The subscription ends: a reset; or, for what is not there or not theirs, not_found."""
        state = self._states.get(lagging.stream)
        if state is None or state.lagging.get(subscriber) is not lagging:
            return
        self._leave(subscriber, lagging.stream)
        if found is not None:
            subscriber.write(batch_of(_reset(found, lagging.re)))
        elif lagging.re is None:
            subscriber.write(batch_of(Unsubscribed(list=lagging.stream, reason="deleted")))
        else:
            # Alike for a list of strangers and for a random id.
            detail, stream = NotFound().detail, lagging.stream
            failed = Failed(re=lagging.re, code="not_found", detail=detail, list=stream)
            subscriber.write(batch_of(failed))

    # Within

    def _count_sent(self) -> None:
        sent, self._sent = self._sent, 0
        metrics.frames_sent.inc(sent)

    def _state(self, stream: StreamId) -> StreamState:
        return self._states.setdefault(stream, StreamState(stream))

    def _leave(self, subscriber: Subscriber, stream: StreamId) -> None:
        state = self._subscriptions.get(subscriber, {}).pop(stream, None)
        if state is not None:
            state.remove_subscriber(subscriber)
            self._drop_if_idle(state)
            self.observer.on_ended(subscriber, stream)

    def _drop_if_idle(self, state: StreamState) -> None:
        watches = state.stream.startswith("user:") and UserId(state.stream[5:]) in self._people
        if state.is_idle and not watches:
            self._states.pop(state.stream, None)

    def _advance(self, state: StreamState) -> None:
        run: list[bytes] = []
        while state.epoch is not None and (
            frame := state.reorder_buffer.pop(state.emitted_seq + 1, None)
        ):
            state.emitted_seq += 1
            run.append(frame)
            control = control_in(frame)
            # One at a time where somebody's cursor or right depends on the single frame.
            if control or state.ahead or state.lagging or sum(map(len, run)) > BATCH_BYTES:
                self._emit(state, run, control)
                run = []
        if run:
            self._emit(state, run, None)
        if state.epoch is None:
            return
        if state.reorder_buffer and state.emitted_seq >= min(state.reorder_buffer):
            state.reorder_buffer = {
                seq: one for seq, one in state.reorder_buffer.items() if seq > state.emitted_seq
            }
        if (
            state.target_seq > state.emitted_seq
            or state.needs_verification
            or len(state.reorder_buffer) >= REORDER_BUFFER_FRAMES
        ):
            self._request_backfill(state.stream, 0)
        elif state.reorder_buffer:
            self._request_backfill(state.stream, HOLD_SECONDS)

    def _emit(self, state: StreamState, run: list[bytes], control: Control | None) -> None:
        batch = FrameBatch(run)
        self._sent += len(run) * len(state.current)
        full = [subscriber for subscriber in state.current if not subscriber.write(batch)]
        for subscriber, cursor in list(state.ahead.items()):
            if cursor <= state.emitted_seq:
                del state.ahead[subscriber]
                state.current[subscriber] = None
        if state.lagging:
            state.keep_recent(run[-1])
        if control:
            self._obey(state, control)
        for subscriber in full:
            self._step_aside(subscriber)

    def _obey(self, state: StreamState, control: Control) -> None:
        for subscriber in list(state.current):
            if reason := control.ends(subscriber):
                self._leave(subscriber, state.stream)
                subscriber.write(batch_of(Unsubscribed(list=state.stream, reason=reason)))
        state.mark_revoked(control.ends)
        if control.removed or control.list_is_deleted:
            self.observer.on_revoked(state.stream, control.removed)
        if state.stream.startswith("user:"):
            people = self._people.get(UserId(state.stream[5:]), {})
            for subscriber, checked_at in list(people.items()):
                if checked_at < state.emitted_seq and control.closes(subscriber):
                    self._refuse(subscriber)

    def _refuse(self, subscriber: Subscriber) -> None:
        subscriber.close(Close.REFUSED)
        self.observer.on_ended(subscriber, None, at_once=True)

    def _step_aside(self, subscriber: Subscriber) -> None:
        """The listener is full: it hears no more until it has room, then reads what it missed."""
        for state in self._subscriptions.get(subscriber, {}).values():
            cursor = state.cursor_of(subscriber)
            if cursor is not None and state.epoch is not None:
                state.remove_subscriber(subscriber)
                state.lagging[subscriber] = LaggingSubscription(
                    state.stream, state.epoch, cursor, authorized_seq=cursor
                )
        self._request_resume(subscriber)

    def _tell(
        self,
        state: StreamState,
        subscriber: Subscriber,
        lagging: LaggingSubscription,
        frames: Iterable[tuple[int, bytes]],
    ) -> bool:
        """Sends what lies after the cursor; answers whether the listener can go on."""
        run: list[bytes] = []
        for seq, frame in frames:
            if seq != lagging.cursor + 1:
                continue
            lagging.cursor = seq
            run.append(frame)
            control = control_in(frame) if seq > (lagging.authorized_seq or 0) else None
            reason = control.ends(subscriber) if control else None
            if reason is None and sum(map(len, run)) <= BATCH_BYTES:
                continue
            self._sent += len(run)
            has_room = subscriber.write(FrameBatch(run))
            run = []
            if reason is not None:
                self._leave(subscriber, state.stream)
                subscriber.write(batch_of(Unsubscribed(list=state.stream, reason=reason)))
                return False
            if not has_room:
                return False
        self._sent += len(run)
        return not run or subscriber.write(FrameBatch(run))

    def _settle(
        self, state: StreamState, subscriber: Subscriber, lagging: LaggingSubscription
    ) -> None:
        if lagging.cursor < state.emitted_seq:
            return
        state.remove_subscriber(subscriber)
        if lagging.cursor == state.emitted_seq:
            state.current[subscriber] = None
        else:
            state.ahead[subscriber] = lagging.cursor
            state.target_seq = max(state.target_seq, lagging.cursor)

    def _rewound(self, state: StreamState, found: CannotResume) -> None:
        batch, head = batch_of(_reset(found, None)), found.head
        # Only the line itself is too far behind for what is kept: they read on by themselves.
        kept = found.reason == "trimmed"
        can_go_on = {who: at for who, at in state.ahead.items() if kept and at >= head.floor}
        for subscriber in [*state.current, *state.ahead]:
            if subscriber not in can_go_on:
                subscriber.write(batch)
                self._subscriptions[subscriber].pop(state.stream, None)
                self.observer.on_ended(subscriber, state.stream)
        state.current.clear()
        state.ahead.clear()
        state.recent.clear()
        state.move_to(head.epoch, head.seq)
        for subscriber, cursor in can_go_on.items():
            state.lagging[subscriber] = LaggingSubscription(
                state.stream, head.epoch, cursor, authorized_seq=cursor
            )
            self._request_resume(subscriber)
        self._drop_if_idle(state)

    def _gone(self, state: StreamState) -> None:
        """The stream is no longer in the database; so neither is the list, or the person."""
        for subscriber in [*state.current, *state.ahead]:
            self._leave(subscriber, state.stream)
            subscriber.write(batch_of(Unsubscribed(list=state.stream, reason="deleted")))
        if state.stream.startswith("user:"):
            for subscriber in list(self._people.get(UserId(state.stream[5:]), ())):
                self._refuse(subscriber)
        state.needs_verification, state.target_seq = False, state.emitted_seq
        state.reorder_buffer.clear()


def _reset(found: CannotResume, re: int | None) -> Reset:
    head = found.head
    return Reset(re=re, list=head.stream, epoch=head.epoch, seq=head.seq, reason=found.reason)
