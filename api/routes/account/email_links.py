"""Routes of /auth that mail a link or use a mailed one: registration, forgotten password.

They take no Idempotency-Key: a saved response would store its tokens in the database.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from api.http import rate_limits
from api.http.dependencies import OpenResources, bearer_token
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from api.http.refresh_cookie import BrowserCookie
from api.routes.account.account_fields import (
    Email,
    LinkToken,
    Locale,
    NewPassword,
    PersonName,
    ZoneName,
    absent,
)
from api.routes.account.auth import CallingDevice, SignInShape, sign_in_response
from shared.accounts import password_change, registration
from shared.accounts.authentication.credentials import authenticate
from shared.accounts.registration import Registration
from shared.clock import monotonic
from shared.contract.base import Body, Shape
from shared.contract.sign_in import ChallengeShape
from shared.errors import Unauthenticated

router = APIRouter(tags=["auth"])

# Longer than the extra work for a known address (a few rows, a job), shorter than a user notices.
MIN_RESPONSE_SECONDS = 0.3


class Registering(Body):
    email: Email
    password: NewPassword
    name: PersonName
    time_zone: ZoneName = Field(default_factory=absent, description="Default: that of the site.")
    locale: Locale = Field(default_factory=absent, description="Default: that of the site.")
    invitation_token: LinkToken = Field(
        "", description="From the mail of an invitation; needed while registration is closed."
    )


class Address(Body):
    email: Email


class Token(Body):
    token: LinkToken


class Verifying(Token):
    password: NewPassword | None = Field(
        default=None,
        description="For an account without a password, such as one that an administrator made: "
        "without it, the answer is `password_required` and the link stays good.",
    )


class Resetting(Token):
    password: NewPassword


class AcceptedShape(Shape):
    """The same answer for a known and an unknown address."""

    status: Literal["accepted"] = "accepted"


@router.post("/auth/register", status_code=202, responses=problem_responses(403, 422, 429))
async def register(
    body: Registering, resources: OpenResources, device: CallingDevice, limits: Limits
) -> AcceptedShape:
    """Register an account and mail a link to its address.

    The answer is the same for an address that is registered already.
    """
    await limits.take(rate_limits.REGISTER, rate_limits.MAIL_TO_ADDRESS, account=body.email)
    async with _minimum_duration():
        site = resources.settings.site
        fields = Registration(
            body.email,
            body.password.get_secret_value(),
            body.name,
            body.time_zone or site.default_time_zone,
            body.locale or site.default_locale,
            body.invitation_token,
        )
        await registration.register(resources, fields, device)
    return AcceptedShape()


@router.post(
    "/auth/verify-email",
    responses=problem_responses(401, 403, 422, 429, 503),
    # Beside the token: an alternative without any, since only a changed address needs a session.
    openapi_extra={"security": [{}]},
)
async def verify_email(
    body: Verifying,
    response: Response,
    resources: OpenResources,
    device: CallingDevice,
    limits: Limits,
    cookie: BrowserCookie,
    access_token: Annotated[str | None, Depends(bearer_token)],
) -> SignInShape | ChallengeShape:
    """Verify an address by its mailed link, and sign this device in.

    A link for a change of address needs the access token of that account. A link to an account without
    a password needs one.
    """
    await limits.take(rate_limits.LINK_TOKEN)
    if cookie.is_requested:
        cookie.check_origin()
    actor = None
    # An expired access token must not block a link that needs none.
    with contextlib.suppress(Unauthenticated):
        actor = await authenticate(resources, access_token or "", device.address)
    password = body.password.get_secret_value() if body.password else None
    outcome = await registration.verify_email(resources, body.token, device, actor, password)
    return sign_in_response(response, cookie, outcome)


@router.post("/auth/resend-verification", status_code=202, responses=problem_responses(422, 429))
async def resend_verification(
    body: Address, resources: OpenResources, device: CallingDevice, limits: Limits
) -> AcceptedShape:
    """Mail another verification link, if the address is registered and unverified."""
    await limits.take(rate_limits.MAIL_TO_ADDRESS, rate_limits.MAIL_BY_NETWORK, account=body.email)
    async with _minimum_duration():
        await registration.resend_verification(resources, body.email, device)
    return AcceptedShape()


@router.post("/auth/forgot-password", status_code=202, responses=problem_responses(422, 429))
async def forgot_password(
    body: Address, resources: OpenResources, device: CallingDevice, limits: Limits
) -> AcceptedShape:
    """Mail a link to set a new password, if an account has the address."""
    await limits.take(rate_limits.MAIL_TO_ADDRESS, rate_limits.MAIL_BY_NETWORK, account=body.email)
    async with _minimum_duration():
        await password_change.forgot_password(resources, body.email, device)
    return AcceptedShape()


@router.post("/auth/reset-password", status_code=204, responses=problem_responses(422, 429, 503))
async def reset_password(
    body: Resetting, resources: OpenResources, device: CallingDevice, limits: Limits
) -> Response:
    """Set a new password by its mailed link, and sign every device out."""
    await limits.take(rate_limits.LINK_TOKEN)
    await password_change.reset_password(
        resources, body.token, body.password.get_secret_value(), device
    )
    return Response(status_code=204)


@asynccontextmanager
async def _minimum_duration() -> AsyncIterator[None]:
    """Take at least MIN_RESPONSE_SECONDS for the block, however it ends.

    The duration then does not reveal whether the address is known.
    """
    ends_at = monotonic() + MIN_RESPONSE_SECONDS
    try:
        yield
    finally:
        await asyncio.sleep(ends_at - monotonic())
