"""A real SMTP server whose next replies are chosen by the test.

async with SmtpServer() as smtp:
    smtp.reject("451 4.3.0 try again later")      # the next message, after its dot
    smtp.hang(Moment.AFTER_DOT)                    # the next message: received, no answer
    ...
    messages = await smtp.wait_for(1)
"""

import asyncio
import contextlib
import ssl
import warnings
from collections import deque
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import Enum
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.deadlines import DEADLINE_SECONDS


class Moment(Enum):
    """The moment at which the server stops answering."""

    BEFORE_DOT = "before"  # at RCPT: the message was not taken
    AFTER_DOT = "after"  # the message was taken, and the client cannot know


@dataclass(frozen=True)
class ReceivedEmail:
    """One message as it arrived."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes = field(repr=False)

    @property
    def message(self) -> EmailMessage:
        message = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    def body(self, kind: str = "plain") -> str:
        """Return the decoded text/plain or text/html part."""
        part = self.message.get_body((kind,))
        assert part is not None, f"the message has no {kind} part"
        return str(part.get_content())


class SmtpServer:
    """Listens on a free port of 127.0.0.1. `received` has the accepted messages, in order."""

    def __init__(
        self,
        *,
        username: str = "",
        password: str = "",
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
    ) -> None:
        self.received: list[ReceivedEmail] = []
        self.attempts = 0  # messages offered, accepted or not
        self.connections = 0  # connections opened so far
        self.host = "127.0.0.1"
        self.port = 0
        self.username, self.password = username, password
        self._tls, self._starttls = tls, starttls
        self.offers_smtputf8 = True
        self._rejections: deque[str] = deque()
        self._recipient_rejections: deque[str] = deque()
        self._auth_rejection: str | None = None
        self._hangs: deque[Moment] = deque()
        self._reply_delay_seconds = 0.0
        self._released = asyncio.Event()
        self._changed = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._transports: set[asyncio.BaseTransport] = set()

    def reject(self, *replies: str) -> None:
        """Answer the dot of each of the next messages with one of these replies."""
        self._rejections.extend(replies)

    def reject_recipients(self, *replies: str) -> None:
        """Answer RCPT of each of the next messages with one of these replies."""
        self._recipient_rejections.extend(replies)

    def reject_auth(self, reply: str | None = "535 5.7.8 wrong user or password") -> None:
        """Answer AUTH with this reply from now on; None: check the password again."""
        self._auth_rejection = reply

    def hang(self, moment: Moment, times: int = 1) -> None:
        """Give the next messages no answer at that moment, until `release`."""
        self._released.clear()
        self._hangs.extend([moment] * times)

    def release(self) -> None:
        """Answer what hangs, and end every hang and delay."""
        self._hangs.clear()
        self._reply_delay_seconds = 0.0
        self._released.set()

    def delay_replies(self, seconds: float) -> None:
        """Delay the replies to MAIL, RCPT and the dot by `seconds` each, until `release`."""
        self._released.clear()
        self._reply_delay_seconds = seconds

    async def wait_for(self, count: int, deadline: float = DEADLINE_SECONDS) -> list[ReceivedEmail]:
        """Return the messages once there are `count`. Raise TimeoutError with what came."""
        try:
            async with asyncio.timeout(deadline), self._changed:
                await self._changed.wait_for(lambda: len(self.received) >= count)
        except TimeoutError:
            subjects = [email.subject for email in self.received]
            raise TimeoutError(f"expected {count} messages, received {subjects}") from None
        return list(self.received)

    async def wait_for_attempts(self, count: int, deadline: float = DEADLINE_SECONDS) -> None:
        """Wait until `count` messages were offered, accepted or not."""
        async with asyncio.timeout(deadline), self._changed:
            await self._changed.wait_for(lambda: self.attempts >= count)

    def drop_connections(self) -> None:
        """Close every connection, as servers do with idle ones."""
        for transport in list(self._transports):
            with contextlib.suppress(RuntimeError):
                transport.close()

    @property
    def open_connections(self) -> int:
        return len(self._transports)

    def add_transport(self, transport: asyncio.BaseTransport) -> None:
        self._transports.add(transport)
        self.connections += 1

    def remove_transport(self, transport: asyncio.BaseTransport) -> None:
        self._transports.discard(transport)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()

        def connect() -> SMTP:
            with warnings.catch_warnings():
                # It warns about AUTH without TLS, which does not matter on loopback.
                warnings.simplefilter("ignore", UserWarning)
                return _Connection(
                    self,
                    hostname="mail.test",
                    loop=loop,
                    authenticator=self._authenticate,
                    auth_required=bool(self.username),
                    auth_require_tls=False,
                    tls_context=self._starttls,
                    enable_SMTPUTF8=self.offers_smtputf8,
                )

        self._server = await loop.create_server(connect, self.host, self.port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the listener and every connection. Entering again reuses the port."""
        self.release()
        if self._server is not None:
            self._server.close()
            self.drop_connections()
            await self._server.wait_closed()
            self._server = None

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        if self._auth_rejection is not None:
            # handled: the reply is ours, not aiosmtpd's.
            server.loop.create_task(server.push(self._auth_rejection))
            return AuthResult(success=False, handled=True)
        is_known = isinstance(data, LoginPassword) and (
            data.login.decode(),
            data.password.decode(),
        ) == (self.username, self.password)
        return AuthResult(success=is_known, handled=False)

    async def _hang_at(self, moment: Moment) -> None:
        if self._hangs and self._hangs[0] is moment:
            self._hangs.popleft()
            await self._released.wait()

    async def _delay(self) -> None:
        if self._reply_delay_seconds:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._reply_delay_seconds):
                    await self._released.wait()

    async def _notify_waiters(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def handle_MAIL(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._delay()
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.attempts += not envelope.rcpt_tos
        await self._notify_waiters()
        await self._hang_at(Moment.BEFORE_DOT)
        await self._delay()
        if self._recipient_rejections:
            return self._recipient_rejections.popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self._rejections:
            return self._rejections.popleft()
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        sender = envelope.mail_from or ""
        self.received.append(ReceivedEmail(sender, tuple(envelope.rcpt_tos), raw))
        await self._notify_waiters()
        await self._hang_at(Moment.AFTER_DOT)
        await self._delay()
        return "250 OK"


class _Connection(SMTP):
    """aiosmtpd's protocol, registered with the server so that it can be dropped."""

    def __init__(self, owner: SmtpServer, **options: Any) -> None:
        super().__init__(owner, **options)
        self._owner = owner

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._owner.add_transport(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self.transport is not None:
            self._owner.remove_transport(self.transport)
        super().connection_lost(error)
