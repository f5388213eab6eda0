"""What visitors may know about this site before they sign in."""

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from api.http.dependencies import OpenResources
from api.http.paths import ASSETS
from shared import version
from shared.contract.base import Shape
from shared.settings import Settings

router = APIRouter(tags=["site"])

# Of the web client and the mails.
LANGUAGES = ("en",)


class SignInProviderShape(Shape):
    id: str
    name: str = Field(description="What its button says.")


class SiteShape(Shape):
    name: str
    registration: Literal["open", "invited"] = Field(
        description="`invited`: only people who are invited to a list may register."
    )
    is_domain_limited: bool = Field(
        description="Whether addresses of some domains only may register. The domains are not public."
    )
    sign_in_providers: list[SignInProviderShape] = Field(
        description="OpenID Connect providers, in the order of their buttons."
    )
    version: str
    languages: tuple[str, ...] = Field(description="Language tags (BCP 47).")
    logo_url: str | None = Field(
        description="Path of the operator's logo, a PNG or SVG image. Changes with its content."
    )
    accent_colour: str | None = Field(description="`#rrggbb`, as the operator set it.")
    sign_up_text: str = Field(description="Plain text for people who sign up.")
    help_url: str | None
    imprint_url: str | None
    privacy_url: str | None
    terms_url: str | None
    receives_mail: bool = Field(description="Whether lists can have mail addresses.")
    default_locale: str = Field(description="Of accounts whose client sends none.")
    default_time_zone: str = Field(description="Of accounts whose client sends none.")


@router.get("/site")
async def read_site(resources: OpenResources) -> SiteShape:
    """Read what the site is called, how it looks, and who may register. Needs no sign-in."""
    return site_shape(resources.settings)


def site_shape(settings: Settings) -> SiteShape:
    site = settings.site
    return SiteShape(
        name=site.name,
        registration="open" if settings.accounts.registration_open else "invited",
        is_domain_limited=bool(settings.accounts.allowed_email_domains),
        sign_in_providers=[
            SignInProviderShape(id=each.id, name=each.name) for each in settings.providers.known
        ],
        version=version.VERSION,
        languages=LANGUAGES,
        logo_url=f"{ASSETS}{site.logo.file_name}" if site.logo else None,
        accent_colour=site.accent_colour or None,
        sign_up_text=site.sign_up_text,
        help_url=site.help_url or None,
        imprint_url=site.imprint_url or None,
        privacy_url=site.privacy_url or None,
        terms_url=site.terms_url or None,
        receives_mail=bool(settings.inbound_mail.domain),
        default_locale=site.default_locale,
        default_time_zone=site.default_time_zone,
    )
