"""Schedule when the leases of each room are renewed and read again. Pure: no I/O, no clock.

    due at   12.1  12.1  12.4  19.8 …       in this order: a room goes to the end when it is renewed
    room       a     b     c     d

All instants are monotonic seconds.
"""

from collections.abc import Container, Iterable

from realtime.limits import Limits
from shared.ids import StreamId


class RenewalSchedule:
    """A room is due `renew_seconds` after all of its leases were written.

    Rooms that are due together, as all of them are after the broker was away, are spread evenly
    over half of that time, and stay apart from then on. So a lease is renewed within one and a half
    times `renew_seconds`, when half of its time is left.
    """

    def __init__(self, limits: Limits) -> None:
        self._every = limits.renew_seconds
        self._due_at: dict[StreamId, float] = {}
        # When the next rooms may be taken, after more were due than fitted.
        self._next_at = 0.0

    def make_all_due(self, rooms: Iterable[StreamId], now: float) -> None:
        """Make every room due now, however recently it was renewed."""
        self._due_at = dict.fromkeys(rooms, now)

    def add(self, rooms: Iterable[StreamId], now: float) -> None:
        """Schedule rooms that are about to be synchronized, in case that fails with a bug."""
        for stream in rooms:
            self._due_at.setdefault(stream, now + self._every)

    def mark_renewed(self, rooms: Iterable[StreamId], now: float) -> None:
        """Note that all leases of these rooms were just written, for whatever reason."""
        for stream in rooms:
            self._due_at.pop(stream, None)
            self._due_at[stream] = now + self._every

    def take_due(self, rooms: Container[StreamId], most: int, now: float) -> list[StreamId]:
        """Return up to `most` rooms that are due; they stay due until they are renewed.

        Forget rooms that are no longer in `rooms`.
        """
        if now < self._next_at:
            return []
        due: list[StreamId] = []
        gone: list[StreamId] = []
        for stream, due_at in self._due_at.items():
            if due_at > now or len(due) == most:
                break
            (due if stream in rooms else gone).append(stream)
        for stream in gone:
            del self._due_at[stream]
        if len(due) == most:
            self._next_at = now + self._every / 2 * most / len(self._due_at)
        return due

    def seconds_until_due(self, now: float) -> float:
        """Return for how long there is nothing to take; at most `renew_seconds`."""
        first = next(iter(self._due_at.values()), now + self._every)
        return max(0.0, first - now, self._next_at - now)
