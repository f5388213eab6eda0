"""Decide which subscriber receives which event frame, and in what order.

Pure and synchronous: event messages and database reads go in, frames come out. No I/O, no clock.

    receive ──────────→ reorder buffer ──emitted_seq + 1──→ current subscribers
    finish_backfill ──────┘            (ahead: skipped until the stream reaches their cursor)
    deliver_missed ───────────────────────────────────────→ one lagging subscriber, then current

Each subscriber gets the events of a stream in order, each once, from its own cursor on. A user who
is removed gets the removal and nothing after it.

Events that are missing are asked for through BackfillRequests and ResumeRequests; what the readers
answer is in realtime/streams/hub_protocols.py.
"""

from collections.abc import Iterable, Mapping, Sequence

from realtime.streams.access_events import AccessChange, access_change_in
from realtime.streams.hub_protocols import BackfillRequests, ResumeRequests
from realtime.streams.stream_state import REORDER_BUFFER_FRAMES, StreamPosition, StreamState
from realtime.streams.subscriber import LaggingSubscription, Subscriber, SubscriptionObserver
from realtime.streams.subscription_table import SubscriptionTable
from realtime.transports.fan_out import write_to_all
from realtime.transports.frame_batch import FrameBatch, batch_of
from shared import metrics
from shared.contract.frames import Close, Failed, Reset, Subscribed, Unsubscribed
from shared.errors import NotFound
from shared.event_log import CannotResume, EventPage, Head
from shared.ids import StreamId
from shared.pubsub import EventMessage

# Messages arrive a few milliseconds out of order; what is still missing after this was lost.
REORDER_SECONDS = 0.03
# A batch goes into a socket's outbox whole, so its size adds to the outbox's bound.
BATCH_BYTES = 32 * 1024
# To sockets, in one turn of the event loop: about 7 ms. The streams that are left are next.
WRITES_AT_ONCE = 1000


class Hub:
    def __init__(
        self,
        subscriptions: SubscriptionTable,
        backfills: BackfillRequests,
        resumes: ResumeRequests,
        observer: SubscriptionObserver,
    ) -> None:
        self._subscriptions = subscriptions
        self._states = subscriptions.states
        self._backfills = backfills
        self._resumes = resumes
        self._observer = observer
        self._touched: dict[StreamId, StreamState] = {}
        # Added to the metric once per call: its lock costs a microsecond.
        self._frames_sent = 0

    # Subscribers

    def attach(self, subscriber: Subscriber) -> None:
        """Register the subscriber, so that it is closed when its session or account ends.

        Read its session from the database after this, not before, and then call confirm_session():
        a revocation is seen either by that read or by the hub.
        """
        self._subscriptions.attach(subscriber)

    def confirm_session(self, subscriber: Subscriber, head: Head) -> None:
        """Record that the session was alive when the head of the user's own stream was `head`."""
        state = self._states.get(head.stream)
        if state is None or not self._subscriptions.confirm_session(subscriber, head.seq):
            return
        if state.epoch is None:
            state.move_to(head.epoch, head.seq)
        elif state.epoch != head.epoch:
            state.needs_verification = True
        else:
            state.raise_target(head.seq)
        self._advance(state)

    def detach(self, subscriber: Subscriber) -> None:
        """Forget the subscriber and its subscriptions."""
        self._subscriptions.detach(subscriber)

    def subscribe(
        self,
        subscriber: Subscriber,
        stream: StreamId,
        epoch: str,
        since: int,
        request_id: int | None,
    ) -> None:
        """Mark the subscription as lagging from `since`, and request a database read for it.

        `request_id` is repeated in the `subscribed` answer; None: that was sent already.
        """
        self._subscriptions.add(subscriber, LaggingSubscription(stream, epoch, since, request_id))
        self._resumes.request_resume(subscriber)

    def unsubscribe(
        self, subscriber: Subscriber, streams: Sequence[StreamId], request_id: int
    ) -> None:
        """End the subscriptions, and send the answers in one batch."""
        for stream in streams:
            self._end_subscription(subscriber, stream)
        answers = (Unsubscribed(re=request_id, list=it, reason="requested") for it in streams)
        subscriber.write(batch_of(*answers))

    # Event messages

    def receive(self, messages: Iterable[EventMessage]) -> bool:
        """Emit what is next in order, buffer or request what comes later, drop what was emitted.

        Return True if there are streams left, to be called again in another turn of the event loop.
        """
        for message in messages:
            state = self._states.get(message.stream)
            if state is not None and state.buffer(message):
                self._touched[message.stream] = state
        writes = 0
        while self._touched and writes < WRITES_AT_ONCE:
            state = self._touched.pop(next(iter(self._touched)))
            writes += len(state.current)
            self._advance(state)
        sent, self._frames_sent = self._frames_sent, 0
        metrics.frames_sent.inc(sent)
        return bool(self._touched)

    # Heads, as HeadAnswers

    def positions(self) -> dict[StreamId, StreamPosition]:
        """Return the position of every stream that has one."""
        return {
            stream: StreamPosition(state.epoch, state.emitted_seq)
            for stream, state in self._states.items()
            if state.epoch is not None
        }

    def compare_heads(
        self, positions: Mapping[StreamId, StreamPosition], heads: Mapping[StreamId, Head]
    ) -> None:
        """Request what the heads show to be missing. `positions` was taken before they were read."""
        for stream, position in positions.items():
            state, head = self._states.get(stream), heads.get(stream)
            if state is None or state.epoch != position.epoch:
                continue
            if head is None:
                self._end_stream(state)
                continue
            if head.epoch != state.epoch or head.seq < position.seq:
                state.needs_verification = True
            else:
                state.raise_target(head.seq)
            self._advance(state)

    # Backfills of a stream, as BackfillAnswers

    def start_backfill(self, stream: StreamId) -> StreamPosition | None:
        """Return the position to read from; None if nothing is missing any more."""
        state = self._states.get(stream)
        if state is None or state.epoch is None:
            return None
        if not state.reorder_buffer and not state.is_incomplete:
            return None
        return state.start_backfill(state.epoch)

    def finish_backfill(
        self, stream: StreamId, start: StreamPosition, result: EventPage | CannotResume | None
    ) -> None:
        """Emit what was read after `start`; reset all subscribers if the history was rewound."""
        state = self._states.get(stream)
        if state is None or state.epoch != start.epoch:
            return
        if result is None:
            self._end_stream(state)
        elif isinstance(result, EventPage):
            metrics.hub_gaps.inc()
            state.add_backfilled(result)
            self._advance(state)
        elif result.reason == "trimmed" and state.emitted_seq >= result.head.floor:
            # Messages that arrived meanwhile carried the stream past what was trimmed.
            state.raise_target(result.head.seq)
            self._advance(state)
        else:
            self._reset_stream(state, result)

    # Reads for one subscriber, as ResumeAnswers

    def lagging_subscriptions(self, subscriber: Subscriber) -> list[LaggingSubscription]:
        """Return the subscriptions whose events must be read for the subscriber."""
        states = self._subscriptions.states_of(subscriber)
        return [state.lagging[subscriber] for state in states if subscriber in state.lagging]

    def deliver_missed(
        self, subscriber: Subscriber, lagging: LaggingSubscription, page: EventPage
    ) -> None:
        """Send the events that were read; at their end make the subscription current.

        Request another read if there is more. Do nothing if `lagging` was replaced meanwhile.
        """
        state = self._states.get(lagging.stream)
        if state is None or state.lagging.get(subscriber) is not lagging:
            return
        head = page.head
        if state.epoch is None:
            state.move_to(head.epoch, head.seq)
        if state.epoch != head.epoch:
            state.needs_verification = True
            self._advance(state)
            self._resumes.request_resume(subscriber)
            return
        if lagging.authorize_at(head.seq):
            self._observer.on_admitted(subscriber, state.stream)
        if self._send_missed(state, subscriber, lagging, page.frames) and page.through >= head.seq:
            self._answer_subscribe(subscriber, lagging, head)
            can_go_on = self._send_missed(state, subscriber, lagging, list(state.recent_frames))
            if can_go_on and lagging.cursor >= state.emitted_seq:
                state.add_caught_up(subscriber, lagging.cursor)
        if state.lagging.get(subscriber) is lagging:
            self._resumes.request_resume(subscriber)
        self._advance(state)

    def refuse_resume(
        self, subscriber: Subscriber, lagging: LaggingSubscription, reason: CannotResume | None
    ) -> None:
        """End the subscription with `reset`, or, without a reason, with `not_found`.

        Without a reason the stream does not exist, or the user may not read it; both look alike.
        Do nothing if `lagging` was replaced meanwhile.
        """
        stream, request_id = lagging.stream, lagging.request_id
        state = self._states.get(stream)
        if state is None or state.lagging.get(subscriber) is not lagging:
            return
        self._end_subscription(subscriber, stream)
        answer: Reset | Unsubscribed | Failed
        if reason is not None:
            answer = _reset_frame(reason, request_id)
        elif request_id is None:
            answer = Unsubscribed(list=stream, reason="deleted")
        else:
            detail = NotFound().detail
            answer = Failed(re=request_id, code="not_found", detail=detail, list=stream)
        subscriber.write(batch_of(answer))

    # Emitting

    def _advance(self, state: StreamState) -> None:
        """Emit the frames that are next in order, and request a backfill if events are missing."""
        if state.epoch is None:
            return
        run: list[bytes] = []
        while frame := state.reorder_buffer.pop(state.emitted_seq + 1, None):
            state.emitted_seq += 1
            run.append(frame)
            change = access_change_in(frame)
            # One at a time where a cursor or a right depends on the single frame.
            if change or state.ahead or state.lagging or sum(map(len, run)) > BATCH_BYTES:
                self._emit(state, run, change)
                run = []
        if run:
            self._emit(state, run, None)
        if state.reorder_buffer:
            state.drop_emitted()
        if state.is_incomplete or len(state.reorder_buffer) >= REORDER_BUFFER_FRAMES:
            self._backfills.request_backfill(state.stream, 0)
        elif state.reorder_buffer:
            self._backfills.request_backfill(state.stream, REORDER_SECONDS)

    def _emit(self, state: StreamState, run: list[bytes], change: AccessChange | None) -> None:
        batch = FrameBatch(run)
        self._frames_sent += len(run) * len(state.current)
        full = write_to_all(state.current, batch)
        for subscriber, cursor in list(state.ahead.items()):
            if cursor <= state.emitted_seq:
                del state.ahead[subscriber]
                state.current[subscriber] = subscriber.transport
        if state.lagging:
            state.keep_recent(run[-1])
        if change:
            self._apply_access_change(state, change)
        for subscriber in full:
            self._mark_lagging(subscriber)

    def _apply_access_change(self, state: StreamState, change: AccessChange) -> None:
        for subscriber in list(state.current):
            if reason := change.end_reason(subscriber):
                self._end_subscription(subscriber, state.stream)
                subscriber.write(batch_of(Unsubscribed(list=state.stream, reason=reason)))
        state.revoke_lagging(change.end_reason)
        if change.removed or change.list_is_deleted:
            self._observer.on_revoked(state.stream, change.removed)
        if change.edited:
            self._observer.on_member_edited(change.edited)
        if state.owner is not None:
            sessions = self._subscriptions.sessions_of(state.owner)
            for subscriber, confirmed_seq in list(sessions.items()):
                code = change.close_code(subscriber) if confirmed_seq < state.emitted_seq else None
                if code is not None:
                    self._close(subscriber, code)

    def _mark_lagging(self, subscriber: Subscriber) -> None:
        """Send a subscriber that is full nothing more; it reads the rest once it has room."""
        for state in self._subscriptions.states_of(subscriber):
            cursor = state.cursor_of(subscriber)
            if cursor is not None and state.epoch is not None:
                _add_lagging_member(state, subscriber, cursor)
        self._resumes.request_resume(subscriber)

    def _send_missed(
        self,
        state: StreamState,
        subscriber: Subscriber,
        lagging: LaggingSubscription,
        frames: Iterable[tuple[int, bytes]],
    ) -> bool:
        """Send the frames after the cursor; return True if the subscriber can go on.

        It cannot if it has no room, or if a frame has ended its subscription.
        """
        run: list[bytes] = []
        for seq, frame in frames:
            if seq != lagging.cursor + 1:
                continue
            lagging.cursor = seq
            run.append(frame)
            change = access_change_in(frame) if seq > (lagging.authorized_seq or 0) else None
            reason = change.end_reason(subscriber) if change else None
            if reason is None and sum(map(len, run)) <= BATCH_BYTES:
                continue
            self._frames_sent += len(run)
            has_room = subscriber.write(FrameBatch(run))
            run = []
            if reason is not None:
                self._end_subscription(subscriber, state.stream)
                subscriber.write(batch_of(Unsubscribed(list=state.stream, reason=reason)))
                return False
            if not has_room:
                return False
        self._frames_sent += len(run)
        return not run or subscriber.write(FrameBatch(run))

    def _answer_subscribe(
        self, subscriber: Subscriber, lagging: LaggingSubscription, head: Head
    ) -> None:
        if lagging.request_id is not None:
            request_id, lagging.request_id = lagging.request_id, None
            answer = Subscribed(re=request_id, list=head.stream, epoch=head.epoch, seq=head.seq)
            subscriber.write(batch_of(answer))

    # Ends

    def _end_subscription(self, subscriber: Subscriber, stream: StreamId) -> None:
        if self._subscriptions.remove(subscriber, stream):
            self._observer.on_ended(subscriber, stream)

    def _close(self, subscriber: Subscriber, code: Close = Close.REFUSED) -> None:
        subscriber.close(code)
        self._observer.on_ended(subscriber, None, at_once=True)

    def _reset_stream(self, state: StreamState, reason: CannotResume) -> None:
        """Reset the subscribers, and move the stream to the database's head."""
        batch, head = batch_of(_reset_frame(reason, None)), reason.head
        # If only this stream's own position was trimmed, subscribers ahead of the floor read on.
        is_trimmed = reason.reason == "trimmed"
        kept = {who: at for who, at in state.ahead.items() if is_trimmed and at >= head.floor}
        for subscriber in [*state.current, *state.ahead]:
            if subscriber not in kept:
                subscriber.write(batch)
                self._end_subscription(subscriber, state.stream)
        state.recent_frames.clear()
        state.move_to(head.epoch, head.seq)
        for subscriber, cursor in kept.items():
            _add_lagging_member(state, subscriber, cursor)
            self._resumes.request_resume(subscriber)

    def _end_stream(self, state: StreamState) -> None:
        """End a stream that is no longer in the database: its list or its user was deleted."""
        for subscriber in [*state.current, *state.ahead]:
            self._end_subscription(subscriber, state.stream)
            subscriber.write(batch_of(Unsubscribed(list=state.stream, reason="deleted")))
        if state.owner is not None:
            for subscriber in list(self._subscriptions.sessions_of(state.owner)):
                self._close(subscriber)
        state.discard_missing()


def _add_lagging_member(state: StreamState, subscriber: Subscriber, cursor: int) -> None:
    """Make a subscriber that was current or ahead lagging from its cursor."""
    assert state.epoch is not None
    lagging = LaggingSubscription(state.stream, state.epoch, cursor, authorized_seq=cursor)
    state.add_lagging(subscriber, lagging)


def _reset_frame(reason: CannotResume, request_id: int | None) -> Reset:
    head = reason.head
    return Reset(
        re=request_id, list=head.stream, epoch=head.epoch, seq=head.seq, reason=reason.reason
    )
