"""Hands letters over: to an SMTP server, or in development to a folder that /dev/mail shows.

How a failure is classified decides what becomes of the job (shared/jobs/retries.py):

    no connection, silence, 4xx     Transient
    silence after the final dot     Transient, unsure: the server may have taken it
    530, 534, 535, no STARTTLS,     Misconfigured: every mail would fail alike
    sender refused
    no such address, at RCPT        AddressRefused, which is Permanent (bounce_classification.py)
    other 5xx                       Permanent
"""

import asyncio
import os
import ssl
from dataclasses import dataclass
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import aiosmtplib
from fastapi_mail import ConnectionConfig, FastMail, MessageSchema, MessageType
from fastapi_mail.connection import Connection
from fastapi_mail.errors import ConnectionErrors
from fastapi_mail.schemas import MultipartSubtypeEnum
from pydantic import NameEmail, SecretStr

from shared.clock import Clock
from shared.ids import JobId, new_id
from shared.jobs.retries import AddressRefused, Failure, Misconfigured, Permanent, Transient
from shared.settings import Settings
from worker.mail.bounce_classification import refusal_of_address
from worker.mail.renderer import Letter
from worker.mail.smtp_connections import Connections

# One answer of a mail server; greylisting ones think for some seconds.
ANSWER_SECONDS = 10
# A whole mail: two slow answers. Less than a lease, so that one missed heartbeat loses no mail.
WHOLE_SECONDS = 22
_BadCertificate = ssl.SSLCertVerificationError
# "authentication required", "mechanism too weak", "credentials invalid", "encryption required"
_SETTINGS_ARE_WRONG = frozenset({530, 534, 535, 538})


class NotHandedOver(asyncio.CancelledError):
    """Sending was cancelled while the server had certainly not taken the mail."""


@dataclass
class _Mail:
    to: str
    content: bytes
    # From then on silence leaves in doubt whether the server took it.
    is_handed_over: bool = False


class _ConnectionOver(Exception):
    """The server ended a connection that we had kept."""


class Mailer(Protocol):
    async def send(self, letter: Letter, job_id: JobId) -> None:
        """The letter was taken. Raises a Failure. The same job has the same Message-ID for ever."""
        ...

    async def close(self) -> None:
        """Nothing is connected any more."""
        ...


def open_mailer(settings: Settings, clock: Clock) -> Mailer:
    """Returns the mailer the settings ask for."""
    if settings.mail.server:
        return SmtpMailer(settings)
    return FolderMailer(settings, clock)


def message_id(job_id: JobId, settings: Settings) -> str:
    return f"<{job_id}@{urlsplit(settings.web.public_url).hostname}>"


class SmtpMailer:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # Every field is given: the class would read the rest from the environment itself.
        self._config = ConnectionConfig(
            MAIL_USERNAME=settings.mail.username,
            MAIL_PASSWORD=SecretStr(settings.mail.password.get_secret_value()),
            MAIL_PORT=settings.mail.port,
            MAIL_SERVER=settings.mail.server,
            MAIL_STARTTLS=settings.mail.starttls and not settings.mail.ssl_tls,
            MAIL_SSL_TLS=settings.mail.ssl_tls,
            MAIL_DEBUG=0,
            MAIL_FROM=settings.mail.sender_address,
            MAIL_FROM_NAME=settings.mail.sender_name,
            TEMPLATE_FOLDER=None,
            SUPPRESS_SEND=0,
            USE_CREDENTIALS=bool(settings.mail.username),
            VALIDATE_CERTS=True,
            TIMEOUT=ANSWER_SECONDS,
            # Without it the library asks the resolver for this machine's name, which may hang.
            LOCAL_HOSTNAME=urlsplit(settings.web.public_url).hostname,
            CERT_BUNDLE=None,
        )
        self._connections = Connections(self._connect)

    async def send(self, letter: Letter, job_id: JobId) -> None:
        message = await self._build(letter, job_id)
        mail = _Mail(letter.to, message.as_bytes())
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                while not await self._hand_over(mail):
                    pass  # as often as there were idle connections that the server has ended
        except Failure:
            raise
        except asyncio.CancelledError:
            if mail.is_handed_over:
                raise
            raise NotHandedOver from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            raise _classify(error, is_handed_over=mail.is_handed_over) from error

    async def close(self) -> None:
        await self._connections.close()

    async def _hand_over(self, mail: "_Mail") -> bool:
        """The server has taken the mail; False: a kept connection was not one any more."""
        try:
            async with self._connections.use() as kept:
                try:
                    await self._announce(kept.session, mail.to)
                except aiosmtplib.SMTPException as error:
                    if kept.mails and _is_over(error):
                        raise _ConnectionOver from error
                    raise
                mail.is_handed_over = True
                await kept.session.data(mail.content)
        except _ConnectionOver:
            return False
        return True

    async def _announce(self, session: aiosmtplib.SMTP, to: str) -> None:
        options, encoding = await _address_terms(session, to)
        await session.mail(self._settings.mail.sender_address, options=options, encoding=encoding)
        await session.rcpt(to, encoding=encoding)

    async def _build(self, letter: Letter, job_id: JobId) -> Message:
        built = await FastMail(self._config).get_message(
            MessageSchema(
                # Checked when the account was made; here nothing looks at it again.
                recipients=[NameEmail(name="", email=letter.to)],
                subject=letter.subject,
                body=letter.text,
                subtype=MessageType.plain,
                alternative_body=letter.html,
                multipart_subtype=MultipartSubtypeEnum.alternative,
                headers={"Auto-Submitted": "auto-generated"} | _unsubscribing(letter),
            )
        )
        assert isinstance(built, Message)
        for part in built.walk():
            if part.is_multipart():
                # The library says base64 there, which RFC 2045 6.4 forbids: strict filters reject it.
                del part["Content-Transfer-Encoding"]
        # The library adds one of its own, and given one, adds both.
        del built["Message-ID"]
        built["Message-ID"] = message_id(job_id, self._settings)
        return built

    async def _connect(self) -> aiosmtplib.SMTP:
        connection = Connection(self._config)
        try:
            await connection._configure_connection()
        except ConnectionErrors as error:
            # It hides what went wrong in a sentence and leaves the socket open.
            if isinstance(getattr(connection, "session", None), aiosmtplib.SMTP):
                connection.session.close()
            raise _classify(error.__context__ or error, is_connecting=True) from error
        return connection.session


# The longest line RFC 5322 allows: at 78, Python writes a long link as an encoded word, which is none.
_WHOLE_LINES = SMTP.clone(linesep="\n", max_line_length=998)


class FolderMailer:
    """One .eml file a mail, complete from the moment it can be seen."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    async def send(self, letter: Letter, job_id: JobId) -> None:
        await asyncio.to_thread(self._write, self._build(letter, job_id))

    async def close(self) -> None:
        pass

    def _build(self, letter: Letter, job_id: JobId) -> EmailMessage:
        message = EmailMessage()
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = message_id(job_id, self._settings)
        message["From"] = formataddr(
            (self._settings.mail.sender_name, self._settings.mail.sender_address)
        )
        message["To"] = letter.to
        message["Subject"] = letter.subject
        for name, value in _unsubscribing(letter).items():
            message[name] = value
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        return message

    def _write(self, message: EmailMessage) -> None:
        folder: Path = self._settings.mail.folder
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{new_id()}.eml"
        part = path.with_suffix(".part")
        part.write_bytes(message.as_bytes(policy=_WHOLE_LINES))
        os.replace(part, path)


def _unsubscribing(letter: Letter) -> dict[str, str]:
    """Returns the header fields of RFC 8058; none for a mail that nobody can unsubscribe from."""
    if not letter.unsubscribe:
        return {}
    return {
        "List-Unsubscribe": f"<{letter.unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


async def _address_terms(session: aiosmtplib.SMTP, address: str) -> tuple[list[str], str]:
    """Returns the options of MAIL and the encoding of both addresses. Raises Permanent."""
    if address.isascii():
        return [], "ascii"
    await session.ehlo()  # without a sign-in nobody has asked yet what the server offers
    if not session.supports_extension("smtputf8"):
        raise Permanent("the mail server takes no addresses in other scripts")
    return ["SMTPUTF8"], "utf-8"


def _is_over(error: aiosmtplib.SMTPException) -> bool:
    # 421: "closing transmission channel", said to whatever came next.
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return error.code in (-1, 421)
    return isinstance(error, aiosmtplib.SMTPServerDisconnected)


def _classify(
    error: BaseException, *, is_handed_over: bool = False, is_connecting: bool = False
) -> Failure:
    """Returns what the error means for the job. Never quotes the server: it may name the person."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        if error.code < 200:  # no reply at all, or only half of one
            return Transient("the mail server stopped answering", unsure=is_handed_over)
        return _classify_reply(error, is_connecting=is_connecting)
    # For a STARTTLS or an AUTH that is not offered the library raises its base class itself.
    is_not_offered = is_connecting and type(error) is aiosmtplib.SMTPException
    if is_not_offered or isinstance(error, aiosmtplib.SMTPNotSupported | _BadCertificate):
        return Misconfigured("the mail server does not offer what the settings ask for")
    if isinstance(error, ValueError):
        return Permanent("the mail could not be written in the mail server's terms")
    return Transient(f"the mail server is away: {type(error).__name__}", unsure=is_handed_over)


def _classify_reply(error: aiosmtplib.SMTPResponseException, *, is_connecting: bool) -> Failure:
    why = f"the mail server answered {error.code}"
    if error.code in _SETTINGS_ARE_WRONG:
        return Misconfigured(f"{why}: it does not accept MAIL_USERNAME and MAIL_PASSWORD")
    if error.code < 500 or is_connecting:
        return Transient(why)
    if isinstance(error, aiosmtplib.SMTPSenderRefused):
        return Misconfigured(f"{why}: it does not accept MAIL_FROM")
    if isinstance(error, aiosmtplib.SMTPRecipientRefused):
        answer = refusal_of_address(error.code, error.message)
        if answer:
            return AddressRefused(f"the mail server answered {answer}", answer)
    return Permanent(why)
