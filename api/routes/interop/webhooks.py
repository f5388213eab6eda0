"""Routes of webhooks: of a list, of an account, their secrets and their log. docs/webhooks.md.

None takes an Idempotency-Key: a saved response could store a secret, and doing the rest twice is harmless.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, Field, StrictBool, StrictInt

from api.http import rate_limits
from api.http.dependencies import CurrentActor, OpenResources, PathId, RecentlyAuthenticated
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from api.http.responses import json_response
from api.routes.account.account_fields import absent
from shared.actor import Actor
from shared.contract.base import Body, Id
from shared.contract.interop.webhooks import NewWebhookShape, WebhookDeliveryShape, WebhookShape
from shared.contract.shapes import Items
from shared.errors import FieldError, Invalid
from shared.ids import DeliveryId, ListId, WebhookId
from shared.resources import Resources
from shared.text import NotAcceptableError, name
from shared.webhooks import commands, deliveries, queries, rules
from shared.webhooks.commands import NewWebhook, WebhookEdit

# Names of all events are fewer.
MAX_EVENTS = 50
# Deliveries of a page.
PAGE_SIZE = 100

router = APIRouter(tags=["webhooks"])

WebhookName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(name)]
EventNames = Annotated[
    list[Annotated[str, Field(max_length=64)]],
    Field(max_length=MAX_EVENTS),
    AfterValidator(rules.parse_events),
]


class NewWebhookBody(Body):
    name: WebhookName
    url: str = Field(min_length=1, max_length=rules.MAX_URL_LENGTH, description="With https.")
    events: EventNames = Field(default_factory=list, description="Absent or empty: all.")


class WebhookEditBody(Body):
    """An absent field stays as it is."""

    name: WebhookName = Field(default_factory=absent)
    events: EventNames = Field(default_factory=list, description="Empty: all.")
    is_enabled: StrictBool = Field(
        default=True, description="Only who made it can enable it again."
    )
    from_now: StrictBool = Field(
        default=False, description="When it is enabled: do not send what waits."
    )


class ReplayBody(Body):
    list_id: Id
    from_seq: Annotated[StrictInt, Field(ge=0, le=2**53)] = Field(
        description="Send what follows this position."
    )


@router.get("/lists/{list_id}/webhooks", responses=problem_responses(401, 403, 404))
async def read_list_webhooks(
    resources: OpenResources, actor: CurrentActor, list_id: PathId
) -> Items[WebhookShape]:
    """List the webhooks of a list, oldest first, for its owners."""
    async with resources.single_read() as read:
        found = await queries.read_webhooks_of_list(read, actor, ListId(list_id))
    return Items(items=tuple(found))


@router.post(
    "/lists/{list_id}/webhooks",
    status_code=201,
    response_model=NewWebhookShape,
    responses=problem_responses(401, 403, 404, 409, 422, 429),
)
async def create_list_webhook(
    resources: OpenResources,
    limits: Limits,
    actor: RecentlyAuthenticated,
    list_id: PathId,
    body: NewWebhookBody,
) -> Response:
    """Create a webhook of a list. Its secret is in this answer only."""
    await limits.take(rate_limits.WEBHOOK_EDIT, account=actor.user_id)
    return await _create(resources, actor, ListId(list_id), body)


@router.get("/users/me/webhooks", responses=problem_responses(401, 403))
async def read_account_webhooks(
    resources: OpenResources, actor: CurrentActor
) -> Items[WebhookShape]:
    """List your webhooks of all lists, oldest first. Those of single lists are with the lists."""
    async with resources.single_read() as read:
        return Items(items=tuple(await queries.read_webhooks_of_account(read, actor)))


@router.post(
    "/users/me/webhooks",
    status_code=201,
    response_model=NewWebhookShape,
    responses=problem_responses(401, 403, 409, 422, 429),
)
async def create_account_webhook(
    resources: OpenResources, limits: Limits, actor: RecentlyAuthenticated, body: NewWebhookBody
) -> Response:
    """Create a webhook of all lists that you may read. Its secret is in this answer only."""
    await limits.take(rate_limits.WEBHOOK_EDIT, account=actor.user_id)
    return await _create(resources, actor, None, body)


@router.get("/webhooks/{webhook_id}", responses=problem_responses(401, 403, 404))
async def read_webhook(
    resources: OpenResources, actor: CurrentActor, webhook_id: PathId
) -> WebhookShape:
    """Read a webhook."""
    async with resources.begin_read() as read:
        row = await queries.read_webhook(read, actor, WebhookId(webhook_id))
    return queries.shape_of(row, actor)


@router.patch(
    "/webhooks/{webhook_id}",
    response_model=WebhookShape,
    responses=problem_responses(401, 403, 404, 422, 429),
)
async def edit_webhook(
    resources: OpenResources,
    limits: Limits,
    actor: CurrentActor,
    webhook_id: PathId,
    body: WebhookEditBody,
) -> Response:
    """Rename, enable or disable a webhook, or choose other events. Its address stays."""
    await limits.take(rate_limits.WEBHOOK_EDIT, account=actor.user_id)
    edit = WebhookEdit(
        frozenset(body.model_fields_set), body.name, body.events, body.is_enabled, body.from_now
    )
    async with resources.begin() as work:
        shape = await commands.edit_webhook(work, actor, WebhookId(webhook_id), edit)
    return json_response(shape, 200, {})


@router.delete(
    "/webhooks/{webhook_id}", status_code=204, responses=problem_responses(401, 403, 404, 429)
)
async def delete_webhook(
    resources: OpenResources, limits: Limits, actor: CurrentActor, webhook_id: PathId
) -> Response:
    """Delete a webhook with its log."""
    await limits.take(rate_limits.WEBHOOK_EDIT, account=actor.user_id)
    async with resources.begin() as work:
        await commands.delete_webhook(work, actor, WebhookId(webhook_id))
    return Response(status_code=204)


@router.post(
    "/webhooks/{webhook_id}/secret",
    response_model=NewWebhookShape,
    responses=problem_responses(401, 403, 404, 429),
)
async def replace_webhook_secret(
    resources: OpenResources, limits: Limits, actor: RecentlyAuthenticated, webhook_id: PathId
) -> Response:
    """Replace the secret of a webhook that you made. It is in this answer only."""
    await limits.take(rate_limits.WEBHOOK_EDIT, account=actor.user_id)
    keys = resources.settings.secrets.signing_keys()
    async with resources.begin() as work:
        shape = await commands.replace_secret(work, actor, WebhookId(webhook_id), keys)
    return json_response(shape, 200, {"Cache-Control": "no-store"})


@router.post(
    "/webhooks/{webhook_id}/test",
    status_code=202,
    response_model=WebhookDeliveryShape,
    responses=problem_responses(401, 403, 404, 409, 429),
)
async def test_webhook(
    resources: OpenResources, limits: Limits, actor: CurrentActor, webhook_id: PathId
) -> Response:
    """Send a `test` message. Its delivery is pending in the answer."""
    await limits.take(rate_limits.WEBHOOK_TEST, account=actor.user_id)
    async with resources.begin() as work:
        shape = await deliveries.request_test(work, actor, WebhookId(webhook_id))
    return json_response(shape, 202, {})


@router.post(
    "/webhooks/{webhook_id}/replay",
    status_code=204,
    responses=problem_responses(401, 403, 404, 409, 422, 429),
)
async def replay_webhook(
    resources: OpenResources,
    limits: Limits,
    actor: CurrentActor,
    webhook_id: PathId,
    body: ReplayBody,
) -> Response:
    """Send the events of a list after a position again, in order."""
    await limits.take(rate_limits.WEBHOOK_TEST, account=actor.user_id)
    async with resources.begin() as work:
        await deliveries.replay_from(
            work, actor, WebhookId(webhook_id), ListId(body.list_id), body.from_seq
        )
    return Response(status_code=204)


@router.get("/webhooks/{webhook_id}/deliveries", responses=problem_responses(401, 403, 404, 422))
async def read_webhook_deliveries(
    resources: OpenResources,
    actor: CurrentActor,
    webhook_id: PathId,
    before: Annotated[Id | None, Query(description="The id after which to go on.")] = None,
) -> Items[WebhookDeliveryShape]:
    """List the deliveries of a webhook, newest first, at most 100."""
    async with resources.begin_read() as read:
        found = await queries.read_deliveries(
            read, actor, WebhookId(webhook_id), PAGE_SIZE, before=before
        )
    return Items(items=tuple(found))


@router.post(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
    status_code=202,
    response_model=WebhookDeliveryShape,
    responses=problem_responses(401, 403, 404, 409, 429),
)
async def replay_webhook_delivery(
    resources: OpenResources,
    limits: Limits,
    actor: CurrentActor,
    webhook_id: PathId,
    delivery_id: PathId,
) -> Response:
    """Send the event of a delivery again, with the same `webhook-id`."""
    await limits.take(rate_limits.WEBHOOK_TEST, account=actor.user_id)
    async with resources.begin() as work:
        shape = await deliveries.replay_delivery(
            work, actor, WebhookId(webhook_id), DeliveryId(delivery_id)
        )
    return json_response(shape, 202, {})


async def _create(
    resources: Resources, actor: Actor, list_id: ListId | None, body: NewWebhookBody
) -> Response:
    private = resources.settings.webhooks.to_private_addresses
    try:
        url = rules.parse_url(body.url, allow_private=private)
    except NotAcceptableError as error:
        raise Invalid(str(error), [FieldError("url", "invalid", str(error))]) from None
    keys = resources.settings.secrets.signing_keys()
    new = NewWebhook(body.name, url, body.events)
    async with resources.begin() as work:
        shape = await commands.create_webhook(work, actor, list_id, new, keys)
    return json_response(shape, 201, {"Cache-Control": "no-store"})
