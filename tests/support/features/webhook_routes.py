"""The routes of webhooks, with the request body of each, for the permission matrix."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert

from shared.actor import Actor
from shared.ids import ListId, new_id
from shared.tables.interop.webhook_deliveries import WebhookDeliveryRow
from shared.webhooks.commands import NewWebhook, create_webhook
from tests.support.world_builder import World

_NEW = {"name": "New", "url": "https://hooks.example/new"}
WEBHOOK_ROUTES: Mapping[str, Any] = {
    "GET /lists/{list_id}/webhooks": None,
    "POST /lists/{list_id}/webhooks": _NEW,
    "GET /users/me/webhooks": None,
    "POST /users/me/webhooks": _NEW,
    "GET /webhooks/{webhook_id}": None,
    "PATCH /webhooks/{webhook_id}": {"name": "New"},
    "DELETE /webhooks/{webhook_id}": None,
    "POST /webhooks/{webhook_id}/secret": None,
    "POST /webhooks/{webhook_id}/test": None,
    "POST /webhooks/{webhook_id}/replay": {"list_id": "{list_id}", "from_seq": 0},
    "GET /webhooks/{webhook_id}/deliveries": None,
    "POST /webhooks/{webhook_id}/deliveries/{delivery_id}/replay": None,
}


async def insert_webhook(world: World, owner: Actor, list_id: str) -> dict[str, str]:
    """Create a webhook of a list with a delivery. Return their ids by the names in paths."""
    keys = world.resources.settings.secrets.signing_keys()
    new = NewWebhook("Home", "https://hooks.example/livelist")
    delivery_id = new_id()
    async with world.resources.begin() as work:
        webhook = await create_webhook(work, owner, ListId(list_id), new, keys)
        await work.connection.execute(
            insert(WebhookDeliveryRow).values(
                id=delivery_id,
                webhook_id=webhook.id,
                kind="event",
                list_id=list_id,
                epoch="none",
                seq=1,
                event="todo.created",
                message_id="msg_1",
                state="failed",
                attempts=1,
                error="",
                response="",
                created_at=work.now,
            )
        )
    return {"webhook_id": webhook.id, "delivery_id": delivery_id}
