"""When which room's leases are written and read anew. Pure: no I/O, no clock, monotonic seconds.

due at   12.1  12.1  12.4  19.8 …       in this order, since each goes to the end once it is done
room       a     b     c     d
"""

from collections.abc import Container, Iterable

from realtime.limits import Limits
from shared.ids import StreamId


class Renewals:
    """Each room's turn comes `renew_seconds` after all of its leases were written.

    Rooms that are due together, as all of them are when the broker was away, are taken over half of
    that time, at an even pace, and are apart from then on. A lease is renewed within one and a half
    times `renew_seconds`, then: half of its time is left.
    """

    def __init__(self, limits: Limits) -> None:
        self._every = limits.renew_seconds
        self._due: dict[StreamId, float] = {}
        # When the next may be taken, after there were more than fitted.
        self._next_at = 0.0

    def all_are_due(self, rooms: Iterable[StreamId], now: float) -> None:
        """Every room's turn has come, whatever was done of late."""
        self._due = dict.fromkeys(rooms, now)

    def expect(self, rooms: Iterable[StreamId], now: float) -> None:
        """These are about to be exchanged: should that end with a bug, their turn comes yet."""
        for stream in rooms:
            self._due.setdefault(stream, now + self._every)

    def done(self, rooms: Iterable[StreamId], now: float) -> None:
        """All leases of these were written just now, for whatever reason."""
        for stream in rooms:
            self._due.pop(stream, None)
            self._due[stream] = now + self._every

    def take(self, rooms: Container[StreamId], most: int, now: float) -> list[StreamId]:
        """Returns whose turn it is, `most` of them at most; they stay due until they are done.

        Of those that are not in `rooms` any more nothing is kept.
        """
        if now < self._next_at:
            return []
        turn: list[StreamId] = []
        gone: list[StreamId] = []
        for stream, due_at in self._due.items():
            if due_at > now or len(turn) == most:
                break
            (turn if stream in rooms else gone).append(stream)
        for stream in gone:
            del self._due[stream]
        if len(turn) == most:
            self._next_at = now + self._every / 2 * most / len(self._due)
        return turn

    def seconds_left(self, now: float) -> float:
        """Returns for how long there is nothing to take; `renew_seconds` at most."""
        first = next(iter(self._due.values()), now + self._every)
        return max(0.0, first - now, self._next_at - now)
