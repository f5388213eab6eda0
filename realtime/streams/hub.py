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
    HELD_FRAMES,
    Behind,
    EventMessage,
    Line,
    Listener,
    Place,
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
        ask_fill: Callable[[StreamId, float], None],
        ask_resume: Callable[[Listener], None],
    ) -> None:
        self._ask_fill = ask_fill
        self._ask_resume = ask_resume
        self._lines: dict[StreamId, Line] = {}
        self._subscriptions: dict[Listener, dict[StreamId, Line]] = {}
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
        self._line(user_stream(listener.user_id))

    def checked(self, listener: Listener, head: Head) -> None:
        """The listener's session was alive when its person's stream stood at `head`."""
        line = self._lines.get(head.stream)
        if line is None or listener not in self._subscriptions:
            return
        self._people[listener.user_id][listener] = head.seq
        if line.epoch is None:
            line.place(head.epoch, head.seq)
        elif line.epoch != head.epoch:
            line.is_doubted = True
        else:
            line.goal = max(line.goal, head.seq)
        self._advance(line)

    def detach(self, listener: Listener) -> None:
        """The listener is forgotten."""
        for line in self._subscriptions.pop(listener, {}).values():
            line.leave(listener)
            self._drop_if_idle(line)
        listeners = self._people.get(listener.user_id, {})
        listeners.pop(listener, None)
        if not listeners:
            self._people.pop(listener.user_id, None)
        if line_of_person := self._lines.get(user_stream(listener.user_id)):
            self._drop_if_idle(line_of_person)

    def listeners_of(self, user_id: UserId) -> int:
        return len(self._people.get(user_id, ()))

    def subscribe(
        self, listener: Listener, stream: StreamId, epoch: str, since: int, re: int | None
    ) -> None:
        """The listener is behind at `since`, whatever it was before; it is read for.

        `re` is what `subscribed` answers; None: it has been said already.
        """
        line = self._line(stream)
        line.leave(listener)
        line.behind[listener] = Behind(stream, epoch, since, re)
        self._subscriptions[listener][stream] = line
        self._ask_resume(listener)

    def unsubscribe(self, listener: Listener, streams: Sequence[StreamId], re: int) -> None:
        """Nothing more of the streams is sent after the answers, which go out together."""
        for stream in streams:
            self._leave(listener, stream)
        listener.write(burst_of(Unsubscribed(re=re, list=it, reason="requested") for it in streams))

    def is_reader(self, listener: Listener, stream: StreamId) -> bool | None:
        """Tells whether a subscriber was seen to be allowed the stream; None for no subscriber."""
        line = self._subscriptions.get(listener, {}).get(stream)
        return None if line is None else line.has_reader(listener)

    def subscribed_to(self, listener: Listener) -> set[StreamId]:
        return set(self._subscriptions.get(listener, ()))

    def heads_for(self, listener: Listener) -> dict[str, int]:
        """Returns how far the listener must have come once it has read all that was sent."""
        lines = self._subscriptions.get(listener, {}).values()
        cursors = {line.stream: line.cursor_of(listener) for line in lines}
        return {stream: seq for stream, seq in cursors.items() if seq is not None}

    # News

    def receive(self, messages: Iterable[EventMessage]) -> None:
        """Emits what is next in order; holds or asks for the rest; what was emitted is dropped."""
        touched: dict[StreamId, Line] = {}
        for message in messages:
            line = self._lines.get(message.stream)
            if line is not None and line.hold(message):
                touched[message.stream] = line
        for line in touched.values():
            self._advance(line)
        self._count_sent()

    def watched(self) -> dict[StreamId, Place]:
        """Returns every stream that somebody listens to, and where it stands."""
        return {
            stream: Place(line.epoch, line.position)
            for stream, line in self._lines.items()
            if line.epoch is not None
        }

    def heads(self, watched: Mapping[StreamId, Place], heads: Mapping[StreamId, Head]) -> None:
        """Compares with the heads read from the database after `watched` was taken."""
        for stream, place in watched.items():
            line, head = self._lines.get(stream), heads.get(stream)
            if line is None or line.epoch != place.epoch:
                continue
            if head is None:
                self._gone(line)
                continue
            if head.epoch != line.epoch or head.seq < place.position:
                line.is_doubted = True
            else:
                line.goal = max(line.goal, head.seq)
            self._advance(line)

    def begin_fill(self, stream: StreamId) -> Place | None:
        """Returns from where to read for filled(); None when nothing is missing any more."""
        line = self._lines.get(stream)
        if line is None or line.epoch is None:
            return None
        if not line.held and line.goal <= line.position and not line.is_doubted:
            return None
        line.fill_mark = max(line.goal, *line.held, 0)
        return Place(line.epoch, line.position)

    def filled(
        self, stream: StreamId, place: Place, found: EventPage | CannotResume | None
    ) -> None:
        """Emits what was read after `place`; resets everybody if history was rewound."""
        line = self._lines.get(stream)
        if line is None or line.epoch != place.epoch:
            return
        if found is None:
            self._gone(line)
        elif isinstance(found, CannotResume):
            if found.reason == "trimmed" and line.position >= found.head.floor:
                # What rang meanwhile has carried it past what was trimmed: it reads on from there.
                line.goal = max(line.goal, found.head.seq)
                self._advance(line)
            else:
                self._rewound(line, found)
        else:
            metrics.hub_gaps.inc()
            for seq, frame in found.frames:
                if seq > line.position:
                    line.held[seq] = frame
            # Rings follow commits: what had rung before this reading and is not in it never was.
            for seq in [seq for seq in line.held if found.head.seq < seq <= line.fill_mark]:
                del line.held[seq]
            if line.goal <= line.fill_mark:
                line.goal = found.head.seq
            line.is_doubted = False
            self._advance(line)

    # Listeners that read for themselves

    def behind(self, listener: Listener) -> list[Behind]:
        """Returns the subscriptions for which the listener has to read."""
        lines = self._subscriptions.get(listener, {}).values()
        return [line.behind[listener] for line in lines if listener in line.behind]

    def resumed(self, listener: Listener, behind: Behind, missed: EventPage) -> None:
        """Sends what was read; at its end the listener is current, or asks for more."""
        line = self._lines.get(behind.stream)
        if line is None or line.behind.get(listener) is not behind:
            return
        head = missed.head
        if line.epoch is None:
            line.place(head.epoch, head.seq)
        if line.epoch != head.epoch:
            line.is_doubted = True
            self._advance(line)
            self._ask_resume(listener)
            return
        if behind.let_in(head.seq):
            self.watcher.admitted(listener, line.stream)
        if self._tell(line, listener, behind, missed.frames) and missed.through >= head.seq:
            if behind.re is not None:
                answer = Subscribed(re=behind.re, list=line.stream, epoch=head.epoch, seq=head.seq)
                behind.re = None
                listener.write(one(answer))
            if self._tell(line, listener, behind, list(line.recent)):
                self._settle(line, listener, behind)
        if line.behind.get(listener) is behind:
            self._ask_resume(listener)
        self._advance(line)

    def cannot_resume(self, listener: Listener, behind: Behind, found: CannotResume | None) -> None:
        """The subscription ends: a reset; or, for what is not there or not theirs, not_found."""
        line = self._lines.get(behind.stream)
        if line is None or line.behind.get(listener) is not behind:
            return
        self._leave(listener, behind.stream)
        if found is not None:
            listener.write(one(_reset(found, behind.re)))
        elif behind.re is None:
            listener.write(one(Unsubscribed(list=behind.stream, reason="deleted")))
        else:
            # Alike for a list of strangers and for a random id.
            detail, stream = NotFound().detail, behind.stream
            failed = Failed(re=behind.re, code="not_found", detail=detail, list=stream)
            listener.write(one(failed))

    # Within

    def _count_sent(self) -> None:
        sent, self._sent = self._sent, 0
        metrics.frames_sent.inc(sent)

    def _line(self, stream: StreamId) -> Line:
        return self._lines.setdefault(stream, Line(stream))

    def _leave(self, listener: Listener, stream: StreamId) -> None:
        line = self._subscriptions.get(listener, {}).pop(stream, None)
        if line is not None:
            line.leave(listener)
            self._drop_if_idle(line)
            self.watcher.ended(listener, stream)

    def _drop_if_idle(self, line: Line) -> None:
        watches = line.stream.startswith("user:") and UserId(line.stream[5:]) in self._people
        if line.is_idle and not watches:
            self._lines.pop(line.stream, None)

    def _advance(self, line: Line) -> None:
        run: list[bytes] = []
        while line.epoch is not None and (frame := line.held.pop(line.position + 1, None)):
            line.position += 1
            run.append(frame)
            control = control_in(frame)
            # One at a time where somebody's cursor or right depends on the single frame.
            if control or line.ahead or line.behind or sum(map(len, run)) > BURST_BYTES:
                self._emit(line, run, control)
                run = []
        if run:
            self._emit(line, run, None)
        if line.epoch is None:
            return
        if line.held and line.position >= min(line.held):
            line.held = {seq: one for seq, one in line.held.items() if seq > line.position}
        if line.goal > line.position or line.is_doubted or len(line.held) >= HELD_FRAMES:
            self._ask_fill(line.stream, 0)
        elif line.held:
            self._ask_fill(line.stream, HOLD_SECONDS)

    def _emit(self, line: Line, run: list[bytes], control: Control | None) -> None:
        burst = Burst(run)
        self._sent += len(run) * len(line.current)
        full = [listener for listener in line.current if not listener.write(burst)]
        for listener, cursor in list(line.ahead.items()):
            if cursor <= line.position:
                del line.ahead[listener]
                line.current[listener] = None
        if line.behind:
            line.remember(run[-1])
        if control:
            self._obey(line, control)
        for listener in full:
            self._step_aside(listener)

    def _obey(self, line: Line, control: Control) -> None:
        for listener in list(line.current):
            if reason := control.ends(listener):
                self._leave(listener, line.stream)
                listener.write(one(Unsubscribed(list=line.stream, reason=reason)))
        line.end_behind(control.ends)
        if control.removed or control.list_is_deleted:
            self.watcher.expelled(line.stream, control.removed)
        if line.stream.startswith("user:"):
            people = self._people.get(UserId(line.stream[5:]), {})
            for listener, checked_at in list(people.items()):
                if checked_at < line.position and control.closes(listener):
                    self._refuse(listener)

    def _refuse(self, listener: Listener) -> None:
        listener.close(Close.REFUSED)
        self.watcher.ended(listener, None, at_once=True)

    def _step_aside(self, listener: Listener) -> None:
        """The listener is full: it hears no more until it has room, then reads what it missed."""
        for line in self._subscriptions.get(listener, {}).values():
            cursor = line.cursor_of(listener)
            if cursor is not None and line.epoch is not None:
                line.leave(listener)
                line.behind[listener] = Behind(line.stream, line.epoch, cursor, reader_at=cursor)
        self._ask_resume(listener)

    def _tell(
        self,
        line: Line,
        listener: Listener,
        behind: Behind,
        frames: Iterable[tuple[int, bytes]],
    ) -> bool:
        """Sends what lies after the cursor; answers whether the listener can go on."""
        run: list[bytes] = []
        for seq, frame in frames:
            if seq != behind.cursor + 1:
                continue
            behind.cursor = seq
            run.append(frame)
            control = control_in(frame) if seq > (behind.reader_at or 0) else None
            reason = control.ends(listener) if control else None
            if reason is None and sum(map(len, run)) <= BURST_BYTES:
                continue
            self._sent += len(run)
            has_room = listener.write(Burst(run))
            run = []
            if reason is not None:
                self._leave(listener, line.stream)
                listener.write(one(Unsubscribed(list=line.stream, reason=reason)))
                return False
            if not has_room:
                return False
        self._sent += len(run)
        return not run or listener.write(Burst(run))

    def _settle(self, line: Line, listener: Listener, behind: Behind) -> None:
        if behind.cursor < line.position:
            return
        line.leave(listener)
        if behind.cursor == line.position:
            line.current[listener] = None
        else:
            line.ahead[listener] = behind.cursor
            line.goal = max(line.goal, behind.cursor)

    def _rewound(self, line: Line, found: CannotResume) -> None:
        burst, head = one(_reset(found, None)), found.head
        # Only the line itself is too far behind for what is kept: they read on by themselves.
        kept = found.reason == "trimmed"
        can_go_on = {who: at for who, at in line.ahead.items() if kept and at >= head.floor}
        for listener in [*line.current, *line.ahead]:
            if listener not in can_go_on:
                listener.write(burst)
                self._subscriptions[listener].pop(line.stream, None)
                self.watcher.ended(listener, line.stream)
        line.current.clear()
        line.ahead.clear()
        line.recent.clear()
        line.place(head.epoch, head.seq)
        for listener, cursor in can_go_on.items():
            line.behind[listener] = Behind(line.stream, head.epoch, cursor, reader_at=cursor)
            self._ask_resume(listener)
        self._drop_if_idle(line)

    def _gone(self, line: Line) -> None:
        """The stream is no longer in the database; so neither is the list, or the person."""
        for listener in [*line.current, *line.ahead]:
            self._leave(listener, line.stream)
            listener.write(one(Unsubscribed(list=line.stream, reason="deleted")))
        if line.stream.startswith("user:"):
            for listener in list(self._people.get(UserId(line.stream[5:]), ())):
                self._refuse(listener)
        line.is_doubted, line.goal = False, line.position
        line.held.clear()


def _reset(found: CannotResume, re: int | None) -> Reset:
    head = found.head
    return Reset(re=re, list=head.stream, epoch=head.epoch, seq=head.seq, reason=found.reason)
