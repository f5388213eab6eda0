"""Routes of push subscriptions. A user can reach only their own."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import AfterValidator, Field

from api.http import rate_limits
from api.http.command_runner import Runner
from api.http.dependencies import CurrentActor, OpenResources
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from shared import push_vapid
from shared.contract.base import Body
from shared.contract.notifications import PushShape, PushSubscriptionShape
from shared.errors import Conflict, FieldError, Invalid
from shared.notifications import push_subscription_rules, push_subscriptions
from shared.notifications.push_subscription_rules import MAX_ENDPOINT_LENGTH, PushSubscription
from shared.settings import Settings
from shared.text import NotAcceptableError

router = APIRouter(tags=["notifications"], responses=problem_responses(401, 422))

_Endpoint = Annotated[str, Field(min_length=1, max_length=MAX_ENDPOINT_LENGTH)]
# RFC 8291, 3.1 and 3.2: an uncompressed P-256 point, and 16 bytes.
_PublicKey = Annotated[
    str, Field(max_length=100), AfterValidator(push_subscription_rules.parse_public_key)
]
_AuthSecret = Annotated[
    str, Field(max_length=100), AfterValidator(push_subscription_rules.parse_auth_secret)
]


class PushKeys(Body):
    p256dh: _PublicKey
    auth: _AuthSecret


class PushSubscriptionBody(Body):
    """`endpoint` and `keys` of a browser's PushSubscription, as its toJSON() returns them."""

    endpoint: _Endpoint
    keys: PushKeys


class PushEndpoint(Body):
    endpoint: _Endpoint


@router.get("/users/me/push-subscriptions", response_model=PushShape)
async def read_push(resources: OpenResources, actor: CurrentActor) -> Response:
    """Read the public key with which to subscribe a browser."""
    shape = PushShape(public_key=public_key(resources.settings))
    return Response(shape.model_dump_json(), media_type="application/json")


@router.post(
    "/users/me/push-subscriptions",
    status_code=201,
    response_model=PushSubscriptionShape,
    responses=problem_responses(409, 429),
)
async def subscribe_to_push(
    runner: Runner, resources: OpenResources, limits: Limits, body: PushSubscriptionBody
) -> Response:
    """Push your notifications to this browser, as long as you are signed in on it."""
    await limits.take(rate_limits.PUSH_SUBSCRIPTION, account=runner.actor.user_id)
    key = public_key(resources.settings)
    if key is None:
        raise Conflict("The operator of this site has not set up pushes.", code="push_is_off")
    private = resources.settings.push.to_private_addresses
    try:
        endpoint = push_subscription_rules.parse_endpoint(body.endpoint, allow_private=private)
    except NotAcceptableError as error:
        raise Invalid(str(error), [FieldError("endpoint", "invalid", str(error))]) from None
    subscription = PushSubscription(endpoint, body.keys.p256dh, body.keys.auth)
    return await runner.run(
        lambda work: push_subscriptions.subscribe(work, runner.actor, subscription, key), status=201
    )


@router.delete("/users/me/push-subscriptions", status_code=204)
async def unsubscribe_from_push(runner: Runner, body: PushEndpoint) -> Response:
    """Push nothing to this browser any more."""
    return await runner.run(
        lambda work: push_subscriptions.unsubscribe(work, runner.actor, body.endpoint), status=204
    )


def public_key(settings: Settings) -> str | None:
    private = settings.push.private_key()
    return push_vapid.public_key(private) if private else None
