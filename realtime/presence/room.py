"""Who is in one list, as one node knows it. Pure: no I/O, no clock; instants are monotonic seconds.

    sockets    this node's, that said presence                a person is here while one of them is
    leaving    this node's people whose last socket went      here until their leave is due
    elsewhere  what other nodes lent to the broker            here until the lease ends

A person is one, however many sockets and nodes: what was said last is their state.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf

import orjson

from realtime.streams.stream_state import Subscriber
from shared.ids import StreamId, UserId


@dataclass(frozen=True, slots=True)
class Seen:
    """A person as the others see them. Both are JSON already: they are repeated to many."""

    user: bytes
    state: bytes
    said_at: float = field(compare=False)


@dataclass(frozen=True, slots=True)
class Lease:
    """Somebody is here until then, unless something newer is said."""

    seen: Seen
    ends_at: float


@dataclass(eq=False, slots=True)
class Room:
    stream: StreamId
    sockets: dict[Subscriber, Seen] = field(default_factory=dict)
    leaving: dict[UserId, Lease] = field(default_factory=dict)
    elsewhere: dict[tuple[str, UserId], Lease] = field(default_factory=dict)
    # Who said presence before it was known whether they may, with the frame to be answered.
    waiting: dict[Subscriber, tuple[Seen, int | None]] = field(default_factory=dict)
    # What was told last, and who is owed all of it: the new, and those who had no room.
    told: dict[UserId, Seen] = field(default_factory=dict)
    owed: dict[Subscriber, int | None] = field(default_factory=dict)
    # What the broker holds of this node's people.
    lent: dict[UserId, Lease] = field(default_factory=dict)
    # Who was removed when, and until when others may not have heard of it: what they lend of that
    # person until then, said before the removal, is not believed.
    revoked: dict[UserId, tuple[float, float]] = field(default_factory=dict)
    # Whether the leases of others were read since somebody of this node is here.
    is_read: bool = False

    def enter(self, subscriber: Subscriber, seen: Seen, re: int | None) -> None:
        """The socket is here. It is owed all of it if it is new, or asked for an answer."""
        if subscriber not in self.sockets or re is not None:
            self.owed[subscriber] = re
        self.sockets[subscriber] = seen
        self.leaving.pop(subscriber.user_id, None)

    def leave(self, subscriber: Subscriber, due_at: float | None) -> None:
        """The socket is not; its person is, until `due_at`, if it was their last one here."""
        self.waiting.pop(subscriber, None)
        self.owed.pop(subscriber, None)
        seen = self.sockets.pop(subscriber, None)
        if seen is None or any(one.user_id == subscriber.user_id for one in self.sockets):
            return
        if due_at is not None:
            self.leaving[subscriber.user_id] = Lease(seen, due_at)
        if not self.sockets:
            # Nobody reads leases for an empty room: whoever comes next must not see old ones.
            self.elsewhere.clear()
            self.told.clear()
            self.is_read = False

    def expel(self, user_id: UserId | None, now: float, until: float) -> None:
        """The person is gone at once, wherever they were; None: everybody.

        Their leases of before are not believed again before `until`.
        """
        for subscriber in [*self.sockets, *self.waiting]:
            if user_id in (None, subscriber.user_id):
                self.leave(subscriber, None)
        for one in [one for one in self.leaving if user_id in (None, one)]:
            del self.leaving[one]
        for place in [place for place in self.elsewhere if user_id in (None, place[1])]:
            del self.elsewhere[place]
        if user_id is not None:
            self.revoked[user_id] = now, until

    def lapse(self, now: float) -> bool:
        """Forgets leaves that are due and leases that ended; answers whether there were any."""
        due = [one for one, lease in self.leaving.items() if lease.ends_at <= now]
        ended = [one for one, lease in self.elsewhere.items() if lease.ends_at <= now]
        for user_id in due:
            del self.leaving[user_id]
        for place in ended:
            del self.elsewhere[place]
        for user_id in [one for one, (_, until) in self.revoked.items() if until <= now]:
            del self.revoked[user_id]
        return bool(due or ended)

    def believe(self, leases: Mapping[tuple[str, UserId], Lease], now: float) -> None:
        """Takes over what other nodes lent. What is missing is kept: a broker may lose its memory."""
        for place, lease in leases.items():
            expelled_at, until = self.revoked.get(place[1], (-inf, -inf))
            if now >= until or lease.seen.said_at > expelled_at:
                self.elsewhere[place] = lease
        self.is_read = True
        self.lapse(now)

    def ours(self, ends_at: float) -> dict[UserId, Lease]:
        """Returns this node's people, with leases until `ends_at`, or until their leave."""
        found = dict(self.leaving)
        for subscriber, seen in self.sockets.items():
            held = found.get(subscriber.user_id)
            if held is None or held.seen.said_at <= seen.said_at:
                found[subscriber.user_id] = Lease(seen, ends_at)
        return found

    def everybody(self) -> dict[UserId, Seen]:
        """Returns who is here, on whatever node. Say lapse() before."""
        found = {user_id: lease.seen for user_id, lease in self.ours(0).items()}
        for (_, user_id), lease in self.elsewhere.items():
            held = found.get(user_id)
            if held is None or held.said_at < lease.seen.said_at:
                found[user_id] = lease.seen
        return found

    def is_over(self, now: float) -> bool:
        """Tells whether nobody is here and nothing is left to be said about it."""
        lent = any(lease.ends_at > now for lease in self.lent.values())
        return not (self.sockets or self.waiting or self.leaving or lent)


def presence_frame(stream: StreamId, people: Iterable[Seen], re: int | None) -> bytes:
    answers = {} if re is None else {"re": re}
    return orjson.dumps({"type": "presence", **answers, "list": stream, "users": _many(people)})


def news_frames(
    stream: StreamId, joined: Iterable[Seen], left: Iterable[UserId]
) -> tuple[bytes, ...]:
    """Returns one frame or two, for what is not empty."""
    people, gone = _many(joined), list(left)
    frames = []
    if people:
        frames.append(orjson.dumps({"type": "joined", "list": stream, "users": people}))
    if gone:
        frames.append(orjson.dumps({"type": "left", "list": stream, "users": gone}))
    return tuple(frames)


def editing_frame(stream: StreamId, todo: str, name: str, user: bytes) -> bytes:
    said = {"type": "editing", "list": stream, "todo": todo, "field": name}
    return orjson.dumps(said | {"user": orjson.Fragment(user)})


def _many(people: Iterable[Seen]) -> list[dict[str, orjson.Fragment]]:
    return [
        {"user": orjson.Fragment(one.user), "state": orjson.Fragment(one.state)} for one in people
    ]
