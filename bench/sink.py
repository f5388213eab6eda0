"""A mail server that takes everything and keeps nothing but the subjects: it must not be the brake."""

import asyncio
from collections.abc import Callable

from shared.clock import monotonic


class Sink(asyncio.Protocol):
    """One connection. `heard` is told each mail's subject, at its dot."""

    def __init__(self, heard: Callable[[str], None]) -> None:
        self._heard = heard
        self._held = b""
        self._in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._held += data
        while self._step():
            pass

    def _step(self) -> bool:
        if self._in_data:
            mail, dot, rest = self._held.partition(b"\r\n.\r\n")
            if not dot:
                return False
            self._held, self._in_data = rest, False
            subject = mail.partition(b"Subject: ")[2].partition(b"\r\n")[0]
            self._heard(subject.decode("ascii", "replace"))
            self._transport.write(b"250 taken\r\n")
            return True
        line, end, rest = self._held.partition(b"\r\n")
        if not end:
            return False
        self._held = rest
        self._answer(line[:4].upper())
        return True

    def _answer(self, verb: bytes) -> None:
        if verb == b"DATA":
            self._in_data = True
            self._transport.write(b"354 go on\r\n")
        elif verb == b"QUIT":
            self._transport.write(b"221 bye\r\n")
            self._transport.close()
        else:
            self._transport.write(b"250 yes\r\n")


class Arrivals:
    """When mails came, and the first moment of each subject that is asked for."""

    def __init__(self) -> None:
        self.count = 0
        self.last_at = 0.0
        self.first: dict[str, float] = {}

    def hear(self, subject: str) -> None:
        self.count += 1
        self.last_at = monotonic()
        self.first.setdefault(subject, self.last_at)
