"""The development mailbox: /dev/mail, a page, and /dev/mail.json for programs.

Shows the mails that worker/mail/folder_mailer.py writes to DATA_DIR/mail while MAIL_SERVER is not
set. In production its routes return 404. The page has no script and no inline style; the HTML of a mail is
shown in a frame that can run nothing and only open links.
"""

from asyncio import to_thread
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from html import escape
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse

from api.http.middleware.security_headers import content_security_policy
from shared.contract.base import Instant, Shape
from shared.errors import NotFound
from shared.ids import is_id
from shared.settings import Settings

# Mails on the page. The clean-up keeps more files.
MAX_SHOWN = 200

# A link in a mail opens its page in a new tab; everything else is disabled.
_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    f"form-action 'none'; frame-ancestors 'self'; sandbox {_SANDBOX}"
)


class DevMail(Shape):
    id: str
    to: str
    subject: str
    text: str
    html: str
    at: Instant


async def mail_folder(request: Request) -> Path:
    """Return the folder of development mail. Raise NotFound in production."""
    settings: Settings = request.app.state.settings
    if settings.in_production:
        raise NotFound
    return settings.mail.folder


MailFolder = Annotated[Path, Depends(mail_folder)]
router = APIRouter(include_in_schema=False)


@router.get("/dev/mail.json")
async def list_mail(folder: MailFolder) -> list[DevMail]:
    """Return the newest mails, newest first."""
    return await to_thread(_read_all, folder)


@router.get("/dev/mail")
async def show_mail(
    request: Request,
    folder: MailFolder,
    open: str = "",  # noqa: A002
) -> HTMLResponse:
    """Return the page: the list of mails, and the open mail, which is the newest by default."""
    mails = await to_thread(_read_all, folder)
    opened = next((mail for mail in mails if mail.id == open), mails[0] if mails else None)
    policy = content_security_policy(request.app.state.settings) + "; frame-src 'self'"
    return HTMLResponse(_page(mails, opened), headers={"Content-Security-Policy": policy})


@router.get("/dev/mail/{mail_id}/html")
async def show_html(folder: MailFolder, mail_id: str) -> HTMLResponse:
    """Return the HTML part of a mail as its recipient sees it."""
    mail = await to_thread(_find, folder, mail_id)
    return HTMLResponse(mail.html, headers={"Content-Security-Policy": _MAIL_POLICY})


def _find(folder: Path, mail_id: str) -> DevMail:
    path = folder / f"{mail_id}.eml"
    if not is_id(mail_id) or not path.is_file():
        raise NotFound
    return _read(path)


def _read_all(folder: Path) -> list[DevMail]:
    # File names are ids, which sort by time. A file that is being written has another suffix.
    newest_first = sorted(folder.glob("*.eml"), reverse=True)[:MAX_SHOWN]
    return [_read(path) for path in newest_first if is_id(path.stem)]


def _read(path: Path) -> DevMail:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return DevMail(
        id=path.stem,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=_part(message, "plain"),
        html=_part(message, "html"),
        at=_date(message),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def _date(message: EmailMessage) -> datetime:
    return parsedate_to_datetime(str(message["Date"]))


def _page(mails: list[DevMail], opened: DevMail | None) -> str:
    rows = "".join(_row(mail, is_open=mail is opened) for mail in mails)
    reader = _reader(opened) if opened else _EMPTY
    return f"""<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Development mail</title>
    <link rel="icon" href="/web/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/web/dev-mail.css">
  </head>
  <body>
    <header><h1>Development mail</h1><a class="again" href="/dev/mail">Look again</a></header>
    <main>
      <nav aria-label="Mails"><ol>{rows}</ol></nav>
      {reader}
    </main>
  </body>
</html>
"""


_EMPTY = """<section class="empty"><h2>No mail yet</h2>
<p>Whatever Livelist mails while no MAIL_SERVER is set arrives here, for example when somebody
signs up. The worker has to be running.</p></section>"""


def _row(mail: DevMail, *, is_open: bool) -> str:
    current = ' aria-current="true"' if is_open else ""
    return (
        f'<li><a href="/dev/mail?open={mail.id}"{current}>'
        f'<span class="subject">{escape(mail.subject)}</span>'
        f'<span class="quiet">{escape(mail.to)}</span>'
        f'<time class="quiet" datetime="{mail.at.isoformat()}">{_clock(mail.at)}</time></a></li>'
    )


def _reader(mail: DevMail) -> str:
    return f"""<section class="reader" aria-label="The open mail">
  <h2>{escape(mail.subject)}</h2>
  <p class="quiet">to {escape(mail.to)}, {_clock(mail.at)}</p>
  <iframe title="The mail" sandbox="{_SANDBOX}" src="/dev/mail/{mail.id}/html"></iframe>
  <details><summary>As plain text</summary><pre>{escape(mail.text)}</pre></details>
</section>"""


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
