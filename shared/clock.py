"""The clock: the only module that reads the time.

Leases use the database's clock instead: shared/database/server_clock.py.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the current instant, in UTC, aware."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class DatabaseClock:
    """The database's clock: this host's clock, corrected by its last measured error.

    API and worker use it: on a host whose own clock is an hour wrong, reminders would fire an hour
    early or late, or never.
    """

    def __init__(self) -> None:
        self._offset = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def synchronize(self, database_now: datetime) -> None:
        """Set this clock to `database_now`, which was read from the database just now."""
        self._offset = database_now - datetime.now(UTC)


def monotonic() -> float:
    """Return seconds that never go back; for timeouts and durations, never for dates."""
    return time.monotonic()


def as_rfc3339(instant: datetime) -> str:
    """Return `instant` in UTC with six decimals and a final Z, which sorts as text."""
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return instant.isoformat(timespec="microseconds")[:-6] + "Z"
