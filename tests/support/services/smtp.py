"""A real SMTP server whose next answers a test decides.

async with SmtpServer() as smtp:
    smtp.refuse("451 4.3.0 try again later")      # the next message, after its dot
    smtp.hang(Moment.AFTER_DOT)                    # the next message: received, no answer
    ...
    messages = await smtp.wait_for(1, deadline=5)
"""

import asyncio
import contextlib
import warnings
from collections import deque
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import Enum
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Moment(Enum):
    """Where the server stops answering."""

    BEFORE_DOT = "before"  # at RCPT: the message was certainly not taken
    AFTER_DOT = "after"  # the message is kept, the client cannot know


@dataclass(frozen=True)
class Received:
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
        """Returns the decoded text/plain or text/html part."""
        part = self.message.get_body((kind,))
        assert part is not None, f"the message has no {kind} part"
        return str(part.get_content())


class SmtpServer:
    """Listens on a free port of 127.0.0.1. `received` holds what it has accepted, in order."""

    def __init__(self, *, username: str = "", password: str = "") -> None:
        self.received: list[Received] = []
        self.attempts = 0  # messages offered, taken or not
        self.connections = 0  # ever made
        self.host = "127.0.0.1"
        self.port = 0
        self.username, self.password = username, password
        self._refusals: deque[str] = deque()
        self._recipient_refusals: deque[str] = deque()
        self._refuse_auth: str | None = None
        self._hangs: deque[Moment] = deque()
        self._dawdles = 0.0
        self._released = asyncio.Event()
        self._changed = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._transports: set[asyncio.BaseTransport] = set()

    def refuse(self, *replies: str) -> None:
        """Each of the next messages gets one of these replies after its dot, and is not kept."""
        self._refusals.extend(replies)

    def refuse_recipients(self, *replies: str) -> None:
        """Each of the next messages gets one of these replies to RCPT: it is not even offered."""
        self._recipient_refusals.extend(replies)

    def refuse_auth(self, reply: str | None = "535 5.7.8 wrong user or password") -> None:
        """AUTH gets this reply from now on; None: the password decides again."""
        self._refuse_auth = reply

    def hang(self, moment: Moment, times: int = 1) -> None:
        """The next messages get no answer at that moment until `release`."""
        self._released.clear()
        self._hangs.extend([moment] * times)

    def release(self) -> None:
        """What hangs goes on, and nothing hangs or dawdles any more."""
        self._hangs.clear()
        self._dawdles = 0.0
        self._released.set()

    def dawdle(self, seconds: float) -> None:
        """MAIL, RCPT and the dot are each answered so late from now on, until `release`."""
        self._released.clear()
        self._dawdles = seconds

    async def wait_for(self, count: int, deadline: float = 10.0) -> list[Received]:
        """Returns the messages once there are `count`. Raises TimeoutError, saying what came."""
        try:
            async with asyncio.timeout(deadline), self._changed:
                await self._changed.wait_for(lambda: len(self.received) >= count)
        except TimeoutError:
            subjects = [one.subject for one in self.received]
            raise TimeoutError(f"{count} messages wanted, came: {subjects}") from None
        return list(self.received)

    async def wait_for_attempts(self, count: int, deadline: float = 10.0) -> None:
        """`count` messages were offered, taken or not."""
        async with asyncio.timeout(deadline), self._changed:
            await self._changed.wait_for(lambda: self.attempts >= count)

    def hang_up(self) -> None:
        """Every connection is ended, as an idle one is by any server sooner or later."""
        for transport in list(self._transports):
            with contextlib.suppress(RuntimeError):
                transport.close()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()

        def connect() -> SMTP:
            with warnings.catch_warnings():
                # That AUTH without TLS is unwise: not so on loopback, and TLS is not our subject.
                warnings.simplefilter("ignore", UserWarning)
                return _Connection(
                    self,
                    hostname="mail.test",
                    loop=loop,
                    authenticator=self._authenticate,
                    auth_required=bool(self.username),
                    auth_require_tls=False,
                    enable_SMTPUTF8=True,
                )

        self._server = await loop.create_server(connect, self.host, self.port)
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
        """Nothing listens, and every connection is gone. Entering again reuses the port."""
        self.release()
        if self._server is not None:
            self._server.close()
            self.hang_up()
            await self._server.wait_closed()
            self._server = None

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        if self._refuse_auth is not None:
            # handled: the reply is ours, not aiosmtpd's.
            server.loop.create_task(server.push(self._refuse_auth))
            return AuthResult(success=False, handled=True)
        known = isinstance(data, LoginPassword) and (
            data.login.decode(),
            data.password.decode(),
        ) == (self.username, self.password)
        return AuthResult(success=known, handled=False)

    async def _hang_at(self, moment: Moment) -> None:
        if self._hangs and self._hangs[0] is moment:
            self._hangs.popleft()
            await self._released.wait()

    async def _think(self) -> None:
        if self._dawdles:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._dawdles):
                    await self._released.wait()

    async def _note(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def handle_MAIL(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._think()
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.attempts += not envelope.rcpt_tos
        await self._note()
        await self._hang_at(Moment.BEFORE_DOT)
        await self._think()
        if self._recipient_refusals:
            return self._recipient_refusals.popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self._refusals:
            return self._refusals.popleft()
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        sender = envelope.mail_from or ""
        self.received.append(Received(sender, tuple(envelope.rcpt_tos), raw))
        await self._note()
        await self._hang_at(Moment.AFTER_DOT)
        await self._think()
        return "250 OK"


class _Connection(SMTP):
    """aiosmtpd's protocol; the server knows its transport, to be able to drop it."""

    def __init__(self, owner: SmtpServer, **options: Any) -> None:
        super().__init__(owner, **options)
        self._owner = owner

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._owner._transports.add(transport)
        self._owner.connections += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self.transport is not None:
            self._owner._transports.discard(self.transport)
        super().connection_lost(error)
