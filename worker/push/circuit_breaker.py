"""Rate-limit state of push services: which ones are not contacted now, and until when.

The state is this worker's alone and is lost when the worker stops. Then each service is tried once.
"""

from dataclasses import dataclass

from shared.clock import monotonic
from shared.jobs.retries import Transient
from shared.push_vapid import origin_of

# A user's browser names the push service, and an unresponsive one occupies push capacity each time it is
# contacted. The pause doubles after each time. It starts short, because good services, and our own
# connection, have bad moments.
FIRST_OPEN_SECONDS = 15
MAX_OPEN_SECONDS = 600
# There are few real services. More origins mean a user who names a new one each time; the oldest is
# dropped, and so tried once more.
MAX_ORIGINS = 1_000


@dataclass
class _Circuit:
    open_until: float = 0.0
    failures: int = 0


class PushCircuitBreaker:
    """One circuit for each origin, because services limit clients by origin. Times are monotonic."""

    def __init__(self) -> None:
        self._circuits: dict[str, _Circuit] = {}

    def check(self, endpoint: str) -> None:
        """Raise Transient, with the time left, if the endpoint's service must not be contacted now."""
        circuit = self._circuits.get(origin_of(endpoint))
        if circuit is not None and (left := circuit.open_until - monotonic()) > 0:
            raise Transient("the circuit of the push service is open", retry_after_seconds=left)

    def record_answer(self, endpoint: str, retry_after_seconds: float = 0) -> None:
        """Record that the service is responsive; open its circuit for as long as it asked for."""
        circuit, now = self._circuits.get(origin_of(endpoint)), monotonic()
        if retry_after_seconds > 0:
            circuit = self._circuit(endpoint)
            circuit.open_until = max(circuit.open_until, now + retry_after_seconds)
            circuit.failures = 0
        elif circuit is not None and (circuit.failures or circuit.open_until <= now):
            # A pause that the service asked for, in its answer to a concurrent push, stays.
            del self._circuits[origin_of(endpoint)]

    def record_unresponsive(self, endpoint: str) -> None:
        """Open the circuit of a service that did not answer, for twice as long each time."""
        circuit, now = self._circuit(endpoint), monotonic()
        if circuit.open_until > now:
            return  # a concurrent push has opened it
        circuit.open_until = now + min(FIRST_OPEN_SECONDS * 2**circuit.failures, MAX_OPEN_SECONDS)
        circuit.failures += 1

    def _circuit(self, endpoint: str) -> _Circuit:
        origin = origin_of(endpoint)
        if len(self._circuits) >= MAX_ORIGINS and origin not in self._circuits:
            del self._circuits[next(iter(self._circuits))]
        return self._circuits.setdefault(origin, _Circuit())
