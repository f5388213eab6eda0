"""Which push services are left alone, and until when: those that asked for it, and those that are silent.

Of this worker alone, and forgotten when it ends: then each is asked once more.
"""

from dataclasses import dataclass

from shared.clock import monotonic
from shared.jobs.retries import Transient
from shared.push_vapid import origin_of

# Whoever subscribes names the service, and one that never answers keeps a place from the others each time
# it is asked: twice as long after each time. A good one has a bad moment now and then, and so has our own
# line: at first briefly, and never for long.
SILENT_SECONDS = 15
LONGEST_SILENT_SECONDS = 600
# Services are few; more are somebody's who names a new one each time. The oldest is asked once more.
MOST = 1_000


@dataclass
class _Rest:
    until: float = 0.0
    silences: int = 0


class Rests:
    """By origin, as services limit us by that."""

    def __init__(self) -> None:
        self._rests: dict[str, _Rest] = {}

    def check(self, endpoint: str) -> None:
        """Returns if its service may be asked now. Raises Transient, with how long it rests."""
        rest = self._rests.get(origin_of(endpoint))
        if rest is not None and (left := rest.until - monotonic()) > 0:
            raise Transient("the push service is left alone for now", wait_seconds=left)

    def answered(self, endpoint: str, wait_seconds: float = 0) -> None:
        """It is well, and left alone for so long if it asked for that."""
        rest, now = self._rests.get(origin_of(endpoint)), monotonic()
        if wait_seconds > 0:
            rest = self._rest(endpoint)
            rest.until, rest.silences = max(rest.until, now + wait_seconds), 0
        elif rest is not None and (rest.silences or rest.until <= now):
            # Not what another one, under way with this, was asked for.
            del self._rests[origin_of(endpoint)]

    def was_silent(self, endpoint: str) -> None:
        """It is left alone, for longer each time."""
        rest, now = self._rest(endpoint), monotonic()
        if rest.until > now:
            return  # several were under way
        rest.until = now + min(SILENT_SECONDS * 2**rest.silences, LONGEST_SILENT_SECONDS)
        rest.silences += 1

    def _rest(self, endpoint: str) -> _Rest:
        if len(self._rests) >= MOST and origin_of(endpoint) not in self._rests:
            del self._rests[next(iter(self._rests))]
        return self._rests.setdefault(origin_of(endpoint), _Rest())
