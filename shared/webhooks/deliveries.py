"""Ask for tests and repetitions of deliveries. The worker sends them (worker/webhooks/)."""

from typing import Any

from sqlalchemy import func, insert, select, update

from shared.actor import Actor
from shared.contract.interop.webhooks import WebhookDeliveryShape
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import DeliveryId, ListId, WebhookId, list_stream, new_id
from shared.jobs import queue
from shared.tables.interop.webhook_cursors import WebhookCursorRow
from shared.tables.interop.webhook_deliveries import WebhookDeliveryRow
from shared.tables.streams import StreamRow
from shared.unit_of_work import UnitOfWork
from shared.webhooks import commands, queries
from shared.webhooks.rules import MAX_PENDING


async def request_test(
    work: UnitOfWork, actor: Actor, webhook_id: WebhookId
) -> WebhookDeliveryShape:
    """Let the worker send a test message, and return its delivery, which is pending. Raise NotFound."""
    row = await _load_enabled(work, actor, webhook_id)
    delivery_id = DeliveryId(new_id())
    what = {"kind": "test", "event": "test", "message_id": f"test_{delivery_id}"}
    return await _add_pending(work, row, delivery_id, what)


async def replay_delivery(
    work: UnitOfWork, actor: Actor, webhook_id: WebhookId, delivery_id: DeliveryId
) -> WebhookDeliveryShape:
    """Let the worker send the event of a delivery again, and return the new delivery.

    Raise NotFound, or Conflict if it was a test or the event is not in the log any more.
    """
    row = await _load_enabled(work, actor, webhook_id)
    found = select(*WebhookDeliveryRow.__table__.c).where(
        WebhookDeliveryRow.id == delivery_id, WebhookDeliveryRow.webhook_id == webhook_id
    )
    sent = (await work.connection.execute(found)).one_or_none()
    if sent is None:
        raise NotFound
    if sent.kind not in ("event", "replay"):
        raise Conflict("Only events can be sent again.", code="not_an_event")
    what = {
        "kind": "replay",
        "list_id": sent.list_id,
        "epoch": sent.epoch,
        "seq": sent.seq,
        "event": sent.event,
        "message_id": sent.message_id,
    }
    return await _add_pending(work, row, DeliveryId(new_id()), what)


async def replay_from(
    work: UnitOfWork, actor: Actor, webhook_id: WebhookId, list_id: ListId, from_seq: int
) -> None:
    """Let the worker send all events of a list after `from_seq` again, in order.

    Raise NotFound, or Invalid for a position that the webhook has not reached.
    """
    row = await _load_enabled(work, actor, webhook_id)
    found = (
        select(WebhookCursorRow.seq, WebhookCursorRow.epoch, StreamRow.epoch.label("current"))
        .join(StreamRow, StreamRow.id == WebhookCursorRow.list_id)
        .where(
            WebhookCursorRow.webhook_id == webhook_id,
            WebhookCursorRow.list_id == list_stream(list_id),
        )
    )
    cursor = (await work.connection.execute(found)).one_or_none()
    if cursor is None:
        raise NotFound
    if cursor.epoch != cursor.current or from_seq > cursor.seq:
        raise Invalid.field("from_seq", "ahead", "The webhook has not reached this position.")
    await work.connection.execute(
        update(WebhookCursorRow)
        .where(WebhookCursorRow.webhook_id == webhook_id, WebhookCursorRow.list_id == list_id)
        .values(seq=from_seq)
    )
    await queue.run_now(work, row.job_id)


async def _load_enabled(work: UnitOfWork, actor: Actor, webhook_id: WebhookId) -> Any:
    row = await commands.load_webhook(work, actor, webhook_id)
    if row.disabled_at is not None:
        raise Conflict("This webhook is disabled. Enable it first.", code="webhook_disabled")
    return row


async def _add_pending(
    work: UnitOfWork, webhook: Any, delivery_id: DeliveryId, what: dict[str, Any]
) -> WebhookDeliveryShape:
    count = select(func.count(WebhookDeliveryRow.id)).where(
        WebhookDeliveryRow.webhook_id == webhook.id, WebhookDeliveryRow.state == "pending"
    )
    if (await work.connection.scalar(count) or 0) >= MAX_PENDING:
        raise Conflict("Wait until those before are sent.", code="too_many_pending")
    await work.connection.execute(
        insert(WebhookDeliveryRow).values(
            {
                "id": delivery_id,
                "webhook_id": webhook.id,
                "state": "pending",
                "attempts": 0,
                "error": "",
                "response": "",
                "created_at": work.now,
                **what,
            }
        )
    )
    await queue.run_now(work, webhook.job_id)
    found = select(*WebhookDeliveryRow.__table__.c).where(WebhookDeliveryRow.id == delivery_id)
    return queries.delivery_shape((await work.connection.execute(found)).one())
