"""Record what a receiver answered: the cursor, the log, the state of the webhook, and what happens next.

All of an attempt is one transaction under the claim of the job. A worker that lost its lease writes nothing;
the event is then sent again, with the same id.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import delete, exists, insert, or_, select, update

from shared import audit
from shared.contract.jobs import DeliverWebhook, SendSecurityNotice
from shared.ids import ListId, UserId, new_id
from shared.jobs import claims
from shared.jobs.claims import Claim, LeaseLost
from shared.tables.interop.webhook_cursors import WebhookCursorRow
from shared.tables.interop.webhook_deliveries import WebhookDeliveryRow
from shared.tables.interop.webhooks import WebhookRow
from shared.unit_of_work import UnitOfWork
from shared.webhooks.queries import find_webhook
from shared.webhooks.rules import MAX_DELIVERIES, Message, host_of
from worker.webhooks.reading import Step, Webhook, select_if_it_may_send
from worker.webhooks.sender import Answer


async def record_step(work: UnitOfWork, claim: Claim, webhook: Webhook, step: Step) -> bool:
    """Move the cursor over events that nobody wanted. Return True if the next step may follow."""
    await _begin(work, claim, webhook.id)
    return await _advance(work, webhook, step)


async def record_delivery(
    work: UnitOfWork, claim: Claim, webhook: Webhook, step: Step, message: Message, answer: Answer
) -> bool:
    """Record that the receiver took the message. Return True if the next step may follow."""
    await _begin(work, claim, webhook.id)
    await _log(work, webhook.id, step, message, answer)
    if step.delivery_id is not None:
        return await _is_unchanged(work, webhook, message.list_id)
    await work.connection.execute(
        update(WebhookRow)
        .where(WebhookRow.id == webhook.id)
        .values(
            failures=0, failing_since=None, retry_at=None, last_error="", last_delivered_at=work.now
        )
    )
    return await _advance(work, webhook, step)


async def record_requested_failure(
    work: UnitOfWork,
    claim: Claim,
    webhook: Webhook,
    step: Step,
    answer: Answer,
) -> bool:
    """Record that a test or repetition failed. It is not tried again, and no pause follows.

    A receiver that is gone disables the webhook, as it does with an event. Return True if the next step
    may follow.
    """
    await _begin(work, claim, webhook.id)
    await _log(work, webhook.id, step, step.message, answer)
    if answer.is_gone:
        await disable(work, webhook.id, "gone")
    list_id = None if step.message is None else step.message.list_id
    return await _is_unchanged(work, webhook, list_id)


async def record_failure(
    work: UnitOfWork,
    claim: Claim,
    webhook_id: str,
    step: Step,
    message: Message,
    answer: Answer,
    *,
    pause_seconds: Callable[[int], float],
    disable_days: int,
) -> Literal["", "gone", "failing"]:
    """Record that an event was not taken, and end the job: another follows after the pause.

    Return why the webhook was disabled instead, or "".
    """
    row = await _begin(work, claim, webhook_id)
    if row is None:
        await claims.delete(work, claim)
        return ""
    await _log(work, webhook_id, step, message, answer)
    since = row.failing_since or work.now
    failures = row.failures + 1
    pause = max(answer.retry_after_seconds, pause_seconds(failures))
    values: dict[str, Any] = {
        "failures": failures,
        "failing_since": since,
        "last_error": answer.error,
    }
    reason: Literal["", "gone", "failing"] = ""
    if answer.is_gone:
        reason = "gone"
    elif work.now - since >= timedelta(days=disable_days):
        reason = "failing"
    if not reason:
        if await _is_asked_to_send(work, webhook_id, step):
            pause = 0.0
        values["retry_at"] = work.now + timedelta(seconds=pause)
    await work.connection.execute(
        update(WebhookRow).where(WebhookRow.id == webhook_id).values(values)
    )
    if reason:
        await claims.delete(work, claim)
        await disable(work, webhook_id, reason)
    else:
        await continue_later(work, claim, webhook_id, row.user_id, pause)
    return reason


async def disable(
    work: UnitOfWork, webhook_id: str, reason: Literal["gone", "failing", "crashed", "secret"]
) -> None:
    """Disable a webhook, and mail who made it."""
    row = await find_webhook(work, webhook_id)
    if row is None or row.disabled_at is not None:
        return
    await work.connection.execute(
        update(WebhookRow)
        .where(WebhookRow.id == webhook_id)
        .values(disabled_at=work.now, disabled_reason=reason, retry_at=None)
    )
    audit_id = await audit.record(
        work,
        None,
        "webhook.gave_up",
        user_id=UserId(row.user_id),
        list_id=None if row.list_id is None else ListId(row.list_id),
        facts={
            "webhook_id": webhook_id,
            "name": row.name,
            "host": host_of(row.url),
            "reason": reason,
        },
    )
    work.add_job(SendSecurityNotice(audit_id=audit_id))


async def continue_later(
    work: UnitOfWork, claim: Claim, webhook_id: str, user_id: str, delay_seconds: float
) -> None:
    """End the job and add another, so that attempts and crashes are counted anew."""
    await claims.delete(work, claim)
    # A webhook for which something always waits ends no job in another way.
    await trim_log(work, webhook_id)
    run_at = work.now + timedelta(seconds=delay_seconds) if delay_seconds else None
    job_id = work.add_job(
        DeliverWebhook(webhook_id=webhook_id), run_at=run_at, fairness_key=UserId(user_id)
    )
    await work.connection.execute(
        update(WebhookRow).where(WebhookRow.id == webhook_id).values(job_id=job_id)
    )


async def _begin(work: UnitOfWork, claim: Claim, webhook_id: str) -> Any:
    """Lock the webhook and return its row, None if it was deleted. Raise LeaseLost."""
    row = await find_webhook(work, webhook_id, for_update=True)
    if not await claims.renew_leases(work, [claim]):
        raise LeaseLost(claim.id)
    return row


async def _is_asked_to_send(work: UnitOfWork, webhook_id: str, step: Step) -> bool:
    """Return True if a test or repetition was asked for while the request was on its way.

    It could not advance the job, which was running, and would wait for the end of the pause.
    """
    assert step.since is not None
    is_pending = exists().where(
        WebhookDeliveryRow.webhook_id == webhook_id, WebhookDeliveryRow.state == "pending"
    )
    is_in_place = exists().where(
        WebhookCursorRow.webhook_id == webhook_id,
        WebhookCursorRow.list_id == step.since.list_id,
        WebhookCursorRow.epoch == step.since.epoch,
        WebhookCursorRow.seq == step.since.seq,
    )
    return bool(await work.connection.scalar(select(or_(is_pending, ~is_in_place))))


async def _advance(work: UnitOfWork, webhook: Webhook, step: Step) -> bool:
    """Move the cursor, unless somebody has moved it meanwhile to send events again."""
    assert step.since is not None
    assert step.until is not None
    moved = await work.connection.execute(
        update(WebhookCursorRow)
        .where(
            WebhookCursorRow.webhook_id == webhook.id,
            WebhookCursorRow.list_id == step.since.list_id,
            WebhookCursorRow.epoch == step.since.epoch,
            WebhookCursorRow.seq == step.since.seq,
        )
        .values(epoch=step.until.epoch, seq=step.until.seq)
    )
    if moved.rowcount != 1:
        return False
    return await _is_unchanged(work, webhook, step.since.list_id)


async def _is_unchanged(work: UnitOfWork, webhook: Webhook, list_id: str | None) -> bool:
    """Return True if the webhook may still send, and that list, with this secret and these events.

    Otherwise what was read before, up to a page, would still be sent as if nothing had happened.
    """
    found = await work.connection.execute(select_if_it_may_send(webhook.id, list_id))
    row = found.one_or_none()
    return (
        row is not None
        and row.encrypted_secret == webhook.encrypted_secret
        and row.events == webhook.events
    )


async def _log(
    work: UnitOfWork, webhook_id: str, step: Step, message: Message | None, answer: Answer
) -> None:
    values: dict[str, Any] = {
        "state": "delivered" if answer.is_delivered else "failed",
        "attempts": WebhookDeliveryRow.attempts + 1,
        "response_status": answer.status,
        "duration_ms": answer.duration_ms,
        "error": answer.error,
        "response": answer.response,
        "attempted_at": work.now,
    }
    written = update(WebhookDeliveryRow).values(values)
    if step.delivery_id is not None:
        await work.connection.execute(written.where(WebhookDeliveryRow.id == step.delivery_id))
        return
    assert message is not None
    kind = "gap" if message.event == "gap" else "event"
    is_known = (
        (WebhookDeliveryRow.webhook_id == webhook_id)
        & (WebhookDeliveryRow.message_id == message.id)
        & (WebhookDeliveryRow.kind == kind)
    )
    if (await work.connection.execute(written.where(is_known))).rowcount:
        return
    # The webhook may have been deleted while the request was on its way.
    if await find_webhook(work, webhook_id) is None:
        return
    await work.connection.execute(
        insert(WebhookDeliveryRow).values(
            values
            | {
                "id": new_id(),
                "webhook_id": webhook_id,
                "kind": kind,
                "list_id": message.list_id,
                "epoch": message.epoch,
                "seq": message.seq,
                "event": message.event,
                "message_id": message.id,
                "attempts": 1,
                "created_at": work.now,
            }
        )
    )


async def trim_log(work: UnitOfWork, webhook_id: str) -> None:
    """Delete the oldest deliveries of a webhook beyond MAX_DELIVERIES."""
    newest = (
        select(WebhookDeliveryRow.id)
        .where(WebhookDeliveryRow.webhook_id == webhook_id)
        .order_by(WebhookDeliveryRow.id.desc())
    )
    last = await work.connection.scalar(newest.offset(MAX_DELIVERIES).limit(1))
    if last is not None:
        await work.connection.execute(
            delete(WebhookDeliveryRow).where(
                WebhookDeliveryRow.webhook_id == webhook_id, WebhookDeliveryRow.id <= last
            )
        )
