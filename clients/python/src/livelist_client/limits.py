"""Every limit and timeout of the client, in one place."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits of one client. The defaults suit a program with a user before it."""

    # Connecting, and each wait for a part of an answer. The server takes 15 s at most for a query.
    request_seconds: float = 20.0
    # An attempt after a failed one waits 0.5 s or longer: six attempts outlast a restarted node.
    attempts: int = 6
    # The end of all attempts of one request, pauses and `Retry-After` included.
    total_seconds: float = 60.0
    # From the handshake to `welcome`. The server waits 5 s for the hello.
    welcome_seconds: float = 15.0
    # The server pings every `heartbeat_seconds`; later than this after one is due, the network is gone.
    silence_seconds: float = 15.0
    # Changes that an iterating program has not taken yet. A full queue stops the reading of the socket.
    queued_changes: int = 1000
    # Optimistic writes that the server has not confirmed. Each is replayed over every new state.
    pending_writes: int = 1000


DEFAULT_LIMITS = Limits()
