"""Take mail by LMTP (RFC 2033) or SMTP (RFC 5321) from the mail server of this site.

A connection speaks LMTP after LHLO and SMTP after EHLO. There is no TLS and no sign-in: the mail server is
on this machine or in a private network, and a secret address is the authorization.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, AnyStr

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from shared.resources import Resources
from worker.inbound_mail.reception import ACCEPTED, UNAVAILABLE, UNKNOWN, Reception

log = logging.getLogger(__name__)

# Each may hold a message of INBOUND_MAIL_MAX_MEBIBYTES twice, when it has come: 200 MiB at the default, if
# all come at once. Postfix opens 20 to one destination, and waits for those that are refused.
MAX_CONNECTIONS = 10
# For one command and its answer, and for a whole message: 10 MiB over a slow link of a private network.
TIMEOUT_SECONDS = 120
# A member writes to some lists at once. Others are refused with 452, and come in a second message.
MAX_RECIPIENTS = 10
# Of a connection, which holds one of the above. Postfix uses one again for five minutes at most; a message
# that is on its way at the end is handed over again.
MAX_LIFETIME_SECONDS = 600
# Of one connection: a busy server sends 100 messages by it. NOOP alone keeps it open for nothing.
MAX_COMMANDS = {"NOOP": 20, "RSET": 200, "VRFY": 20, "*": 1_000}
# Unknown recipients until the connection is closed, against a flood of guesses.
MAX_UNKNOWN = 20
# Commands before the first answer, and lines that are wrapped.
_SLACK_BYTES = 64 * 1024
TOO_LARGE = "552 5.3.4 This message is too large"


class MailProtocol(SMTP):
    """One connection."""

    open_connections = 0

    def __init__(self, reception: Reception, max_bytes: int, host: str) -> None:
        super().__init__(
            _Handler(reception),
            data_size_limit=max_bytes,
            enable_SMTPUTF8=True,
            hostname=host,
            ident="Livelist",
            timeout=TIMEOUT_SECONDS,
            command_call_limit=MAX_COMMANDS,
            loop=asyncio.get_running_loop(),
        )
        self._reception = reception
        self._max_bytes = max_bytes
        self._is_lmtp = False
        self._is_counted = False
        self._received = 0
        # A message that is a little too large gets its answer.
        self._max_received = 2 * max_bytes + _SLACK_BYTES
        self.unknown = 0

    def connection_made(self, transport: Any) -> None:
        if MailProtocol.open_connections >= MAX_CONNECTIONS:
            transport.write(b"421 4.3.2 Too many connections, try again later\r\n")
            transport.close()
            return
        MailProtocol.open_connections += 1
        self._is_counted = True
        self._lifetime = self.loop.call_later(MAX_LIFETIME_SECONDS, transport.close)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._is_counted:
            MailProtocol.open_connections -= 1
            self._is_counted = False
            self._lifetime.cancel()
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        # The library reads on after a message that is too large, and keeps a line that never ends.
        self._received += len(data)
        if not self._is_counted:
            return
        if self._received > self._max_received and isinstance(self.transport, asyncio.Transport):
            log.warning("mail refused: the connection sent more than a message may have")
            self.transport.abort()
            return
        super().data_received(data)

    async def push(self, status: AnyStr) -> None:
        """Send an answer, and count the bytes of the next command from here."""
        self._received = 0
        await super().push(status)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        """Take a message.

        The library keeps an object for each line: a message of empty lines takes fifty times its size.
        """
        if await self.check_helo_needed():
            return
        if not self.envelope or not self.envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
            return
        if arg:
            await self.push("501 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content = await self._read_content()
        answers = [await self._take(content, address) for address in self.envelope.rcpt_tos]
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push("\r\n".join(answers) if self._is_lmtp else joint_answer(answers))

    async def _read_content(self) -> bytes | None:
        """Return the message up to the line of a lone dot; None for one that is too large."""
        content, is_line_start, is_too_large = bytearray(), True, False
        while True:
            try:
                # Only CR LF ends a line (RFC 5321, 2.3.8), or a sender could smuggle a second message.
                line = await self._reader.readuntil(b"\r\n")
            except asyncio.LimitOverrunError as error:
                line = await self._reader.read(error.consumed)
            if is_line_start and line == b".\r\n":
                return None if is_too_large else bytes(content)
            if not is_too_large:
                content += line[1:] if is_line_start and line.startswith(b".") else line
            if len(content) > self._max_bytes:
                is_too_large = True
                content.clear()
            is_line_start = line.endswith(b"\r\n")

    async def _take(self, content: bytes | None, address: str) -> str:
        """Return the answer for one recipient: LMTP wants one for each, whatever happens."""
        if content is None or self.envelope is None:
            return TOO_LARGE
        try:
            return await self._reception.take(content, self.envelope.mail_from or "", address)
        except Exception as error:  # noqa: BLE001  the other recipients get their answers
            return await self.handle_exception(error)

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, hostname: str) -> None:  # noqa: N802  the library calls it by this name
        self._is_lmtp = True
        await self.smtp_EHLO(hostname)


class _Handler:
    """What the library calls for a command."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception

    async def handle_RCPT(  # noqa: N802
        self,
        server: MailProtocol,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients, send the rest in another message"
        answer = await self._reception.check_recipient(address)
        if answer == UNKNOWN:
            server.unknown += 1
            if server.unknown > MAX_UNKNOWN and server.transport is not None:
                server.transport.close()
        if answer != ACCEPTED:
            return answer
        if address not in envelope.rcpt_tos:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_exception(self, error: Exception) -> str:
        log.error("mail deferred: %s", type(error).__name__, exc_info=error)
        return UNAVAILABLE


def joint_answer(answers: list[str]) -> str:
    """Return the one answer of SMTP about a message for several recipients.

    While it is deferred for one, the sender hands it over again for all: a message that is stored is known.
    """
    for first_digit in "425":
        for answer in answers:
            if answer.startswith(first_digit):
                return answer
    return UNAVAILABLE


@asynccontextmanager
async def listening(resources: Resources) -> AsyncIterator[asyncio.Server | None]:
    """Listen at INBOUND_MAIL_LISTEN; yield None without it, or if another process has the port."""
    settings = resources.settings.inbound_mail
    if not settings.listen:
        yield None
        return
    # It logs every command, and so the secret addresses.
    logging.getLogger("mail").setLevel(logging.CRITICAL)
    host, port = settings.listen_address
    reception = Reception(resources)
    try:
        server = await asyncio.get_running_loop().create_server(
            lambda: MailProtocol(reception, settings.max_bytes, settings.domain), host, port
        )
    except OSError as error:
        # Another worker of this machine takes the mail. The jobs of this one matter more.
        log.error("no mail comes in at this worker: %s: %s", settings.listen, error.strerror)
        yield None
        return
    log.info("taking mail at %s", settings.listen)
    try:
        yield server
    finally:
        server.close()
