"""What visitors may know about this site before they sign in."""

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from api.http.dependencies import OpenResources
from shared import version
from shared.contract.base import Shape

router = APIRouter(tags=["site"])

# Of the web client and the mails.
LANGUAGES = ("en",)


class SiteShape(Shape):
    name: str
    registration: Literal["open", "invited"] = Field(
        description="`invited`: only people who are invited to a list may register."
    )
    is_domain_limited: bool = Field(
        description="Whether addresses of some domains only may register. The domains are not public."
    )
    version: str
    languages: tuple[str, ...] = Field(description="Language tags (BCP 47).")
    help_url: str | None
    legal_url: str | None


@router.get("/site")
async def read_site(resources: OpenResources) -> SiteShape:
    """Read what the site is called, and who may register. Needs no sign-in."""
    settings = resources.settings
    return SiteShape(
        name=settings.mail.sender_name,
        registration="open" if settings.accounts.registration_open else "invited",
        is_domain_limited=bool(settings.accounts.allowed_email_domains),
        version=version.VERSION,
        languages=LANGUAGES,
        help_url=settings.web.help_url or None,
        legal_url=settings.web.legal_url or None,
    )
