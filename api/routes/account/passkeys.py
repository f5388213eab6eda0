"""Routes of /users/me/passkeys and /auth/passkey. docs/sign-in.md.

They take no Idempotency-Key: a ceremony is used once, and a saved response would store its tokens.
"""

from fastapi import APIRouter, Response

from api.http import rate_limits
from api.http.dependencies import CurrentActor, OpenResources, PathId, RecentlyAuthenticated
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from api.http.refresh_cookie import BrowserCookie
from api.http.responses import json_response
from api.routes.account.auth import CallingDevice, SignInShape, sign_in_response
from shared.accounts.authentication import second_step, step_up
from shared.accounts.passkeys import commands, queries, sign_in
from shared.accounts.passkeys.verification import Assertion, Attestation
from shared.contract.passkeys import (
    AddedPasskeyShape,
    NewPasskeyBody,
    PasskeyAssertion,
    PasskeyCreationOptions,
    PasskeyNameBody,
    PasskeyRequestOptions,
    PasskeyShape,
)
from shared.contract.shapes import Items
from shared.contract.sign_in import ChallengeShape, OpenedChallenge
from shared.ids import PasskeyId

router = APIRouter()
_NO_STORE = "no-store"


@router.get("/users/me/passkeys", tags=["users"], responses=problem_responses(401, 403))
async def read_passkeys(actor: CurrentActor, resources: OpenResources) -> Items[PasskeyShape]:
    """List your passkeys, newest first."""
    async with resources.single_read() as read:
        return Items(items=tuple(await queries.read_passkeys(read, actor)))


@router.post(
    "/users/me/passkeys/options",
    tags=["users"],
    responses=problem_responses(401, 403, 409, 429),
)
async def begin_passkey(
    actor: RecentlyAuthenticated, response: Response, resources: OpenResources, limits: Limits
) -> PasskeyCreationOptions:
    """Get the options with which your browser makes a passkey, within five minutes."""
    await limits.take(rate_limits.PASSKEY_CEREMONY, account=actor.user_id)
    response.headers["Cache-Control"] = _NO_STORE
    async with resources.begin() as work:
        return await commands.begin_registration(work, resources.settings, actor)


@router.post(
    "/users/me/passkeys",
    status_code=201,
    response_model=AddedPasskeyShape,
    tags=["users"],
    responses=problem_responses(401, 403, 409, 422, 429),
)
async def add_passkey(
    body: NewPasskeyBody, actor: RecentlyAuthenticated, resources: OpenResources, limits: Limits
) -> Response:
    """Add the passkey that your browser made. With your first second factor you get recovery codes."""
    await limits.take(rate_limits.PASSKEY_CEREMONY, account=actor.user_id)
    shape = await commands.add_passkey(
        resources, actor, body.name, body.transports, Attestation.of(body)
    )
    return json_response(shape, 201, {"Cache-Control": _NO_STORE})


@router.patch(
    "/users/me/passkeys/{passkey_id}",
    tags=["users"],
    responses=problem_responses(401, 403, 404, 422),
)
async def rename_passkey(
    passkey_id: PathId, body: PasskeyNameBody, actor: CurrentActor, resources: OpenResources
) -> PasskeyShape:
    """Rename a passkey."""
    async with resources.begin() as work:
        return await commands.rename_passkey(work, actor, PasskeyId(passkey_id), body.name)


@router.delete(
    "/users/me/passkeys/{passkey_id}",
    status_code=204,
    tags=["users"],
    responses=problem_responses(401, 403, 404, 409),
)
async def remove_passkey(
    passkey_id: PathId, actor: RecentlyAuthenticated, resources: OpenResources
) -> Response:
    """Remove a passkey: it signs nobody in any more. Sessions that it began go on."""
    async with resources.begin() as work:
        await commands.remove_passkey(work, resources.settings, actor, PasskeyId(passkey_id))
    return Response(status_code=204)


@router.post("/auth/passkey/options", tags=["auth"], responses=problem_responses(409, 429))
async def begin_passkey_sign_in(
    response: Response, resources: OpenResources, limits: Limits
) -> PasskeyRequestOptions:
    """Get the options with which a browser asks for a passkey. They are alike for everybody."""
    await limits.take(rate_limits.PASSKEY_OPTIONS)
    response.headers["Cache-Control"] = _NO_STORE
    return await sign_in.begin_passkey_sign_in(resources)


@router.post("/auth/passkey", tags=["auth"], responses=problem_responses(401, 403, 409, 422, 429))
async def sign_in_with_passkey(
    body: PasskeyAssertion,
    response: Response,
    resources: OpenResources,
    device: CallingDevice,
    limits: Limits,
    cookie: BrowserCookie,
) -> SignInShape | ChallengeShape:
    """Sign this device in with a passkey alone. Unknown and wrong ones get the same answer."""
    if cookie.is_requested:
        cookie.check_origin()
    await limits.take(rate_limits.SIGN_IN_BY_NETWORK)
    outcome = await sign_in.sign_in_with_passkey(resources, Assertion.of(body), device)
    await limits.refund(rate_limits.SIGN_IN_BY_NETWORK)
    return sign_in_response(response, cookie, outcome)


@router.post(
    "/auth/step-up/passkey-options", tags=["auth"], responses=problem_responses(401, 403, 409, 429)
)
async def begin_passkey_step_up(
    actor: CurrentActor, response: Response, resources: OpenResources, limits: Limits
) -> PasskeyRequestOptions:
    """Get the options with which your browser asks for a passkey, for a step-up."""
    await limits.take(rate_limits.PASSKEY_CEREMONY, account=actor.user_id)
    response.headers["Cache-Control"] = _NO_STORE
    return await step_up.begin_passkey_step_up(resources, actor)


@router.post(
    "/auth/challenge/passkey-options",
    tags=["auth"],
    responses=problem_responses(401, 409, 422, 429),
)
async def begin_passkey_step(
    body: OpenedChallenge, response: Response, resources: OpenResources, limits: Limits
) -> PasskeyRequestOptions:
    """Get the options with which a browser asks for a passkey, as the second step of a sign-in."""
    await limits.take(rate_limits.PASSKEY_OPTIONS)
    response.headers["Cache-Control"] = _NO_STORE
    return await second_step.begin_passkey_step(resources, body.challenge)
