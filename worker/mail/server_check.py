"""Try the configured mail server step by step, and say in plain words what works and what does not.

For `./livelist testmail` and `./livelist doctor`. The worker itself uses worker/mail/smtp_mailer.py.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar
from urllib.parse import urlsplit

import aiosmtplib

from shared.settings import Settings
from worker.mail.server_answer import answer_of, shortened, sign_in_secrets
from worker.mail.smtp_errors import is_bad_certificate
from worker.mail.smtp_mailer import REPLY_SECONDS

# Name servers answer within a second; systems commonly ask the next one after five.
RESOLVE_SECONDS = 6
# Time limit for the connection alone: a firewall that drops packets answers nothing.
CONNECT_SECONDS = 6

Report = Callable[[str, str], None]
"""Called with the name of a step and what came of it, after each step that worked."""
Result = TypeVar("Result")


class StepFailed(Exception):
    """A step did not work. `advice` says what an operator can do."""

    def __init__(self, step: str, reason: str, advice: str) -> None:
        super().__init__(step, reason)
        self.step = step
        self.reason = reason
        self.advice = advice


@asynccontextmanager
async def open_session(settings: Settings, report: Report) -> AsyncIterator[aiosmtplib.SMTP]:
    """Yield a session that is ready for mail, and end it with QUIT. Raise StepFailed."""
    mail = settings.mail
    await _resolve(mail.server, mail.port, report)
    await _connect(mail.server, mail.port, report)
    session = aiosmtplib.SMTP(
        hostname=mail.server,
        port=mail.port,
        timeout=REPLY_SECONDS,
        use_tls=mail.ssl_tls,
        start_tls=False,
        validate_certs=True,
        local_hostname=urlsplit(settings.web.public_url).hostname,
    )
    try:
        await _greet(session, settings, report)
        if mail.starttls and not mail.ssl_tls:
            await _start_tls(session, settings, report)
        if not mail.ssl_tls and not mail.starttls:
            report(
                "TLS", "none: MAIL_STARTTLS and MAIL_SSL_TLS are false, mail is sent in the clear"
            )
        await _sign_in(session, settings, report)
        yield session
        await _quit(session)
    finally:
        session.close()


@contextmanager
def failures_of(
    step: str, settings: Settings, advice: Callable[[Exception], str]
) -> Iterator[None]:
    """Raise StepFailed for every error of the network and the mail server."""
    try:
        yield
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
        reason = shortened(answer_of(error), sign_in_secrets(settings.mail), keep_addresses=True)
        raise StepFailed(step, reason, advice(error)) from None


async def _within(seconds: float, step: str, action: Awaitable[Result], advice: str) -> Result:
    try:
        async with asyncio.timeout(seconds):
            return await action
    except TimeoutError:
        raise StepFailed(step, f"no answer within {seconds} s", advice) from None
    except (OSError, UnicodeError) as error:
        raise StepFailed(step, _reason(error), advice) from None


def _reason(error: OSError | UnicodeError) -> str:
    return (error.strerror if isinstance(error, OSError) else "") or str(error)


async def _resolve(host: str, port: int, report: Report) -> None:
    looking_up = asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    advice = f"Check MAIL_SERVER ({host}) and the name servers of this machine."
    found = await _within(RESOLVE_SECONDS, "resolve", looking_up, advice)
    addresses = dict.fromkeys(str(address[0]) for *_, address in found)
    report("resolve", f"{host} is {', '.join(addresses)}")


async def _connect(host: str, port: int, report: Report) -> None:
    advice = (
        f"Check MAIL_SERVER and MAIL_PORT ({port}; 587 is usual, 465 with MAIL_SSL_TLS=true), and that no "
        "firewall blocks the port: many providers block 25."
    )
    opening = asyncio.open_connection(host, port)
    _, writer = await _within(CONNECT_SECONDS, "connect", opening, advice)
    writer.transport.abort()
    report("connect", f"port {port} accepts connections")


async def _greet(session: aiosmtplib.SMTP, settings: Settings, report: Report) -> None:
    is_tls = settings.mail.ssl_tls
    step = "TLS" if is_tls else "greeting"

    def advice(error: Exception) -> str:
        if is_bad_certificate(error):
            return _CERTIFICATE
        if is_tls:
            return (
                "The server does not speak TLS from the first byte on this port: set "
                "MAIL_SSL_TLS=false and MAIL_STARTTLS=true for port 587."
            )
        return (
            "The server does not greet: it may expect TLS from the first byte (MAIL_SSL_TLS=true, port "
            "465), or refuse this machine."
        )

    with failures_of(step, settings, advice):
        greeting = await session.connect()
        await session.ehlo()
    if is_tls:
        report("TLS", f"from the first byte, {_tls_version(session)}")
    report("greeting", shortened(f"{greeting.code} {greeting.message}"))


_CERTIFICATE = (
    "MAIL_SERVER must be the name in the server's certificate, and the certificate must be signed by an "
    "authority that this machine knows."
)


async def _start_tls(session: aiosmtplib.SMTP, settings: Settings, report: Report) -> None:
    def advice(error: Exception) -> str:
        if is_bad_certificate(error):
            return _CERTIFICATE
        return (
            "Set MAIL_SSL_TLS=true with port 465 if the server has it; MAIL_STARTTLS=false sends mail "
            "and password in the clear, which only a server on this machine deserves."
        )

    with failures_of("STARTTLS", settings, advice):
        if not session.supports_extension("starttls"):
            raise ValueError("the server does not offer STARTTLS")
        await session.starttls(validate_certs=True)
    report("STARTTLS", f"encrypted, {_tls_version(session)}")


async def _sign_in(session: aiosmtplib.SMTP, settings: Settings, report: Report) -> None:
    mail = settings.mail
    if not mail.username:
        report("sign-in", "none: MAIL_USERNAME is empty")
        return

    def advice(error: Exception) -> str:
        if isinstance(error, aiosmtplib.SMTPAuthenticationError):
            return "Check MAIL_USERNAME and MAIL_PASSWORD; some providers want a password for apps."
        return "The server asks nobody to sign in on this connection: leave MAIL_USERNAME empty, or use TLS."

    with failures_of("sign-in", settings, advice):
        await session.ehlo()
        await session.login(mail.username, mail.password.get_secret_value())
    report("sign-in", "the server accepts MAIL_USERNAME and MAIL_PASSWORD")


async def _quit(session: aiosmtplib.SMTP) -> None:
    try:
        await session.quit()
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        pass  # what matters was answered before


def _tls_version(session: aiosmtplib.SMTP) -> str:
    info = session.get_transport_info("ssl_object")
    return str(info.version()) if info is not None else "TLS"
