"""Read webhooks and their deliveries, and authorize whoever manages them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import literal, select

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.interop.webhooks import WebhookDeliveryShape, WebhookShape
from shared.errors import Forbidden, NotFound
from shared.ids import ListId, WebhookId
from shared.tables.interop.webhook_deliveries import WebhookDeliveryRow
from shared.tables.interop.webhooks import WebhookRow
from shared.unit_of_work import ReadTransaction
from shared.webhooks.rules import host_of

_DELIVERY_COLUMNS = [
    WebhookDeliveryRow.__table__.c[name] for name in WebhookDeliveryShape.model_fields
]


async def read_webhooks_of_list(
    read: ReadTransaction, actor: Actor, list_id: ListId
) -> list[WebhookShape]:
    """Return the webhooks of a list, oldest first, for its owners, in one statement."""
    of_list = select(*WebhookRow.__table__.c).where(WebhookRow.list_id == list_id)
    webhooks = of_list.subquery("webhook")
    statement = gate.select_for_member(webhooks, literal(list_id)).order_by(webhooks.c.id)
    values = gate.reader(actor, Action.MANAGE_WEBHOOKS)
    rows = (await read.connection.execute(statement, values)).all()
    gate.authorize_rows(rows, Action.MANAGE_WEBHOOKS)
    return [shape_of(row, actor) for row in rows if row.id is not None]


async def read_webhooks_of_account(read: ReadTransaction, actor: Actor) -> list[WebhookShape]:
    """Return the actor's webhooks of all lists, oldest first."""
    rows = await read.connection.execute(
        select(*WebhookRow.__table__.c)
        .where(WebhookRow.user_id == actor.user_id, WebhookRow.list_id.is_(None))
        .order_by(WebhookRow.id)
    )
    return [shape_of(row, actor) for row in rows]


async def read_webhook(read: ReadTransaction, actor: Actor, webhook_id: WebhookId) -> Any:
    """Return the row of a webhook that the actor manages. Raise NotFound."""
    row = await find_webhook(read, webhook_id)
    if row is None or (row.list_id is None and row.user_id != actor.user_id):
        raise NotFound
    if row.list_id is not None:
        try:
            await gate.authorize_read(read, actor, ListId(row.list_id), Action.MANAGE_WEBHOOKS)
        except Forbidden:
            raise NotFound from None  # other members do not see that there is a webhook
    return row


async def find_webhook(read: ReadTransaction, webhook_id: str, *, for_update: bool = False) -> Any:
    """Return the row of a webhook, or None. Authorizes nothing.

    With `for_update` lock it, before its job and its deliveries: commands and the worker in this order.
    """
    found = select(*WebhookRow.__table__.c).where(WebhookRow.id == webhook_id)
    if for_update:
        found = found.with_for_update()
    return (await read.connection.execute(found)).one_or_none()


async def read_deliveries(
    read: ReadTransaction,
    actor: Actor,
    webhook_id: WebhookId,
    limit: int,
    *,
    before: str | None = None,
) -> Sequence[WebhookDeliveryShape]:
    """Return the deliveries of a webhook that the actor manages, newest first. Raise NotFound."""
    webhook = await read_webhook(read, actor, webhook_id)
    found = (
        select(*_DELIVERY_COLUMNS)
        .where(WebhookDeliveryRow.webhook_id == webhook_id)
        .order_by(WebhookDeliveryRow.id.desc())
        .limit(limit)
    )
    if before is not None:
        found = found.where(WebhookDeliveryRow.id < before)
    shapes = [delivery_shape(row) for row in await read.connection.execute(found)]
    if webhook.user_id == actor.user_id:
        return shapes
    # An answer can repeat the address, which only the maker sees.
    return [shape.model_copy(update={"response": ""}) for shape in shapes]


def delivery_shape(row: Any) -> WebhookDeliveryShape:
    return WebhookDeliveryShape.model_validate(
        {name: getattr(row, name) for name in WebhookDeliveryShape.model_fields}
    )


def shape_of(row: Any, actor: Actor) -> WebhookShape:
    """Return a webhook as the actor sees it. An address can hold a secret of its receiver."""
    values = {name: getattr(row, name) for name in WebhookShape.model_fields if name != "host"}
    is_maker = row.user_id == actor.user_id
    return WebhookShape.model_validate(
        values | {"host": host_of(row.url), "url": row.url if is_maker else None}
    )
