"""Frames on their way to many sockets: encoded once for all of them."""

from collections.abc import Sequence

import orjson

from shared.contract.frames import ServerFrame


class FrameBatch:
    """One or more frames that go out together, in this order, to each socket they are given to.

    Several travel as one WebSocket message, a `batch`: one write on the server, one wake-up in the
    client.
    """

    __slots__ = ("_text", "frames", "message", "size", "websocket_bytes")

    def __init__(self, frames: Sequence[bytes]) -> None:
        self.frames = frames
        self.size = sum(map(len, frames))
        # The frames as the text of one WebSocket message; and that with a server's header, which
        # has no mask. Plain attributes, because they are read once per socket.
        self.message = (
            frames[0]
            if len(frames) == 1
            else b'{"type":"batch","frames":[' + b",".join(frames) + b"]}"
        )
        self.websocket_bytes = _header(len(self.message)) + self.message
        self._text: str | None = None

    @property
    def text(self) -> str:
        """The message as ASGI takes it; decoded once for a thousand sockets."""
        if self._text is None:
            self._text = self.message.decode()
        return self._text


def _header(length: int) -> bytes:
    # RFC 6455, section 5.2: the final fragment of a text message, its length in 7, 16 or 64 bits.
    if length < 126:
        return bytes((0x81, length))
    if length < 65_536:
        return b"\x81\x7e" + length.to_bytes(2, "big")
    return b"\x81\x7f" + length.to_bytes(8, "big")


def batch_of(*frames: ServerFrame) -> FrameBatch:
    """Return a batch of these frames of the contract, encoded without their null fields.

    Only fields of the frame itself are left out: a shape in it looks as it does everywhere else.
    Event frames keep their null fields (shared/event_log.py: `encode`). Presence frames are joined
    from stored JSON (realtime/presence/room.py).
    """
    return FrameBatch([_encoded(frame) for frame in frames])


def _encoded(frame: ServerFrame) -> bytes:
    fields = frame.model_dump(mode="json")
    return orjson.dumps({name: value for name, value in fields.items() if value is not None})
