"""The only place that reads the time. Leases use shared/database/server_clock.py instead."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Returns the current instant, in UTC, aware."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class ForeignClock:
    """Somebody else's clock, told by ours and by how far ours was off when they were compared.

    API and worker follow the database's: on a host whose own is an hour wrong, reminders would fire
    an hour early or late, or never.
    """

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def follow(self, their_now: datetime) -> None:
        """`their_now` was read just now."""
        self._ahead = their_now - datetime.now(UTC)


class SetClock:
    """A clock that stands still until it is moved; for tests and replays."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def advance(self, by: timedelta) -> None:
        self._at += by


def monotonic() -> float:
    """Returns seconds that never go back; for timeouts and durations, never for dates."""
    return time.monotonic()


def as_rfc3339(instant: datetime) -> str:
    """Returns UTC with six decimals and a final Z, which sorts as text."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
