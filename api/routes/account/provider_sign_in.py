"""Routes of /auth/oidc and /users/me/identities: sign-in with OpenID Connect providers.

They take no Idempotency-Key: a saved response would store its tokens in the database.
"""

import contextlib
import logging
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Response
from pydantic import Field
from starlette.exceptions import HTTPException

from api.http import rate_limits
from api.http.dependencies import (
    ClientAddress,
    CurrentActor,
    OpenResources,
    PathId,
    RecentlyAuthenticated,
    bearer_token,
)
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from api.http.refresh_cookie import BrowserCookie
from api.routes.account.account_fields import LinkToken, Locale, ZoneName, absent
from api.routes.account.auth import CallingDevice, SignInShape, token_response
from api.routes.account.provider_cookie import SignInCookie
from shared.accounts.authentication.challenges import Challenge
from shared.accounts.authentication.credentials import authenticate
from shared.accounts.authentication.sessions import IssuedTokens
from shared.accounts.provider_sign_in import linking, sign_in
from shared.accounts.provider_sign_in.admission import Newcomer
from shared.accounts.provider_sign_in.authorization import AuthorizationResponse
from shared.accounts.provider_sign_in.id_tokens import MAX_TOKEN_LENGTH
from shared.accounts.provider_sign_in.provider_logout import log_out
from shared.accounts.provider_sign_in.sign_in import LinkRequired
from shared.contract.base import Body, Shape
from shared.contract.identities import IdentityShape
from shared.contract.sign_in import ChallengeShape
from shared.errors import NotFound, Unauthenticated
from shared.issuer_keys.signed_tokens import TokenRejected
from shared.languages.texts import message
from shared.resources import Resources
from shared.settings.external_sign_in.providers import Provider

router = APIRouter(tags=["auth"])

# Of a query: longer than the codes of any provider, which are at most an encrypted token.
MAX_PARAMETER_LENGTH = 4000

log = logging.getLogger(__name__)


class Finishing(Body):
    """The parameters of the address to which the provider sent the browser (RFC 6749, 4.1.2)."""

    state: str = Field(max_length=200)
    code: str | None = Field(None, max_length=MAX_PARAMETER_LENGTH)
    iss: str | None = Field(None, max_length=MAX_PARAMETER_LENGTH)
    error: str | None = Field(None, max_length=200)
    time_zone: ZoneName = Field(
        default_factory=absent, description="Of a new account. Default: that of the site."
    )
    locale: Locale = Field(
        default_factory=absent, description="Of a new account. Default: that of the site."
    )
    invitation_token: LinkToken = Field(
        "", description="From the mail of an invitation; needed while registration is closed."
    )


class ProviderChoice(Body):
    provider: str = Field(max_length=32, description="The `id` in `sign_in_providers` of the site.")


class LinkConfirmation(Body):
    token: LinkToken = Field(description="The `link_token` of a finished sign-in.")


class StartedSignInShape(Shape):
    url: str = Field(description="Where the browser goes.")


class ProviderSignInShape(Shape):
    outcome: Literal["signed_in", "challenge", "link_required", "linked"] = Field(
        description="`link_required`: an account has the address. Its user signs in to it, and sends "
        "`link_token` to /auth/oidc/links."
    )
    sign_in: SignInShape | None = Field(None, description="Of `signed_in`.")
    challenge: ChallengeShape | None = Field(
        None, description="Of `challenge`: the account has a second factor."
    )
    link_token: str | None = Field(None, description="Of `link_required`; ten minutes, once.")
    email: str | None = Field(None, description="Of `link_required`: the address of the account.")


class IdentitiesShape(Shape):
    items: list[IdentityShape]


async def find_provider(provider: str, resources: OpenResources) -> Provider:
    return _provider(resources, provider)


ChosenProvider = Annotated[Provider, Depends(find_provider)]


@router.post("/auth/oidc/{provider}/start", responses=problem_responses(403, 404, 422, 429, 503))
async def start_provider_sign_in(
    provider: ChosenProvider,
    response: Response,
    resources: OpenResources,
    limits: Limits,
    browser: BrowserCookie,
    cookie: SignInCookie,
) -> StartedSignInShape:
    """Begin to sign this browser in with a provider; only its cookie can finish that."""
    browser.check_origin()
    await limits.take(rate_limits.PROVIDER_START)
    return _started(response, cookie, await sign_in.start(resources, provider))


@router.post(
    "/auth/oidc/{provider}/finish",
    responses=problem_responses(401, 403, 404, 409, 422, 429, 503),
    # Beside the token: an alternative without any, since only linking needs a session.
    openapi_extra={"security": [{}]},
)
async def finish_provider_sign_in(
    provider: ChosenProvider,
    body: Finishing,
    response: Response,
    resources: OpenResources,
    device: CallingDevice,
    limits: Limits,
    browser: BrowserCookie,
    cookie: SignInCookie,
    access_token: Annotated[str | None, Depends(bearer_token)],
) -> ProviderSignInShape:
    """Sign the browser in, or link the identity, with what the provider sent it back with."""
    browser.check_origin()
    await limits.take(rate_limits.SIGN_IN_BY_NETWORK)
    actor = None
    with contextlib.suppress(Unauthenticated):
        actor = await authenticate(resources, access_token or "", device.address)
    site = resources.settings.site
    newcomer = Newcomer(
        body.time_zone or site.default_time_zone,
        body.locale or site.default_locale,
        body.invitation_token,
    )
    parameters = AuthorizationResponse(body.state, body.code, body.iss, body.error)
    outcome = await sign_in.finish(
        resources, provider, parameters, cookie.read(), device, newcomer=newcomer, actor=actor
    )
    # Only failed sign-ins count, as for passwords.
    await limits.refund(rate_limits.SIGN_IN_BY_NETWORK)
    cookie.clear(response)
    response.headers["Cache-Control"] = "no-store"
    match outcome:
        case IssuedTokens():
            tokens = token_response(response, browser, outcome)
            return ProviderSignInShape(outcome="signed_in", sign_in=tokens)
        case Challenge(token, methods):
            challenge = ChallengeShape(challenge=token, methods=methods)
            return ProviderSignInShape(outcome="challenge", challenge=challenge)
        case LinkRequired(token, email):
            return ProviderSignInShape(outcome="link_required", link_token=token, email=email)
        case _:
            return ProviderSignInShape(outcome="linked")


@router.post(
    "/auth/oidc/links", status_code=204, responses=problem_responses(401, 403, 409, 422, 429)
)
async def confirm_provider_link(
    body: LinkConfirmation, actor: RecentlyAuthenticated, resources: OpenResources, limits: Limits
) -> Response:
    """Link the identity of a finished sign-in to your account, to which you have just signed in."""
    await limits.take(rate_limits.LINK_TOKEN)
    async with resources.begin() as work:
        await linking.confirm_link(work, resources.settings, actor, body.token)
    return Response(status_code=204)


@router.post(
    "/auth/oidc/{provider}/backchannel-logout",
    response_class=Response,
    responses=problem_responses(400, 404, 422, 429, 503),
)
async def log_out_by_provider(
    provider: ChosenProvider,
    logout_token: Annotated[str, Form(min_length=1, max_length=MAX_TOKEN_LENGTH)],
    resources: OpenResources,
    address: ClientAddress,
    limits: Limits,
) -> Response:
    """End the sessions that a logout token names (OpenID Connect Back-Channel Logout 1.0).

    The provider sends it; the signature of the token is its credential.
    """
    await limits.take(rate_limits.PROVIDER_LOGOUT)
    try:
        await log_out(resources, provider, logout_token, address)
    except TokenRejected as rejected:
        log.warning("a logout token of provider %s was refused: %s", provider.id, rejected)
        raise HTTPException(
            400, message("The logout token is not accepted: {reason}.", reason=rejected)
        ) from None
    return Response(status_code=200, headers={"Cache-Control": "no-store"})


@router.get("/users/me/identities", tags=["users"], responses=problem_responses(401, 403))
async def read_identities(actor: CurrentActor, resources: OpenResources) -> IdentitiesShape:
    """List the sign-ins at other services that are linked to your account."""
    async with resources.single_read() as read:
        return IdentitiesShape(items=await linking.read_identities(read, resources.settings, actor))


@router.post(
    "/users/me/identities",
    tags=["users"],
    responses=problem_responses(401, 403, 404, 422, 429, 503),
)
async def start_linking(
    body: ProviderChoice,
    actor: RecentlyAuthenticated,
    response: Response,
    resources: OpenResources,
    limits: Limits,
    browser: BrowserCookie,
    cookie: SignInCookie,
) -> StartedSignInShape:
    """Begin to link a sign-in at a provider to your account. It is finished like a sign-in."""
    browser.check_origin()
    await limits.take(rate_limits.PROVIDER_START)
    provider = _provider(resources, body.provider)
    return _started(response, cookie, await sign_in.start(resources, provider, actor.user_id))


@router.delete(
    "/users/me/identities/{identity_id}",
    tags=["users"],
    status_code=204,
    responses=problem_responses(401, 403, 404, 409),
)
async def unlink_identity(
    identity_id: PathId, actor: RecentlyAuthenticated, resources: OpenResources
) -> Response:
    """Unlink a sign-in, and end the other sessions that it began. Never the last way to sign in."""
    async with resources.begin() as work:
        await linking.unlink_identity(work, resources.settings, actor, identity_id)
    return Response(status_code=204)


def _provider(resources: Resources, provider_id: str) -> Provider:
    provider = resources.settings.providers.find(provider_id)
    if provider is None:
        raise NotFound
    return provider


def _started(
    response: Response, cookie: SignInCookie, started: sign_in.StartedSignIn
) -> StartedSignInShape:
    cookie.write(response, started.browser_secret)
    response.headers["Cache-Control"] = "no-store"
    return StartedSignInShape(url=started.url)
