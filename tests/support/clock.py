"""A clock that tests set."""

from datetime import datetime, timedelta


class ManualClock:
    """A clock that stands still until a test advances it."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def advance(self, by: timedelta) -> None:
        self._at += by
