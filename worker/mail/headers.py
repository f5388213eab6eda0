"""Header fields that every mailer sets in the same way."""

from urllib.parse import urlsplit

from shared.ids import JobId
from shared.settings import Settings
from worker.mail.renderer import EmailMessage


def message_id(job_id: JobId, settings: Settings) -> str:
    """Return the Message-ID. All attempts of a job have the same one, so duplicates can be detected."""
    return f"<{job_id}@{urlsplit(settings.web.public_url).hostname}>"


def optional_headers(email: EmailMessage) -> dict[str, str]:
    """Return Reply-To, and the header fields of RFC 8058, of a mail that has them."""
    headers = {"Reply-To": email.reply_to} if email.reply_to else {}
    if not email.one_click_url:
        return headers
    return headers | {
        "List-Unsubscribe": f"<{email.one_click_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
