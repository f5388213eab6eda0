"""Send mail to an SMTP server, over connections that are reused for a moment.

An error before the DATA command means that the mail was certainly not sent. An error after it leaves
the delivery in doubt.
"""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiosmtplib
from fastapi_mail import ConnectionConfig
from fastapi_mail.connection import Connection
from fastapi_mail.errors import ConnectionErrors
from pydantic import SecretStr

from shared.clock import Clock
from shared.ids import JobId
from shared.jobs.retries import Failure, Permanent
from shared.settings import Settings
from shared.text import smtp_address
from worker.mail.headers import message_id, optional_headers
from worker.mail.mime import mime_bytes
from worker.mail.renderer import EmailMessage
from worker.mail.server_answer import answer_of, shortened, sign_in_secrets
from worker.mail.smtp_connections import SmtpConnectionPool
from worker.mail.smtp_errors import classify, is_connection_closed

# Time limit for one answer of a mail server. Greylisting servers take some seconds.
REPLY_SECONDS = 10
# Time limit for a whole mail: two slow answers. Shorter than a lease, so that one missed heartbeat
# loses no mail.
SEND_SECONDS = 22


class CancelledBeforeData(asyncio.CancelledError):
    """Sending was cancelled while the server had certainly not received the mail."""


@dataclass
class _Transmission:
    """One mail on its way. After `has_sent_data` a missing answer leaves the delivery in doubt."""

    to: str
    content: bytes
    has_sent_data: bool = False
    answer: str = ""


class _ConnectionClosed(Exception):
    """The server closed a reused connection before the mail was sent."""


class SmtpMailer:
    """Send mail to the server that the settings name."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        # Every field is given, because the class reads missing ones from the environment itself.
        # Not validated a second time: the class refuses senders of a .local domain.
        self._config = ConnectionConfig.model_construct(
            MAIL_USERNAME=settings.mail.username,
            MAIL_PASSWORD=SecretStr(settings.mail.password.get_secret_value()),
            MAIL_PORT=settings.mail.port,
            MAIL_SERVER=settings.mail.server,
            MAIL_STARTTLS=settings.mail.starttls and not settings.mail.ssl_tls,
            MAIL_SSL_TLS=settings.mail.ssl_tls,
            MAIL_DEBUG=0,
            MAIL_FROM=smtp_address(settings.mail.sender_address),
            MAIL_FROM_NAME=settings.sender_name,
            TEMPLATE_FOLDER=None,
            SUPPRESS_SEND=0,
            USE_CREDENTIALS=bool(settings.mail.username),
            VALIDATE_CERTS=True,
            TIMEOUT=REPLY_SECONDS,
            # Otherwise the library asks the resolver for this machine's name, which may hang.
            LOCAL_HOSTNAME=urlsplit(settings.web.public_url).hostname,
            CERT_BUNDLE=None,
        )
        self._connections = SmtpConnectionPool(self._connect)

    async def send(self, email: EmailMessage, job_id: JobId) -> str:
        """Send the mail; return the server's answer.

        Raise a Failure, or CancelledBeforeData when cancelled in time.
        """
        transmission = _Transmission(smtp_address(email.to), self._build(email, job_id))
        try:
            async with asyncio.timeout(SEND_SECONDS):
                while not await self._transmit(transmission):
                    pass  # once for each idle connection that the server has closed
            return self._shortened(transmission.answer)
        except Failure:
            raise
        except asyncio.CancelledError:
            if transmission.has_sent_data:
                raise
            raise CancelledBeforeData from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            failure = classify(error, has_sent_data=transmission.has_sent_data)
            failure.answer = self._shortened(answer_of(error))
            raise failure from error

    async def close(self) -> None:
        """Close all connections."""
        await self._connections.close()

    async def _transmit(self, transmission: _Transmission) -> bool:
        """Send the mail over one connection; return False if a reused one turned out to be closed."""
        try:
            async with self._connections.acquire() as connection:
                try:
                    await self._send_envelope(connection.session, transmission.to)
                except aiosmtplib.SMTPException as error:
                    if connection.mails_sent and is_connection_closed(error):
                        raise _ConnectionClosed from error
                    raise
                transmission.has_sent_data = True
                reply = await connection.session.data(transmission.content)
                transmission.answer = f"{reply.code} {reply.message}"
        except _ConnectionClosed:
            return False
        return True

    async def _send_envelope(self, session: aiosmtplib.SMTP, to: str) -> None:
        options, encoding = await _address_options(session, to)
        sender = smtp_address(self._settings.mail.sender_address)
        await session.mail(sender, options=options, encoding=encoding)
        await session.rcpt(to, encoding=encoding)

    def _build(self, email: EmailMessage, job_id: JobId) -> bytes:
        mail = self._settings.mail
        headers = {"Auto-Submitted": "auto-generated"} | optional_headers(email)
        return mime_bytes(
            email,
            (self._settings.sender_name, mail.sender_address),
            message_id(job_id, self._settings),
            headers,
            self._clock.now(),
        )

    async def _connect(self) -> aiosmtplib.SMTP:
        connection = Connection(self._config)
        try:
            await connection._configure_connection()
        except ConnectionErrors as error:
            # The library replaces the error by a sentence and leaves the socket open.
            if isinstance(getattr(connection, "session", None), aiosmtplib.SMTP):
                connection.session.close()
            cause = error.__context__ or error
            failure = classify(cause, is_connecting=True)
            failure.answer = self._shortened(answer_of(cause))
            raise failure from error
        return connection.session

    def _shortened(self, answer: str) -> str:
        return shortened(answer, sign_in_secrets(self._settings.mail))


async def _address_options(session: aiosmtplib.SMTP, address: str) -> tuple[list[str], str]:
    """Return the options of MAIL and the encoding of both addresses (RFC 6531). Raise Permanent."""
    if address.isascii():
        return [], "ascii"
    await session.ehlo()  # without authentication the session has not asked for extensions yet
    if not session.supports_extension("smtputf8"):
        raise Permanent("our mail server takes only addresses whose part before the @ is ASCII")
    return ["SMTPUTF8"], "utf-8"
