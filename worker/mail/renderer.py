"""Render mails from templates: an HTML part and a text part each, in a common layout."""

import copy
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.access import gate
from shared.access.policy import Action
from shared.inbound_mail.addresses import Mailed, reply_address
from shared.languages.catalogues import ENGLISH, direction, languages
from shared.languages.choice import language_of_account
from shared.languages.texts import Translator, message, translator
from shared.settings import Settings
from shared.text import email_key, without_bidi_controls

TEMPLATES = Path(__file__).parent / "templates"
# Mails that take replies begin with it, so that all below it is certainly a quote.
REPLY_LINE = message("Reply above this line to comment.")
# Of mails in all languages: a reply quotes the line of the mail that it answers.
REPLY_LINES = frozenset(translator(language).of(REPLY_LINE) for language in languages())


@dataclass(frozen=True)
class EmailMessage:
    """A mail without its Message-ID. `to` and `subject` hold no control characters."""

    to: str
    subject: str
    text: str
    html: str
    # Where mail programs unsubscribe by one POST (RFC 8058). Empty if that is not possible.
    one_click_url: str = ""
    # Where replies become comments. Empty: they go to the sender.
    reply_to: str = ""


class EmailRenderer:
    """Render templates, and build the links that mails hold."""

    def __init__(self, settings: Settings) -> None:
        # The texts of mails, in the language of the reader: see `speaking`.
        self.t: Translator = translator(ENGLISH)
        self.keys = settings.secrets.signing_keys()
        self.site_url = settings.web.public_url
        self.site_name = settings.site.name
        self._inbound_domain = settings.inbound_mail.domain
        self._providers = settings.providers.known
        self._site_links = settings.site.links
        self._html = Environment(
            loader=FileSystemLoader([TEMPLATES, TEMPLATES / "accounts"]),
            autoescape=True,
            # A misspelled name in a template raises in a test instead of leaving a gap in a mail.
            undefined=StrictUndefined,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._text = self._html.overlay(autoescape=False)

    def speaking(self, reader: Any) -> "EmailRenderer":
        """Return the renderer in the language of a reader, a row with `language` and `locale`."""
        speaking = copy.copy(self)
        speaking.t = translator(language_of_account(reader.language or "", reader.locale or ""))
        return speaking

    def link(self, page: str, token: str) -> str:
        """Return a link to a page of the web client. Servers never see the token in the fragment."""
        return f"{self.site_url}/{page}#token={token}"

    def todo_link(self, list_id: str, todo_id: str, comment_id: str | None = None) -> str:
        """Return a link to a todo; with `comment_id` the page scrolls to that comment."""
        link = f"{self.site_url}/lists/{list_id}?todo={todo_id}"
        return f"{link}&comment={comment_id}" if comment_id else link

    def settings_link(self, section: str) -> str:
        return f"{self.site_url}/settings#{section}"

    def reply_to(
        self, mailed: Mailed, row_id: str, email: str, role: str | None, now: datetime
    ) -> str:
        """Return the address for a reply to a mail about one todo; empty if none can become a comment.

        `row_id` is that of the notification or reminder, `role` that of the recipient in the list.
        """
        if not self._inbound_domain or not gate.role_allows(role, Action.WRITE_COMMENT):
            return ""
        key = email_key(email)
        return reply_address(self.keys, mailed, row_id, key, now, self._inbound_domain)

    def providers_for(self, email: str) -> list[str]:
        """Return the names of the providers that may begin an account with this address."""
        return [
            each.name for each in self._providers if each.sign_up and each.allows_address(email)
        ]

    def unsubscribe_link(self, token: str, mails: str) -> str:
        """Return a link to the page where the recipient unsubscribes from this category of mails."""
        return f"{self.link('mail-preferences', token)}&mails={mails}"

    def one_click_url(self, token: str, mails: str) -> str:
        """Return the URL for one-click unsubscribing. The token is in the query: servers must see it."""
        return f"{self.site_url}/api/v1/mail/unsubscribe?mails={mails}&token={token}"

    def render(
        self,
        template: str,
        to: str,
        subject: str,
        *,
        unsubscribe: tuple[str, str] | None = None,
        reply_to: str = "",
        **variables: object,
    ) -> EmailMessage:
        """Return the mail of templates/<template>.html and .txt.

        `unsubscribe` is the recipient's token and the category of mails, for recipients who may
        unsubscribe. `reply_to` is the address of `EmailRenderer.reply_to`.
        """
        known = {
            "site_name": self.site_name,
            "site_url": self.site_url,
            "site_links": self._site_links,
            "t": self.t,
            "counted": self.t.counted,
            "language": self.t.language,
            "direction": direction(self.t.language),
            **variables,
            "subject": subject,
            "reply_line": self.t.of(REPLY_LINE) if reply_to else "",
            "unsubscribe_link": self.unsubscribe_link(*unsubscribe) if unsubscribe else "",
        }
        html = self._html.get_template(f"{template}.html").render(known)
        text = self._text.get_template(f"{template}.txt").render(known)
        # Loops and conditions of a template leave empty lines behind.
        text = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
        one_click_url = self.one_click_url(*unsubscribe) if unsubscribe else ""
        return EmailMessage(
            header_text(to), header_text(subject), text, html, one_click_url, reply_to
        )


def _finalize(value: object) -> object:
    """Return a value as templates write it: the name of a user must not reorder the text around it.

    Names of accounts and lists that are older than this rule may hold such characters.
    """
    return without_bidi_controls(value) if type(value) is str else value


def header_text(text: str) -> str:
    """Return `text` as one line without control characters, so that a title cannot inject a header."""
    spaced = "".join(" " if character.isspace() else character for character in text)
    printable = "".join(character for character in spaced if character.isprintable())
    return " ".join(printable.split())
