"""An SMTP server for benchmarks that accepts every mail and keeps only its subject.

It is written on asyncio.Protocol, so that the server is not the bottleneck.
"""

import asyncio
from collections.abc import Callable
from typing import cast

from shared.clock import monotonic


class SmtpSink(asyncio.Protocol):
    """One connection. `on_mail` is called with the subject of each mail, at the final dot."""

    def __init__(self, on_mail: Callable[[str], None]) -> None:
        self._on_mail = on_mail
        self._buffer = b""
        self._in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast without a check, because the transports of uvloop do not inherit from asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._consume():
            pass

    def _consume(self) -> bool:
        """Process one command or one mail of the buffer; return False if it is incomplete."""
        if self._in_data:
            mail, dot, rest = self._buffer.partition(b"\r\n.\r\n")
            if not dot:
                return False
            self._buffer, self._in_data = rest, False
            subject = mail.partition(b"Subject: ")[2].partition(b"\r\n")[0]
            self._on_mail(subject.decode("ascii", "replace"))
            self._transport.write(b"250 accepted\r\n")
            return True
        line, end, rest = self._buffer.partition(b"\r\n")
        if not end:
            return False
        self._buffer = rest
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


class ReceivedMails:
    """How many mails arrived, when the last one did, and when the first one of each subject did."""

    def __init__(self) -> None:
        self.count = 0
        self.last_at = 0.0
        self.first_at: dict[str, float] = {}

    def record(self, subject: str) -> None:
        self.count += 1
        self.last_at = monotonic()
        self.first_at.setdefault(subject, self.last_at)
