"""Frames on their way to many sockets: encoded once, whatever a socket needs made once."""

from collections.abc import Sequence
from functools import cached_property

import orjson
from websockets.frames import Frame, Opcode

from shared.contract.frames import ServerFrame


class Burst:
    """One or more frames that go out together, in this order, to every socket they are given to.

    Several travel as one WebSocket message, a `batch`: one write here, one wake-up there.
    """

    def __init__(self, frames: Sequence[bytes]) -> None:
        self.frames = frames
        self.size = sum(map(len, frames))

    @cached_property
    def message(self) -> bytes:
        """The frames as the text of one WebSocket message."""
        if len(self.frames) == 1:
            return self.frames[0]
        return b'{"type":"batch","frames":[' + b",".join(self.frames) + b"]}"

    @cached_property
    def text(self) -> str:
        """The message as ASGI wants it; decoded once for a thousand sockets, not once each."""
        return self.message.decode()

    @cached_property
    def wire(self) -> bytes:
        """The message with its WebSocket header, as a server sends it: not masked."""
        return Frame(Opcode.TEXT, self.message).serialize(mask=False)


def one(frame: ServerFrame) -> Burst:
    """Returns the burst of a single frame of the contract; what is null is left out."""
    return Burst((orjson.dumps(frame.model_dump(mode="json", exclude_none=True)),))
