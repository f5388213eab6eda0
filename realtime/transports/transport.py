"""The interface of transports, each of which sends the frames of one socket or event stream.

The hub writes nothing more to a full transport until the transport calls `on_drained`; events of
the meantime are read from the database. So each transport is bounded, and the hub never waits.
"""

from collections.abc import Callable
from typing import Protocol

from realtime.transports.frame_batch import FrameBatch
from shared.contract.frames import Close


def ignore() -> None:
    """Do nothing: the callback of a transport that has no listener yet, or no longer."""


# Instead of a file descriptor: write through the transport.
NOT_DIRECT = -1


class Transport(Protocol):
    # Set by the connection's owner; the transport calls it when it was full and has room again.
    on_drained: Callable[[], None]
    # The non-blocking socket to which bytes may be written directly now; or NOT_DIRECT.
    descriptor: int

    def write(self, batch: FrameBatch, sent: int = 0) -> bool:
        """Take the batch; return True if there is room for more. Never wait.

        The first `sent` bytes of its WebSocket message were written to `descriptor` just before.
        """
        ...

    def close(self, code: Close) -> None:
        """Send this close and nothing after it. Never wait."""
        ...

    @property
    def has_room(self) -> bool: ...

    @property
    def is_empty(self) -> bool: ...

    @property
    def waiting_bytes(self) -> int:
        """How much of what was written the peer has not taken yet, as far as this node knows."""
        ...

    def is_stalled(self, now: float) -> bool:
        """Return True if the peer has taken nothing for too long although something waits."""
        ...
