"""Write mail to a folder, the development mailbox that /dev/mail shows."""

import asyncio
import os
from email.message import EmailMessage as MimeMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path

from shared.clock import Clock
from shared.ids import JobId, new_id
from shared.settings import Settings
from shared.settings.private_files import make_private_folder
from shared.text import smtp_address
from worker.mail.headers import message_id, optional_headers
from worker.mail.renderer import EmailMessage

# RFC 5322 allows lines of 998 characters. At Python's default of 78 a long link becomes an encoded
# word, which mail programs do not show as a link.
_LONG_LINES = SMTP.clone(linesep="\n", max_line_length=998)


class FolderMailer:
    """Write one .eml file for each mail. A file is complete as soon as it is visible."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    async def send(self, email: EmailMessage, job_id: JobId) -> str:
        """Write the mail to the folder."""
        await asyncio.to_thread(self._write, self._build(email, job_id))
        return "kept in the development mailbox"

    async def close(self) -> None:
        """Do nothing: no connection is open."""

    def _build(self, email: EmailMessage, job_id: JobId) -> MimeMessage:
        message = MimeMessage()
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = message_id(job_id, self._settings)
        message["From"] = formataddr(
            (self._settings.sender_name, smtp_address(self._settings.mail.sender_address))
        )
        message["To"] = smtp_address(email.to)
        message["Subject"] = email.subject
        for name, value in optional_headers(email).items():
            message[name] = value
        message.set_content(email.text)
        message.add_alternative(email.html, subtype="html")
        return message

    def _write(self, message: MimeMessage) -> None:
        folder: Path = self._settings.mail.folder
        make_private_folder(folder)
        path = folder / f"{new_id()}.eml"
        partial = path.with_suffix(".part")
        partial.write_bytes(message.as_bytes(policy=_LONG_LINES))
        os.replace(partial, path)
