"""Settings of what people see of a site: its name, its look, its links, and what new accounts begin with."""

import ipaddress
import re
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from shared import text
from shared.languages.texts import message
from shared.settings.logo import Logo, read_logo
from shared.settings.subject import SubjectSettings
from shared.zones import is_zone

# A longer name does not fit the title of a window, the sender of a mail, or a phone.
MAX_NAME = 60
# Two or three sentences: the form stays on the first screen of a phone.
MAX_SIGN_UP_TEXT = 500


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_link(value: str) -> bool:
    """Return True for https, for http to this machine, and for mailto."""
    try:
        parts = urlsplit(text.one_line(value))
        host = parts.hostname or ""
        _ = parts.port  # raises ValueError for a wrong one
    except ValueError:
        return False
    if any(character.isspace() for character in value):
        return False
    if parts.scheme == "mailto":
        return "@" in parts.path
    is_allowed = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))
    return is_allowed and bool(host) and parts.username is None


class SiteSettings(SubjectSettings):
    name: str = Field(
        "Livelist",
        alias="SITE_NAME",
        description="Name of the site: in the web client, in mails and in the API's documentation.",
    )
    logo_path: str = Field(
        "",
        alias="SITE_LOGO",
        description="PNG or SVG file of at most 256 KiB, about as wide as high. Default: Livelist's own.",
    )
    accent_colour: str = Field(
        "",
        alias="SITE_ACCENT_COLOUR",
        description="Colour of buttons and links, as #rrggbb; shown darker or lighter where it could not "
        "be read.",
    )
    sign_up_text: str = Field(
        "",
        alias="SITE_SIGN_UP_TEXT",
        description="Plain text of up to 500 characters on the page where people sign up.",
    )
    help_url: str = Field(
        "", alias="SITE_HELP_URL", description="Page with help for users: https or mailto."
    )
    imprint_url: str = Field(
        "", alias="SITE_IMPRINT_URL", description="Page that says who runs the site, likewise."
    )
    privacy_url: str = Field(
        "", alias="SITE_PRIVACY_URL", description="Page with the privacy policy, likewise."
    )
    terms_url: str = Field(
        "", alias="SITE_TERMS_URL", description="Page with the terms of use, likewise."
    )
    default_locale: str = Field(
        "en",
        alias="DEFAULT_LOCALE",
        description="Language tag of new accounts whose client sends none, such as en or pt-BR.",
    )
    default_time_zone: str = Field(
        "UTC",
        alias="DEFAULT_TIME_ZONE",
        description="Time zone of new accounts whose client sends none, such as Europe/Berlin.",
    )

    # In the order in which pages and mails show them.
    LINKS: ClassVar = ((message("Help"), "help_url"), (message("Imprint"), "imprint_url"),
                       (message("Privacy"), "privacy_url"), (message("Terms"), "terms_url"))  # fmt: skip

    @field_validator("name")
    @classmethod
    def check_name(cls, value: str) -> str:
        name = text.name(value)
        if not 1 <= len(name) <= MAX_NAME:
            raise ValueError(f"must have 1 to {MAX_NAME} characters")
        return name

    @field_validator("logo_path")
    @classmethod
    def check_logo(cls, value: str) -> str:
        if value:
            read_logo(Path(value))
        return value

    @field_validator("accent_colour")
    @classmethod
    def check_colour(cls, value: str) -> str:
        if value and not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
            raise ValueError("must look like #0b7265")
        return value.lower()

    @field_validator("sign_up_text")
    @classmethod
    def check_sign_up_text(cls, value: str) -> str:
        value = text.without_bidi_controls(text.clean(value))
        if len(value) > MAX_SIGN_UP_TEXT:
            raise ValueError(f"must have at most {MAX_SIGN_UP_TEXT} characters")
        return value

    @field_validator("help_url", "imprint_url", "privacy_url", "terms_url")
    @classmethod
    def check_link(cls, value: str) -> str:
        if value and not _is_link(value):
            raise ValueError(
                "must be an https:// or mailto: address (http:// only of this machine)"
            )
        return value

    @field_validator("default_locale")
    @classmethod
    def check_locale(cls, value: str) -> str:
        if len(value) > text.MAX_LOCALE or not re.fullmatch(text.LOCALE_PATTERN, value):
            raise ValueError("must be a language tag such as en or pt-BR")
        return value

    @field_validator("default_time_zone")
    @classmethod
    def check_time_zone(cls, value: str) -> str:
        if not is_zone(value):
            raise ValueError("must be a time zone such as Europe/Berlin, in this spelling")
        return value

    @property
    def logo(self) -> Logo | None:
        return read_logo(Path(self.logo_path)) if self.logo_path else None

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """The links that are set: what each is called, and its address."""
        named = ((label, str(getattr(self, field))) for label, field in self.LINKS)
        return tuple((label, url) for label, url in named if url)
