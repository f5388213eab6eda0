"""Routes of /auth and /ws-ticket: registering, signing in, sessions, links in mails.

None of them takes an Idempotency-Key: what they answer is secret, and an answer that is saved
would stand in the database as it is.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Header, Response
from pydantic import Field, SecretStr

from api.http import rate_limits
from api.http.dependencies import ClientAddress, CurrentActor, OpenResources, PathId, bearer_token
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from api.http.refresh_cookie import BrowserCookie
from api.routes.account_fields import (
    Email,
    LinkToken,
    Locale,
    NewPassword,
    Password,
    PersonName,
    TypedEmail,
    ZoneName,
)
from shared.accounts import password_change, queries, registration
from shared.accounts.authentication import sessions, sign_in
from shared.accounts.authentication.sessions import Device, IssuedTokens
from shared.accounts.authentication.tickets import issue_ticket
from shared.accounts.queries import authenticate
from shared.accounts.registration import Registration
from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.base import Body, Shape
from shared.contract.shapes import SessionShape
from shared.errors import Unauthenticated
from shared.ids import SessionId
from shared.logs import request_id
from shared.resources import Resources

router = APIRouter(tags=["auth"])

# More than what differs between a known and an unknown address (a few rows, a job), less than
# what a person feels.
EVEN_SECONDS = 0.3


class Registering(Body):
    email: Email
    password: NewPassword
    name: PersonName
    time_zone: ZoneName = "UTC"
    locale: Locale = "en"


class Credentials(Body):
    email: TypedEmail
    password: Password


class Address(Body):
    email: Email


class Token(Body):
    token: LinkToken


class Resetting(Token):
    password: NewPassword


class Refreshing(Body):
    refresh_token: Annotated[str, Field(max_length=200)] | None = None


class AcceptedShape(Shape):
    """The same, whatever was found."""

    status: Literal["accepted"] = "accepted"


class SignInShape(Shape):
    access_token: str
    refresh_token: str | None = Field(description="Null for `Livelist-Client: web`: in a cookie.")
    token_type: Literal["bearer"] = "bearer"  # noqa: S105
    expires_in: int = Field(description="Seconds the access token lives.")


class TicketShape(Shape):
    ticket: str
    expires_in: int


class SessionsShape(Shape):
    items: list[SessionShape]


async def get_device(
    address: ClientAddress, user_agent: Annotated[str, Header(include_in_schema=False)] = ""
) -> Device:
    return Device(address, user_agent)


CallingDevice = Annotated[Device, Depends(get_device)]


@router.post("/auth/register", status_code=202, responses=problem_responses(403, 422, 429))
async def register(
    body: Registering, resources: OpenResources, device: CallingDevice, limits: Limits
) -> AcceptedShape:
    """A mail is on its way. The answer is the same for an address that is registered already."""
    await limits.take(rate_limits.REGISTER, rate_limits.MAIL_TO_ADDRESS, account=body.email)
    async with _even_time():
        wish = Registration(
            body.email, body.password.get_secret_value(), body.name, body.time_zone, body.locale
        )
        await registration.register(resources, wish, device)
    return AcceptedShape()


@router.post("/auth/verify-email", responses=problem_responses(401, 403, 422, 429))
async def verify_email(
    body: Token,
    response: Response,
    resources: OpenResources,
    device: CallingDevice,
    limits: Limits,
    cookie: BrowserCookie,
    access_token: Annotated[str | None, Depends(bearer_token)],
) -> SignInShape:
    """The address is verified, and this device is signed in.

    The link of a change of address counts only with the access token of that account.
    """
    await limits.take(rate_limits.LINK_TOKEN)
    if cookie.is_requested:
        cookie.check_origin()
    actor = None
    # A token that is over does not stand in the way of a link that needs none.
    with contextlib.suppress(Unauthenticated):
        actor = await authenticate(resources, access_token or "", device.address)
    signed_in = await registration.verify_email(resources, body.token, device, actor)
    return _answer(response, cookie, signed_in)


@router.post("/auth/resend-verification", status_code=202, responses=problem_responses(422, 429))
async def resend_verification(
    body: Address, resources: OpenResources, device: CallingDevice, limits: Limits
) -> AcceptedShape:
    """If the address waits to be verified, another link is on its way to it."""
    await limits.take(rate_limits.MAIL_TO_ADDRESS, rate_limits.MAIL_BY_NETWORK, account=body.email)
    async with _even_time():
        await registration.resend_verification(resources, body.email, device)
    return AcceptedShape()


@router.post("/auth/login", responses=problem_responses(401, 403, 422, 429, 503))
async def login(
    body: Credentials,
    response: Response,
    resources: OpenResources,
    device: CallingDevice,
    limits: Limits,
    cookie: BrowserCookie,
) -> SignInShape:
    """This device is signed in. Unknown address and wrong password are one and the same answer."""
    if cookie.is_requested:
        cookie.check_origin()
    signed_in = await _sign_in(resources, body.email, body.password, device, limits)
    return _answer(response, cookie, signed_in)


@router.post("/auth/token", responses=problem_responses(401, 403, 422, 429, 503))
async def login_with_form(
    username: Annotated[TypedEmail, Form(description="The e-mail address.")],
    password: Annotated[Password, Form()],
    response: Response,
    resources: OpenResources,
    device: CallingDevice,
    limits: Limits,
    cookie: BrowserCookie,
    grant_type: Annotated[Literal["password"], Form()] = "password",
) -> SignInShape:
    """As login, in the form of OAuth 2 that the documentation's Authorize button sends."""
    if cookie.is_requested:
        cookie.check_origin()
    return _answer(response, cookie, await _sign_in(resources, username, password, device, limits))


@router.post("/auth/refresh", responses=problem_responses(401, 403, 422, 429))
async def refresh(
    response: Response,
    resources: OpenResources,
    device: CallingDevice,
    limits: Limits,
    cookie: BrowserCookie,
    body: Refreshing | None = None,
) -> SignInShape:
    """New tokens for the old refresh token, which is spent. A copy used later ends the session."""
    await limits.take(rate_limits.REFRESH)
    refresh_token = body.refresh_token if body else None
    if refresh_token is None:
        refresh_token = cookie.read()
        cookie.is_requested = True
    if not refresh_token:
        raise Unauthenticated
    return _answer(response, cookie, await sessions.refresh(resources, refresh_token, device))


@router.post("/auth/logout", status_code=204, responses=problem_responses(401, 403, 422))
async def logout(
    resources: OpenResources,
    device: CallingDevice,
    access_token: Annotated[str | None, Depends(bearer_token)],
    cookie: BrowserCookie,
    body: Refreshing | None = None,
) -> Response:
    """The session is over. An expired access token will do with the refresh token beside it."""
    actor = await _whoever(resources, access_token, device)
    refresh_token = None
    if actor is None:
        refresh_token = (body.refresh_token if body else None) or cookie.read()
    async with resources.begin(request_id=request_id.get()) as work:
        if actor is None and refresh_token:
            actor = await sessions.find_actor_by_refresh_token(work, refresh_token)
        if actor is None:
            raise Unauthenticated
        await sessions.sign_out(work, actor)
    response = Response(status_code=204)
    cookie.clear(response)
    return response


@router.post("/auth/forgot-password", status_code=202, responses=problem_responses(422, 429))
async def forgot_password(
    body: Address, resources: OpenResources, device: CallingDevice, limits: Limits
) -> AcceptedShape:
    """If somebody has the address, a link to choose a new password is on its way to it."""
    await limits.take(rate_limits.MAIL_TO_ADDRESS, rate_limits.MAIL_BY_NETWORK, account=body.email)
    async with _even_time():
        await password_change.forgot_password(resources, body.email, device)
    return AcceptedShape()


@router.post("/auth/reset-password", status_code=204, responses=problem_responses(422, 429, 503))
async def reset_password(
    body: Resetting, resources: OpenResources, device: CallingDevice, limits: Limits
) -> Response:
    """The new password is in force, and every device is signed out."""
    await limits.take(rate_limits.LINK_TOKEN)
    await password_change.reset_password(
        resources, body.token, body.password.get_secret_value(), device
    )
    return Response(status_code=204)


@router.get("/auth/sessions", responses=problem_responses(401))
async def read_sessions(actor: CurrentActor, resources: OpenResources) -> SessionsShape:
    """The devices that are signed in."""
    async with resources.begin_read() as read:
        return SessionsShape(items=await queries.read_my_sessions(read, actor))


@router.delete("/auth/sessions", status_code=204, responses=problem_responses(401))
async def revoke_other_sessions(actor: CurrentActor, resources: OpenResources) -> Response:
    """Every other device is signed out."""
    async with resources.begin(request_id=request_id.get()) as work:
        await sessions.revoke_other_sessions(work, actor)
    return Response(status_code=204)


@router.delete(
    "/auth/sessions/{session_id}", status_code=204, responses=problem_responses(401, 404)
)
async def revoke_session(
    session_id: PathId, actor: CurrentActor, resources: OpenResources
) -> Response:
    """That device is signed out."""
    async with resources.begin(request_id=request_id.get()) as work:
        await sessions.revoke_session(work, actor, SessionId(session_id))
    return Response(status_code=204)


@router.post("/ws-ticket", tags=["live"], responses=problem_responses(401, 429))
async def ws_ticket(
    actor: CurrentActor, response: Response, resources: OpenResources, limits: Limits
) -> TicketShape:
    """A ticket that opens one socket, once, within 30 s."""
    await limits.take(rate_limits.SOCKET_TICKET, account=actor.user_id)
    async with resources.begin(request_id=request_id.get()) as work:
        ticket, seconds = await issue_ticket(work, actor)
    response.headers["Cache-Control"] = "no-store"
    return TicketShape(ticket=ticket, expires_in=seconds)


async def _sign_in(
    resources: Resources, email: str, password: SecretStr, device: Device, limits: Limits
) -> IssuedTokens:
    both = (rate_limits.SIGN_IN_BY_ACCOUNT, rate_limits.SIGN_IN_BY_NETWORK)
    await limits.take(*both, account=email)
    signed_in = await sign_in.sign_in(resources, email, password.get_secret_value(), device)
    # Only failures count: a script that signs in every minute is not guessing.
    await limits.refund(*both, account=email)
    return signed_in


async def _whoever(resources: Resources, access_token: str | None, device: Device) -> Actor | None:
    try:
        return await queries.authenticate(resources, access_token or "", device.address)
    except Unauthenticated:
        return None


def _answer(response: Response, cookie: BrowserCookie, signed_in: IssuedTokens) -> SignInShape:
    # RFC 6749, 5.1
    response.headers["Cache-Control"] = "no-store"
    if cookie.is_requested:
        cookie.write(response, signed_in.refresh_token)
    return SignInShape(
        access_token=signed_in.access_token,
        refresh_token=None if cookie.is_requested else signed_in.refresh_token,
        expires_in=signed_in.expires_in,
    )


@asynccontextmanager
async def _even_time() -> AsyncIterator[None]:
    """However the block ends, it took EVEN_SECONDS: what it found cannot be told from outside."""
    until = monotonic() + EVEN_SECONDS
    try:
        yield
    finally:
        await asyncio.sleep(until - monotonic())
