"""Header fields that every mailer sets in the same way."""

from urllib.parse import urlsplit

from shared.ids import JobId
from shared.settings import Settings
from worker.mail.renderer import EmailMessage


def message_id(job_id: JobId, settings: Settings) -> str:
    """Return the Message-ID. All attempts of a job have the same one, so duplicates can be detected."""
    return f"<{job_id}@{urlsplit(settings.web.public_url).hostname}>"


def unsubscribe_headers(email: EmailMessage) -> dict[str, str]:
    """Return the header fields of RFC 8058, or none for a mail without an unsubscribe link."""
    if not email.one_click_url:
        return {}
    return {
        "List-Unsubscribe": f"<{email.one_click_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
