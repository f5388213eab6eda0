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
    Listener,
    StreamPosition,
    StreamState,
    Watcher,
)
from realtime.transports.frame_batch import Burst, burst_of, one
from shared import metrics
from shared.contract.frames import Close, Failed, Reset, Subscribed, Unsubscribed
from shared.errors import NotFound
from shared.event_log import CannotResume, EventPage, Head
from shared.ids import StreamId, UserId, user_stream

# Commits ring a few milliseconds out of order; what is still missing after this was lost.
HOLD_SECONDS = 0.03
# A burst goes into a socket's outbox whole, so its size adds to the outbox's bound.
BURST_BYTES = 32 * 1024


class Hub:
    def __init__(
        self,
        request_backfill: Callable[[StreamId, float], None],
        request_resume: Callable[[Listener], None],
    ) -> None:
        self._request_backfill = request_backfill
        self._request_resume = request_resume
        self._states: dict[StreamId, StreamState] = {}
        self._subscriptions: dict[Listener, dict[StreamId, StreamState]] = {}
        # With the position of the person's own stream at which their session was seen alive.
        self._people: dict[UserId, dict[Listener, int]] = {}
        # Not yet in the metric, whose lock costs a microsecond: once per turn, not per line.
        self._sent = 0
        self.watcher = Watcher()

    # Sockets come and go

    def attach(self, listener: Listener) -> None:
        """The listener is closed when its session or account ends, from now on.

        Check the session after this, not before, and say so with checked(): then a revocation is
        seen either by that reading or by the hub.
        """
        self._subscriptions[listener] = {}
        self._people.setdefault(listener.user_id, {})[listener] = 0
        self._state(user_stream(listener.user_id))

    def checked(self, listener: Listener, head: Head) -> None:
        """The listener's session was alive when its person's stream stood at `head`."""
        state = self._states.get(head.stream)
        if state is None or listener not in self._subscriptions:
            return
        self._people[listener.user_id][listener] = head.seq
        if state.epoch is None:
            state.move_to(head.epoch, head.seq)
        elif state.epoch != head.epoch:
            state.needs_verification = True
        else:
            state.target_seq = max(state.target_seq, head.seq)
        self._advance(state)

    def detach(self, listener: Listener) -> None:
        """The listener is forgotten."""
        for state in self._subscriptions.pop(listener, {}).values():
            state.remove_subscriber(listener)
            self._drop_if_idle(state)
        listeners = self._people.get(listener.user_id, {})
        listeners.pop(listener, None)
        if not listeners:
            self._people.pop(listener.user_id, None)
        if user_state := self._states.get(user_stream(listener.user_id)):
            self._drop_if_idle(user_state)

    def listeners_of(self, user_id: UserId) -> int:
        return len(self._people.get(user_id, ()))

    def subscribe(
        self, listener: Listener, stream: StreamId, epoch: str, since: int, re: int | None
    ) -> None:
        """The listener is behind at `since`, whatever it was before; it is read for.

        `re` is what `subscribed` answers; None: it has been said already.
        """
        state = self._state(stream)
        state.remove_subscriber(listener)
        state.lagging[listener] = LaggingSubscription(stream, epoch, since, re)
        self._subscriptions[listener][stream] = state
        self._request_resume(listener)

    def unsubscribe(self, listener: Listener, streams: Sequence[StreamId], re: int) -> None:
        """Nothing more of the streams is sent after the answers, which go out together."""
        for stream in streams:
            self._leave(listener, stream)
        listener.write(burst_of(Unsubscribed(re=re, list=it, reason="requested") for it in streams))

    def is_authorized(self, listener: Listener, stream: StreamId) -> bool | None:
        """Tells whether a subscriber was seen to be allowed the stream; None for no subscriber."""
        state = self._subscriptions.get(listener, {}).get(stream)
        return None if state is None else state.is_authorized(listener)

    def subscribed_to(self, listener: Listener) -> set[StreamId]:
        return set(self._subscriptions.get(listener, ()))

    def heads_for(self, listener: Listener) -> dict[str, int]:
        """Returns how far the listener must have come once it has read all that was sent."""
        states = self._subscriptions.get(listener, {}).values()
        cursors = {state.stream: state.cursor_of(listener) for state in states}
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

    def lagging_subscriptions(self, listener: Listener) -> list[LaggingSubscription]:
        """Returns the subscriptions for which the listener has to read."""
        states = self._subscriptions.get(listener, {}).values()
        return [state.lagging[listener] for state in states if listener in state.lagging]

    def deliver_missed(
        self, listener: Listener, lagging: LaggingSubscription, missed: EventPage
    ) -> None:
        """Sends what was read; at its end the listener is current, or asks for more."""
        state = self._states.get(lagging.stream)
        if state is None or state.lagging.get(listener) is not lagging:
            return
        head = missed.head
        if state.epoch is None:
            state.move_to(head.epoch, head.seq)
        if state.epoch != head.epoch:
            state.needs_verification = True
            self._advance(state)
            self._request_resume(listener)
            return
        if lagging.authorize_at(head.seq):
            self.watcher.admitted(listener, state.stream)
        if self._tell(state, listener, lagging, missed.frames) and missed.through >= head.seq:
            if lagging.re is not None:
                answer = Subscribed(
                    re=lagging.re, list=state.stream, epoch=head.epoch, seq=head.seq
                )
                lagging.re = None
                listener.write(one(answer))
            if self._tell(state, listener, lagging, list(state.recent)):
                self._settle(state, listener, lagging)
        if state.lagging.get(listener) is lagging:
            self._request_resume(listener)
        self._advance(state)

    def refuse_resume(
        self, listener: Listener, lagging: LaggingSubscription, found: CannotResume | None
    ) -> None:
        """The subscription ends: a reset; or, for what is not there or not theirs, not_found."""
        state = self._states.get(lagging.stream)
        if state is None or state.lagging.get(listener) is not lagging:
            return
        self._leave(listener, lagging.stream)
        if found is not None:
            listener.write(one(_reset(found, lagging.re)))
        elif lagging.re is None:
            listener.write(one(Unsubscribed(list=lagging.stream, reason="deleted")))
        else:
            # Alike for a list of strangers and for a random id.
            detail, stream = NotFound().detail, lagging.stream
            failed = Failed(re=lagging.re, code="not_found", detail=detail, list=stream)
            listener.write(one(failed))

    # Within

    def _count_sent(self) -> None:
        sent, self._sent = self._sent, 0
        metrics.frames_sent.inc(sent)

    def _state(self, stream: StreamId) -> StreamState:
        return self._states.setdefault(stream, StreamState(stream))

    def _leave(self, listener: Listener, stream: StreamId) -> None:
        state = self._subscriptions.get(listener, {}).pop(stream, None)
        if state is not None:
            state.remove_subscriber(listener)
            self._drop_if_idle(state)
            self.watcher.ended(listener, stream)

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
            if control or state.ahead or state.lagging or sum(map(len, run)) > BURST_BYTES:
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
        burst = Burst(run)
        self._sent += len(run) * len(state.current)
        full = [listener for listener in state.current if not listener.write(burst)]
        for listener, cursor in list(state.ahead.items()):
            if cursor <= state.emitted_seq:
                del state.ahead[listener]
                state.current[listener] = None
        if state.lagging:
            state.keep_recent(run[-1])
        if control:
            self._obey(state, control)
        for listener in full:
            self._step_aside(listener)

    def _obey(self, state: StreamState, control: Control) -> None:
        for listener in list(state.current):
            if reason := control.ends(listener):
                self._leave(listener, state.stream)
                listener.write(one(Unsubscribed(list=state.stream, reason=reason)))
        state.mark_revoked(control.ends)
        if control.removed or control.list_is_deleted:
            self.watcher.expelled(state.stream, control.removed)
        if state.stream.startswith("user:"):
            people = self._people.get(UserId(state.stream[5:]), {})
            for listener, checked_at in list(people.items()):
                if checked_at < state.emitted_seq and control.closes(listener):
                    self._refuse(listener)

    def _refuse(self, listener: Listener) -> None:
        listener.close(Close.REFUSED)
        self.watcher.ended(listener, None, at_once=True)

    def _step_aside(self, listener: Listener) -> None:
        """The listener is full: it hears no more until it has room, then reads what it missed."""
        for state in self._subscriptions.get(listener, {}).values():
            cursor = state.cursor_of(listener)
            if cursor is not None and state.epoch is not None:
                state.remove_subscriber(listener)
                state.lagging[listener] = LaggingSubscription(
                    state.stream, state.epoch, cursor, authorized_seq=cursor
                )
        self._request_resume(listener)

    def _tell(
        self,
        state: StreamState,
        listener: Listener,
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
            reason = control.ends(listener) if control else None
            if reason is None and sum(map(len, run)) <= BURST_BYTES:
                continue
            self._sent += len(run)
            has_room = listener.write(Burst(run))
            run = []
            if reason is not None:
                self._leave(listener, state.stream)
                listener.write(one(Unsubscribed(list=state.stream, reason=reason)))
                return False
            if not has_room:
                return False
        self._sent += len(run)
        return not run or listener.write(Burst(run))

    def _settle(self, state: StreamState, listener: Listener, lagging: LaggingSubscription) -> None:
        if lagging.cursor < state.emitted_seq:
            return
        state.remove_subscriber(listener)
        if lagging.cursor == state.emitted_seq:
            state.current[listener] = None
        else:
            state.ahead[listener] = lagging.cursor
            state.target_seq = max(state.target_seq, lagging.cursor)

    def _rewound(self, state: StreamState, found: CannotResume) -> None:
        burst, head = one(_reset(found, None)), found.head
        # Only the line itself is too far behind for what is kept: they read on by themselves.
        kept = found.reason == "trimmed"
        can_go_on = {who: at for who, at in state.ahead.items() if kept and at >= head.floor}
        for listener in [*state.current, *state.ahead]:
            if listener not in can_go_on:
                listener.write(burst)
                self._subscriptions[listener].pop(state.stream, None)
                self.watcher.ended(listener, state.stream)
        state.current.clear()
        state.ahead.clear()
        state.recent.clear()
        state.move_to(head.epoch, head.seq)
        for listener, cursor in can_go_on.items():
            state.lagging[listener] = LaggingSubscription(
                state.stream, head.epoch, cursor, authorized_seq=cursor
            )
            self._request_resume(listener)
        self._drop_if_idle(state)

    def _gone(self, state: StreamState) -> None:
        """The stream is no longer in the database; so neither is the list, or the person."""
        for listener in [*state.current, *state.ahead]:
            self._leave(listener, state.stream)
            listener.write(one(Unsubscribed(list=state.stream, reason="deleted")))
        if state.stream.startswith("user:"):
            for listener in list(self._people.get(UserId(state.stream[5:]), ())):
                self._refuse(listener)
        state.needs_verification, state.target_seq = False, state.emitted_seq
        state.reorder_buffer.clear()


def _reset(found: CannotResume, re: int | None) -> Reset:
    head = found.head
    return Reset(re=re, list=head.stream, epoch=head.epoch, seq=head.seq, reason=found.reason)
