"""Which mails somebody gets, by a link out of one of them: no sign-in, and nothing but that.

A mail's header leads mail programs here (RFC 8058): they POST, and the mails stop. Whatever follows
the same address with GET, a scanner or a person, changes nothing: it is sent to the page that asks.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse
from pydantic import Field, StrictBool

from api.http import rate_limits
from api.http.dependencies import OpenResources
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from api.routes.auth import AcceptedShape
from shared.contract.base import Body
from shared.contract.notifications import MailPreferencesShape, NotificationKind
from shared.notifications import unsubscribe_links
from shared.notifications.unsubscribe_links import Mails

router = APIRouter(tags=["notifications"], responses=problem_responses(422, 429))

_Token = Annotated[str, Field(max_length=100)]
_InAddress = Annotated[str, Query(max_length=100)]


class MailLink(Body):
    token: _Token


class MailChoice(MailLink):
    mail: dict[NotificationKind, StrictBool] = Field(
        default_factory=dict, description="Absent: left as it is."
    )
    digest: StrictBool | None = Field(None, description="Null: left as it is.")


@router.get("/mail/unsubscribe", status_code=303, response_class=RedirectResponse)
async def show_unsubscribing(
    resources: OpenResources, token: _InAddress, mails: Mails
) -> RedirectResponse:
    """The page that asks whether these mails shall stop. Following the link stops nothing."""
    page = f"{resources.settings.web.public_url}/mail-preferences"
    # In the fragment, which is in no log and no Referer. Built from PUBLIC_URL, never from Host.
    return RedirectResponse(f"{page}#token={token}&mails={mails.value}", 303)


@router.post("/mail/unsubscribe")
async def unsubscribe(
    resources: OpenResources, limits: Limits, token: _InAddress, mails: Mails
) -> AcceptedShape:
    """Mails of that kind stop. For mail programs: one click, no sign-in, no question."""
    await limits.take(rate_limits.UNSUBSCRIBE)
    async with resources.begin() as work:
        await unsubscribe_links.unsubscribe(
            work, resources.settings.secrets.signing_keys(), token, mails
        )
    return AcceptedShape()


@router.post("/mail/preferences")
async def read_mail_preferences(
    resources: OpenResources, limits: Limits, body: MailLink
) -> MailPreferencesShape:
    """Which mails the holder of the link gets. A POST, for a token does not belong in an address."""
    await limits.take(rate_limits.UNSUBSCRIBE)
    async with resources.begin_read() as read:
        return await unsubscribe_links.read_mail_preferences(
            read, resources.settings.secrets.signing_keys(), body.token
        )


@router.patch("/mail/preferences")
async def edit_mail_preferences(
    resources: OpenResources, limits: Limits, body: MailChoice
) -> MailPreferencesShape:
    """The holder of the link gets these mails, or not."""
    await limits.take(rate_limits.UNSUBSCRIBE)
    async with resources.begin() as work:
        return await unsubscribe_links.edit_mail_preferences(
            work,
            resources.settings.secrets.signing_keys(),
            body.token,
            body.mail,
            digest=body.digest,
        )
