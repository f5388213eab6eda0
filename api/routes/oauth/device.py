"""Routes of the page /device: which program waits with a code, and the user's decision."""

from fastapi import APIRouter, Response

from api.http import rate_limits
from api.http.dependencies import CurrentActor, OpenResources, RecentlyAuthenticated
from api.http.problems import problem_responses
from api.http.rate_limits import Limits, RequestLimits
from shared.accounts.oauth import device
from shared.actor import Actor
from shared.contract.interop.oauth import DeviceDecision, DeviceRequestShape, UserCodeBody

router = APIRouter(tags=["applications"])

_OF_CODES = (rate_limits.OAUTH_USER_CODE, rate_limits.OAUTH_USER_CODE_BY_NETWORK)


@router.post("/oauth/device-requests", responses=problem_responses(401, 403, 404, 422, 429))
async def read_device_request(
    body: UserCodeBody, actor: CurrentActor, resources: OpenResources, limits: Limits
) -> DeviceRequestShape:
    """Say which program waits with this code. Wrong codes count towards a limit."""
    keys = resources.settings.secrets.signing_keys()
    await _count(limits, actor)
    async with resources.begin_read() as read:
        found = await device.read_device_request(read, keys, actor, body.user_code)
    await _refund(limits, actor)
    return found


@router.post(
    "/oauth/device-decisions",
    status_code=204,
    responses=problem_responses(401, 403, 404, 409, 422, 429),
)
async def decide_device_request(
    body: DeviceDecision, actor: RecentlyAuthenticated, resources: OpenResources, limits: Limits
) -> Response:
    """Let the program in that waits with this code, or refuse it."""
    await limits.take(rate_limits.OAUTH_ALLOW, account=actor.user_id)
    keys = resources.settings.secrets.signing_keys()
    await _count(limits, actor)
    async with resources.begin() as work:
        await device.decide_device(work, keys, actor, body)
    await _refund(limits, actor)
    return Response(status_code=204)


async def _count(limits: RequestLimits, actor: Actor) -> None:
    await limits.take(*_OF_CODES, account=actor.user_id)


async def _refund(limits: RequestLimits, actor: Actor) -> None:
    """Take back the count: the code was right."""
    await limits.refund(*_OF_CODES, account=actor.user_id)
