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


class Letters:
    def __init__(self, settings: Settings) -> None:
        self.keys = settings.signing_keys()
        self._facts = {"site": settings.mail_from_name, "home": settings.public_url}
        # A name that a template misspells is an error in a test, not a blank in a mail.
        self._html = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._text = self._html.overlay(autoescape=False)

    def link(self, page: str, token: str) -> str:
        """Returns a link into the web client; the token is in the fragment, which no server sees."""
        return f"{self._facts['home']}/{page}#token={token}"

    def todo_link(self, list_id: str, todo_id: str) -> str:
        return f"{self._facts['home']}/lists/{list_id}?todo={todo_id}"

    def write(self, template: str, to: str, subject: str, **facts: object) -> Letter:
        """Returns the letter of templates/<template>.html and .txt."""
        known = {**self._facts, **facts, "subject": subject}
        html = self._html.get_template(f"{template}.html").render(known)
        text = self._text.get_template(f"{template}.txt").render(known)
        # Loops and conditions of a template leave empty lines behind.
        text = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
        return Letter(header_text(to), header_text(subject), text, html)


def header_text(text: str) -> str:
    """Returns `text` as one line without control characters: nobody adds a header through a title."""
    spaced = "".join(" " if character.isspace() else character for character in text)
    return " ".join("".join(one for one in spaced if one.isprintable()).split())
