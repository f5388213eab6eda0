"""The interface for sending mail, and the choice between an SMTP server and the development mailbox."""

from typing import Protocol

from shared.clock import Clock
from shared.ids import JobId
from shared.settings import Settings
from worker.mail.folder_mailer import FolderMailer
from worker.mail.renderer import EmailMessage
from worker.mail.smtp_mailer import SmtpMailer


class Mailer(Protocol):
    async def send(self, email: EmailMessage, job_id: JobId) -> str:
        """Send the mail; return the server's answer, as logs may show it. Raise a Failure.

        The Message-ID depends on the job alone.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


def open_mailer(settings: Settings, clock: Clock) -> Mailer:
    """Return an SMTP mailer if MAIL_SERVER is set, else the mailer of the development mailbox."""
    if settings.mail.server:
        return SmtpMailer(settings, clock)
    return FolderMailer(settings, clock)
