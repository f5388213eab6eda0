"""Routes of /users/me/passkeys and /auth/passkey. docs/sign-in.md.

They take no Idempotency-Key: a ceremony is used once, and a saved response would store its tokens.
"""

from fastapi import APIRouter, Response

from api.http import rate_limits
from api.http.dependencies import CurrentActor, OpenResources, PathId, RecentlyAuthenticated
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from api.http.refresh_cookie import BrowserCookie
from api.routes.account.auth import CallingDevice, SignInShape, sign_in_response
from api.routes.account.passkey_bodies import NewPasskeyBody, PasskeyAssertion, PasskeyNameBody
from shared.accounts.passkeys import commands, queries, sign_in
from shared.contract.passkeys import (
    PasskeyCreationOptions,
    PasskeyRequestOptions,
    PasskeyShape,
)
from shared.contract.shapes import Items
from shared.contract.sign_in import ChallengeShape
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
    tags=["users"],
    responses=problem_responses(401, 403, 409, 422, 429),
)
async def add_passkey(
    body: NewPasskeyBody, actor: RecentlyAuthenticated, resources: OpenResources, limits: Limits
) -> PasskeyShape:
    """Add the passkey that your browser made. It signs you in from then on."""
    await limits.take(rate_limits.PASSKEY_CEREMONY, account=actor.user_id)
    return await commands.add_passkey(
        resources, actor, body.name, body.transports, body.attestation()
    )


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
    responses=problem_responses(401, 403, 404),
)
async def remove_passkey(
    passkey_id: PathId, actor: RecentlyAuthenticated, resources: OpenResources
) -> Response:
    """Remove a passkey: it signs nobody in any more. Sessions that it began go on."""
    async with resources.begin() as work:
        await commands.remove_passkey(work, actor, PasskeyId(passkey_id))
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
    outcome = await sign_in.sign_in_with_passkey(resources, body.assertion(), device)
    await limits.refund(rate_limits.SIGN_IN_BY_NETWORK)
    return sign_in_response(response, cookie, outcome)
