"""Routes of mail preferences, for the holder of an unsubscribe link, without a sign-in.

The List-Unsubscribe header of a mail leads mail programs here (RFC 8058): they send POST, which
unsubscribes. GET, by a mail scanner or a user, changes nothing and redirects to a page that asks.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse
from pydantic import Field, StrictBool

from api.http import rate_limits
from api.http.dependencies import OpenResources
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from api.routes.account.email_links import AcceptedShape
from shared.contract.base import Body
from shared.contract.notifications import MailPreferencesShape, NotificationKind
from shared.notifications import unsubscribe_links
from shared.notifications.unsubscribe_links import Mails

router = APIRouter(tags=["notifications"], responses=problem_responses(422, 429))

_Token = Annotated[str, Field(max_length=100)]
_QueryToken = Annotated[str, Query(max_length=100)]


class MailLink(Body):
    token: _Token


class MailChoice(MailLink):
    mail: dict[NotificationKind, StrictBool] = Field(
        default_factory=dict, description="An absent kind stays as it is."
    )
    digest: StrictBool | None = Field(None, description="Null leaves it as it is.")


@router.get("/mail/unsubscribe", status_code=303, response_class=RedirectResponse)
async def show_unsubscribing(
    resources: OpenResources, token: _QueryToken, mails: Mails
) -> RedirectResponse:
    """Redirect to the page that asks before it unsubscribes. Following the link changes nothing."""
    page = f"{resources.settings.web.public_url}/mail-preferences"
    # The fragment is in no log and no Referer header. The URL is built from PUBLIC_URL, not from Host.
    return RedirectResponse(f"{page}#token={token}&mails={mails.value}", 303)


@router.post("/mail/unsubscribe")
async def unsubscribe(
    resources: OpenResources, limits: Limits, token: _QueryToken, mails: Mails
) -> AcceptedShape:
    """Unsubscribe from these mails. For mail programs: one click, without a sign-in."""
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
    """Read the mail preferences by a link's token. A POST keeps the token out of the URL."""
    await limits.take(rate_limits.UNSUBSCRIBE)
    async with resources.begin_read() as read:
        return await unsubscribe_links.read_mail_preferences(
            read, resources.settings.secrets.signing_keys(), body.token
        )


@router.patch("/mail/preferences")
async def edit_mail_preferences(
    resources: OpenResources, limits: Limits, body: MailChoice
) -> MailPreferencesShape:
    """Turn mails on or off by a link's token."""
    await limits.take(rate_limits.UNSUBSCRIBE)
    async with resources.begin() as work:
        return await unsubscribe_links.edit_mail_preferences(
            work,
            resources.settings.secrets.signing_keys(),
            body.token,
            body.mail,
            digest=body.digest,
        )
