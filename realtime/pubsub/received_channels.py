"""Which channels a listener receives, and since when: for the health report."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from shared.clock import monotonic


@dataclass(frozen=True)
class PubsubConnection:
    """A connection in subscribe mode. `changed_at` is the monotonic time since which it is up or not."""

    channels: Sequence[str]
    is_up: bool
    changed_at: float


class ReceivedChannels:
    def __init__(self, channels: Collection[str]) -> None:
        self._is_received = dict.fromkeys(channels, False)
        self._changed_at = dict.fromkeys(channels, monotonic())

    def set(self, channels: Collection[str], *, is_received: bool) -> None:
        """Record that the channels are received from now on, or are not."""
        for channel in channels:
            if self._is_received[channel] is not is_received:
                self._is_received[channel] = is_received
                self._changed_at[channel] = monotonic()

    def are_received(self, channels: Collection[str]) -> bool:
        return all(self._is_received[channel] for channel in channels)

    def is_complete(self) -> bool:
        """Return True while every channel is received."""
        return all(self._is_received.values())

    def connection(self, channels: Sequence[str]) -> PubsubConnection:
        """Return the state of the connection that carries these channels."""
        changed_at = max(self._changed_at[channel] for channel in channels)
        return PubsubConnection(channels, self.are_received(channels), changed_at)
