"""Frames on their way to many sockets: encoded once, whatever a socket needs made once."""

from collections.abc import Sequence
from functools import cached_property

import orjson

from shared.contract.frames import ServerFrame


class Burst:
    """One or more frames that go out together, in this order, to every socket they are given to."""

    def __init__(self, frames: Sequence[bytes]) -> None:
        self.frames = frames
        self.size = sum(map(len, frames))

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The frames as ASGI wants them; decoded once for a thousand sockets, not once each."""
        return tuple(frame.decode() for frame in self.frames)


def one(frame: ServerFrame) -> Burst:
    """Returns the burst of a single frame of the contract; what is null is left out."""
    return Burst((orjson.dumps(frame.model_dump(mode="json", exclude_none=True)),))
