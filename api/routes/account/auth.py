"""Routes of /auth: sign-in and tokens.

They take no Idempotency-Key: a saved response would store its tokens in the database.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Header, Response
from pydantic import Field

from api.http import rate_limits
from api.http.dependencies import ClientAddress, OpenResources, bearer_token
from api.http.problems import problem_responses
from api.http.rate_limits import Limits, RequestLimits
from api.http.refresh_cookie import BrowserCookie
from api.routes.account.account_fields import Password, TypedEmail
from shared.accounts.account import find_account
from shared.accounts.authentication import sessions, sign_in
from shared.accounts.authentication.challenges import Challenge, count_attempt
from shared.accounts.authentication.credentials import authenticate
from shared.accounts.authentication.devices import Device
from shared.accounts.authentication.second_step import finish_sign_in
from shared.accounts.authentication.sessions import IssuedTokens
from shared.actor import Actor
from shared.contract.base import Body, Instant, Shape
from shared.contract.sessions import SignInMethod
from shared.contract.sign_in import ChallengeShape, OpenedChallenge, SecondProof
from shared.errors import Unauthenticated
from shared.ids import UserId
from shared.resources import Resources

router = APIRouter(tags=["auth"])

_OF_PASSWORD = (rate_limits.SIGN_IN_BY_ACCOUNT, rate_limits.SIGN_IN_BY_NETWORK)


class Credentials(Body):
    email: TypedEmail
    password: Password


class ChallengeAnswer(OpenedChallenge):
    proof: SecondProof


class Refreshing(Body):
    refresh_token: Annotated[str, Field(max_length=200)] | None = None


class SignInShape(Shape):
    access_token: str
    refresh_token: str | None = Field(
        description="Null for `Livelist-Client: web`, which gets it in a cookie."
    )
    token_type: Literal["bearer"] = "bearer"  # noqa: S105
    expires_in: int = Field(description="Lifetime of the access token in seconds.")
    must_set_up_second_factor: bool = Field(
        description="The operator requires a second factor: until one is set up, every other route "
        "answers `second_factor_required`."
    )
    delete_at: Instant | None = Field(
        description="When the account is deleted, as its user asked. Until then the token is good for "
        "`/users/me/deletion` alone, where the user keeps the account. Null for every other account.",
    )


async def get_device(
    address: ClientAddress,
    cookie: BrowserCookie,
    user_agent: Annotated[str, Header(include_in_schema=False)] = "",
) -> Device:
    return Device(address, user_agent, cookie.device_token, cookie.is_new_device)


CallingDevice = Annotated[Device, Depends(get_device)]


@router.post("/auth/login", responses=problem_responses(401, 403, 422, 429, 503))
async def login(
    body: Credentials,
    response: Response,
    resources: OpenResources,
    device: CallingDevice,
    limits: Limits,
    cookie: BrowserCookie,
) -> SignInShape | ChallengeShape:
    """Sign this device in, or return a challenge for an account with a second factor.

    An unknown address and a wrong password get the same answer.
    """
    if cookie.is_requested:
        cookie.check_origin()
    await limits.take(*_OF_PASSWORD, account=body.email)
    password = body.password.get_secret_value()
    outcome = await sign_in.sign_in(resources, body.email, password, device)
    # Refund successes: only failed sign-ins count towards the limit. A script that signs in every
    # minute does not guess. A challenge is no success yet: its second step refunds the first.
    if isinstance(outcome, IssuedTokens):
        await limits.refund(*_OF_PASSWORD, account=body.email)
    return sign_in_response(response, cookie, outcome)


@router.post("/auth/challenge", responses=problem_responses(401, 403, 422, 429, 503))
async def answer_challenge(
    body: ChallengeAnswer,
    response: Response,
    resources: OpenResources,
    device: CallingDevice,
    limits: Limits,
    cookie: BrowserCookie,
) -> SignInShape:
    """Finish a sign-in by a proof of the second factor."""
    if cookie.is_requested:
        cookie.check_origin()
    await limits.take(rate_limits.SIGN_IN_BY_NETWORK)
    challenge = await count_attempt(resources, body.challenge)
    of_method = rate_limits.OF_METHODS.get(body.proof.method, ())
    await limits.take(*of_method, account=challenge.user_id)
    tokens = await finish_sign_in(resources, challenge, body.proof, device)
    await limits.refund(*of_method, account=challenge.user_id)
    await limits.refund(rate_limits.SIGN_IN_BY_NETWORK)
    if challenge.first_method is SignInMethod.PASSWORD:
        await _refund_password(resources, limits, challenge.user_id)
    return token_response(response, cookie, tokens)


@router.post("/auth/token", responses=problem_responses(401, 403, 422, 429, 503))
async def login_with_form(
    username: Annotated[TypedEmail, Form(min_length=1, description="The e-mail address.")],
    password: Annotated[Password, Form(min_length=1)],
    response: Response,
    resources: OpenResources,
    device: CallingDevice,
    limits: Limits,
    cookie: BrowserCookie,
    grant_type: Annotated[Literal["password"], Form()] = "password",
) -> SignInShape:
    """Sign in like `login`, with the OAuth 2 form that the documentation's Authorize button sends.

    It has no second step, so an account with a second factor is refused.
    """
    if cookie.is_requested:
        cookie.check_origin()
    await limits.take(*_OF_PASSWORD, account=username)
    outcome = await sign_in.sign_in(
        resources, username, password.get_secret_value(), device, has_second_step=False
    )
    # Never one, as the account is refused instead.
    assert isinstance(outcome, IssuedTokens)
    await limits.refund(*_OF_PASSWORD, account=username)
    return token_response(response, cookie, outcome)


@router.post("/auth/refresh", responses=problem_responses(401, 403, 422, 429))
async def refresh(
    response: Response,
    resources: OpenResources,
    device: CallingDevice,
    limits: Limits,
    cookie: BrowserCookie,
    body: Refreshing | None = None,
) -> SignInShape:
    """Exchange a refresh token for new tokens. Using the old one after 10 s ends the session."""
    await limits.take(rate_limits.REFRESH)
    refresh_token = body.refresh_token if body else None
    if refresh_token is None:
        refresh_token = cookie.read()
        cookie.is_requested = True
    if not refresh_token:
        raise Unauthenticated
    return token_response(
        response, cookie, await sessions.refresh(resources, refresh_token, device)
    )


@router.post("/auth/logout", status_code=204, responses=problem_responses(401, 403, 422))
async def logout(
    resources: OpenResources,
    device: CallingDevice,
    access_token: Annotated[str | None, Depends(bearer_token)],
    cookie: BrowserCookie,
    body: Refreshing | None = None,
) -> Response:
    """Sign out. Without a valid access token, the refresh token identifies the session."""
    actor = await _find_actor(resources, access_token, device)
    refresh_token = None
    if actor is None:
        refresh_token = (body.refresh_token if body else None) or cookie.read()
    async with resources.begin() as work:
        if actor is None and refresh_token:
            actor = await sessions.find_actor_by_refresh_token(work, refresh_token)
        if actor is None:
            raise Unauthenticated
        await sessions.sign_out(work, actor)
    response = Response(status_code=204)
    cookie.clear(response)
    return response


async def _refund_password(resources: Resources, limits: RequestLimits, user_id: UserId) -> None:
    """Refund the first step of a sign-in by password whose second step succeeded."""
    async with resources.single_read() as read:
        account = await find_account(read, user_id)
    if account is not None:
        await limits.refund(*_OF_PASSWORD, account=account.email)


async def _find_actor(
    resources: Resources, access_token: str | None, device: Device
) -> Actor | None:
    try:
        return await authenticate(resources, access_token or "", device.address)
    except Unauthenticated:
        return None


def sign_in_response(
    response: Response, cookie: BrowserCookie, outcome: IssuedTokens | Challenge
) -> SignInShape | ChallengeShape:
    """Return the tokens like `token_response`, or the challenge that comes before them."""
    if isinstance(outcome, Challenge):
        response.headers["Cache-Control"] = "no-store"
        return ChallengeShape(challenge=outcome.token, methods=outcome.methods)
    return token_response(response, cookie, outcome)


def token_response(response: Response, cookie: BrowserCookie, tokens: IssuedTokens) -> SignInShape:
    """Return the tokens as a response; set the refresh token as a cookie for browsers."""
    # RFC 6749, section 5.1
    response.headers["Cache-Control"] = "no-store"
    if cookie.is_requested:
        cookie.write(response, tokens.refresh_token)
    return SignInShape(
        access_token=tokens.access_token,
        refresh_token=None if cookie.is_requested else tokens.refresh_token,
        expires_in=tokens.expires_in,
        must_set_up_second_factor=tokens.must_set_up_second_factor,
        delete_at=tokens.delete_at,
    )
