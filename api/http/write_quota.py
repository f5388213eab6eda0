"""How much one account may write in an hour, so that a program in a loop does not fill the disk.

Counted in this process alone, without a round trip: with several processes an account may write as
many times as much. Generous: no user reaches it by hand. Attempts that are refused count too, and
retries that get the saved answer of their Idempotency-Key: the database writes what it rolls back.
"""

from shared.actor import Actor
from shared.clock import monotonic
from shared.errors import RateLimited
from shared.host.networks import network
from shared.languages.texts import message
from shared.settings import Settings

WINDOW_SECONDS = 3600
MEBIBYTE = 1024 * 1024


class WriteQuota:
    """Count the writes of each account, and the bytes of their bodies, in the present hour."""

    def __init__(self, settings: Settings) -> None:
        self._is_enabled = settings.web.rate_limits
        self._max_writes = settings.web.writes_per_hour
        self._max_bytes = settings.web.written_mebibytes_per_hour * MEBIBYTE
        self._window = 0
        # Writes and bytes. Emptied every hour, so it holds only accounts that wrote lately.
        self._used: dict[str, tuple[int, int]] = {}
        limits = settings.limits
        self._prefixes = limits.ipv4_prefix, limits.ipv6_prefix

    def take(self, actor: Actor, size: int) -> None:
        """Count a write of `size` bytes. Raise RateLimited `quota_exceeded` beyond the quota."""
        if not self._is_enabled:
            return
        window, elapsed = divmod(int(monotonic()), WINDOW_SECONDS)
        if window != self._window:
            self._window, self._used = window, {}
        used = {writer: self._used.get(writer, (0, 0)) for writer in self._writers(actor)}
        for writes, written in used.values():
            if writes >= self._max_writes or written + size > self._max_bytes:
                detail = message("As much was written as one may write in an hour.")
                raise RateLimited(WINDOW_SECONDS - elapsed, detail, code="quota_exceeded")
        for writer, (writes, written) in used.items():
            self._used[writer] = writes + 1, written + size

    def _writers(self, actor: Actor) -> tuple[str, ...]:
        """Return whose quotas a write counts against.

        Whoever has a share link becomes as many guests as they like: guests share the quota of their
        link, and that of their network over all links.
        """
        if actor.link_id is None:
            return (actor.user_id,)
        return (f"link:{actor.link_id}", f"guests:{network(actor.address, *self._prefixes)}")
