"""Limit the frames that a client sends, by a token bucket."""

from shared.clock import monotonic


class TokenBucket:
    """Allow `burst` frames at once, and `per_second` on average."""

    __slots__ = ("_burst", "_left", "_per_second", "_updated_at")

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._left = burst
        self._updated_at = monotonic()

    def take(self, now: float) -> bool:
        """Take a token; return False if there was none."""
        refilled = self._left + (now - self._updated_at) * self._per_second
        self._left = min(refilled, self._burst) - 1
        self._updated_at = now
        return self._left >= 0
