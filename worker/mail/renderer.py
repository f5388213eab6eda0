"""Writes letters from the templates: an HTML and a text part each, in one layout."""

import re
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.settings import Settings

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Letter:
    """A mail, but for its Message-ID. Header fields hold no control characters."""

    to: str
    subject: str
    text: str
    html: str
    # Where a mail program stops mails like this one with one POST (RFC 8058); empty: it cannot.
    unsubscribe: str = ""


class Letters:
    def __init__(self, settings: Settings) -> None:
        self.keys = settings.secrets.signing_keys()
        self._facts = {"site": settings.mail.sender_name, "home": settings.web.public_url}
        # A name that a template misspells is an error in a test, not a blank in a mail.
        self._html = Environment(
            loader=FileSystemLoader([TEMPLATES, TEMPLATES / "accounts"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._text = self._html.overlay(autoescape=False)

    def link(self, page: str, token: str) -> str:
        """Returns a link into the web client; the token is in the fragment, which no server sees."""
        return f"{self._facts['home']}/{page}#token={token}"

    @property
    def home(self) -> str:
        return self._facts["home"]

    def todo_link(self, list_id: str, todo_id: str) -> str:
        return f"{self._facts['home']}/lists/{list_id}?todo={todo_id}"

    def stop_link(self, token: str, mails: str) -> str:
        """Returns a link to the page where mails like this one are stopped."""
        return f"{self.link('mail-preferences', token)}&mails={mails}"

    def one_click(self, token: str, mails: str) -> str:
        """Returns the address of the same for mail programs: a fragment would not reach us."""
        return f"{self._facts['home']}/api/v1/mail/unsubscribe?mails={mails}&token={token}"

    def write(
        self,
        template: str,
        to: str,
        subject: str,
        *,
        stop: tuple[str, str] | None = None,
        **facts: object,
    ) -> Letter:
        """Returns the letter of templates/<template>.html and .txt.

        `stop` is the token of a reader who may stop such mails, and what they are called.
        """
        link = self.stop_link(*stop) if stop else ""
        known = {**self._facts, **facts, "subject": subject, "stop": link}
        html = self._html.get_template(f"{template}.html").render(known)
        text = self._text.get_template(f"{template}.txt").render(known)
        # Loops and conditions of a template leave empty lines behind.
        text = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
        one_click = self.one_click(*stop) if stop else ""
        return Letter(header_text(to), header_text(subject), text, html, one_click)


def header_text(text: str) -> str:
    """Returns `text` as one line without control characters: nobody adds a header through a title."""
    spaced = "".join(" " if character.isspace() else character for character in text)
    return " ".join("".join(one for one in spaced if one.isprintable()).split())
