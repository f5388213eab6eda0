"""Routes of the consent page, and of the applications that it connected.

They take no Idempotency-Key: a saved response would store the code.
"""

from fastapi import APIRouter, Response

from api.http import rate_limits
from api.http.dependencies import CurrentActor, OpenResources, PathId, RecentlyAuthenticated
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from api.http.responses import json_response
from shared.accounts.oauth import authorization, grants
from shared.contract.interop.oauth import (
    Allowing,
    ApplicationShape,
    AuthorizationRequest,
    AuthorizationRequestShape,
    RedirectShape,
)
from shared.contract.shapes import Items
from shared.ids import GrantId

router = APIRouter(tags=["applications"])


@router.post("/oauth/requests", responses=problem_responses(401, 403, 422))
async def read_authorization_request(
    body: AuthorizationRequest, actor: CurrentActor, resources: OpenResources
) -> AuthorizationRequestShape:
    """Say what a program asks for in its authorization request, for the page that asks the user."""
    async with resources.single_read() as read:
        return await authorization.read_request(
            read, resources.settings.web.public_url, actor, body
        )


@router.post(
    "/oauth/grants",
    response_model=RedirectShape,
    responses=problem_responses(401, 403, 404, 409, 422, 429),
)
async def allow_authorization_request(
    body: Allowing, actor: RecentlyAuthenticated, resources: OpenResources, limits: Limits
) -> Response:
    """Let a program in. The browser then takes its code to it, in the address of the answer."""
    await limits.take(rate_limits.OAUTH_ALLOW, account=actor.user_id)
    async with resources.begin() as work:
        address = await authorization.allow_request(
            work, resources.settings.web.public_url, actor, body
        )
    return json_response(RedirectShape(redirect_to=address), headers={"Cache-Control": "no-store"})


@router.get("/users/me/applications", responses=problem_responses(401, 403))
async def read_applications(
    actor: CurrentActor, resources: OpenResources
) -> Items[ApplicationShape]:
    """List your connected applications, newest first."""
    async with resources.single_read() as read:
        return Items(items=tuple(await grants.read_applications(read, actor)))


@router.delete(
    "/users/me/applications/{application_id}",
    status_code=204,
    responses=problem_responses(401, 403, 404),
)
async def disconnect_application(
    application_id: PathId, actor: RecentlyAuthenticated, resources: OpenResources
) -> Response:
    """Disconnect an application. Its tokens, sockets and event streams end at once."""
    async with resources.begin() as work:
        await grants.disconnect_application(work, actor, GrantId(application_id))
    return Response(status_code=204)
