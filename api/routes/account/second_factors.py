"""Routes of /users/me/second-factors and of their reset by administrators. docs/sign-in.md.

They take no Idempotency-Key: a saved response would store secrets.
"""

from fastapi import APIRouter, Response

from api.http.dependencies import CurrentActor, OpenResources, PathId, RecentlyAuthenticated
from api.http.problems import problem_responses
from api.http.responses import json_response
from shared.accounts.second_factors import recovery_codes, totp
from shared.accounts.second_factors.reading import read_second_factors_of
from shared.accounts.second_factors.removal import reset_second_factors
from shared.contract.base import Body
from shared.contract.second_factors import NewTotpShape, RecoveryCodesShape, SecondFactorsShape
from shared.contract.sign_in import Code
from shared.ids import UserId

router = APIRouter(tags=["users"])

_SECRET = {"Cache-Control": "no-store"}


class CodeBody(Body):
    code: Code


@router.get("/users/me/second-factors", responses=problem_responses(401, 403))
async def read_second_factors(actor: CurrentActor, resources: OpenResources) -> SecondFactorsShape:
    """Read which second factors you have, and how many recovery codes are left."""
    async with resources.single_read() as read:
        return await read_second_factors_of(read, resources.settings, actor)


@router.post(
    "/users/me/second-factors/totp",
    status_code=201,
    response_model=NewTotpShape,
    responses=problem_responses(401, 403, 409),
)
async def begin_totp(actor: RecentlyAuthenticated, resources: OpenResources) -> Response:
    """Begin to set an authenticator app up. Its secret is in this answer only."""
    async with resources.begin() as work:
        shape = await totp.begin_totp(work, resources.settings, actor)
    return json_response(shape, 201, _SECRET)


@router.post(
    "/users/me/second-factors/totp/confirm",
    response_model=RecoveryCodesShape,
    responses=problem_responses(401, 403, 404, 409, 422),
)
async def confirm_totp(
    body: CodeBody, actor: RecentlyAuthenticated, resources: OpenResources
) -> Response:
    """Confirm the app by its first code. With your first second factor you get recovery codes."""
    async with resources.begin() as work:
        shape = await totp.confirm_totp(work, resources.settings, actor, body.code)
    return json_response(shape, 200, _SECRET)


@router.delete(
    "/users/me/second-factors/totp",
    status_code=204,
    responses=problem_responses(401, 403, 404, 409),
)
async def remove_totp(actor: RecentlyAuthenticated, resources: OpenResources) -> Response:
    """Remove your authenticator app. Recovery codes go with your last second factor."""
    async with resources.begin() as work:
        await totp.remove_totp(work, resources.settings, actor)
    return Response(status_code=204)


@router.post(
    "/users/me/second-factors/recovery-codes",
    status_code=201,
    response_model=RecoveryCodesShape,
    responses=problem_responses(401, 403, 409),
)
async def renew_recovery_codes(actor: RecentlyAuthenticated, resources: OpenResources) -> Response:
    """Replace your recovery codes by ten new ones, which are in this answer only."""
    async with resources.begin() as work:
        shape = await recovery_codes.renew_codes(work, actor)
    return json_response(shape, 201, _SECRET)


@router.delete(
    "/users/{user_id}/second-factors",
    status_code=204,
    responses=problem_responses(401, 403, 404),
)
async def reset_user_second_factors(
    user_id: PathId, actor: RecentlyAuthenticated, resources: OpenResources
) -> Response:
    """Remove all second factors of an account whose user lost them; for admins.

    The user gets a mail, and every device is signed out. Make sure first who asks for it.
    """
    async with resources.begin() as work:
        await reset_second_factors(work, actor, UserId(user_id))
    return Response(status_code=204)
