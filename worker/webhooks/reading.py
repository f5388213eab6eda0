"""Read what a webhook sends next: tests and repetitions first, then the events of one of its lists."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, select

from shared import event_log
from shared.event_log import CannotResume, EventPage
from shared.ids import Epoch, StreamId
from shared.tables.interop.webhook_cursors import WebhookCursorRow
from shared.tables.interop.webhook_deliveries import WebhookDeliveryRow
from shared.tables.interop.webhooks import WebhookRow
from shared.tables.streams import EventRow, StreamRow
from shared.unit_of_work import ReadTransaction
from shared.webhooks import rules
from shared.webhooks.commands import secret_of
from shared.webhooks.rules import Message
from shared.webhooks.scheduling import HAS_NEWS, IS_ENABLED, cursors_to_read

# Read at once, so that a fast receiver costs a read for each page, not for each event.
PAGE_EVENTS = 50
PAGE_REQUESTED = 10


@dataclass(frozen=True)
class Webhook:
    id: str
    user_id: str
    url: str
    # None: SECRET_KEY was replaced twice before the worker encrypted it anew.
    secret: str | None
    events: Sequence[str]
    encrypted_secret: str


@dataclass(frozen=True)
class Cursor:
    list_id: str
    epoch: str
    seq: int


@dataclass(frozen=True)
class Step:
    """What happens next. `message` is None for events that are not wanted.

    With the step the cursor moves from `since` to `until`; both are None for what was asked for by hand,
    which is the delivery `delivery_id`.
    """

    message: Message | None
    since: Cursor | None = None
    until: Cursor | None = None
    delivery_id: str | None = None


@dataclass(frozen=True)
class Batch:
    webhook: Webhook
    steps: Sequence[Step]


async def read_batch(read: ReadTransaction, webhook_id: str, keys: Sequence[bytes]) -> Batch | None:
    """Return the next steps of a webhook, none if nothing waits; None if it may send nothing."""
    found = select(*WebhookRow.__table__.c).where(WebhookRow.id == webhook_id, IS_ENABLED)
    row = (await read.connection.execute(found)).one_or_none()
    secret = None if row is None else secret_of(keys, row)
    if row is None:
        return None
    webhook = Webhook(row.id, row.user_id, row.url, secret, row.events, row.encrypted_secret)
    if secret is None:
        return Batch(webhook, ())
    steps = await _requested(read, webhook) or await _events_of_one_list(read, webhook)
    return Batch(webhook, steps)


def select_if_it_may_send(webhook_id: str, list_id: str | None) -> Select[str, list[str]]:
    """Return a statement for the encrypted secret and the events of a webhook.

    It finds nothing if the webhook may not send now, or not that list.
    """
    found = select(WebhookRow.encrypted_secret, WebhookRow.events).where(
        WebhookRow.id == webhook_id, IS_ENABLED
    )
    if list_id is None:
        return found
    cursor = cursors_to_read().where(
        WebhookCursorRow.webhook_id == WebhookRow.id, WebhookCursorRow.list_id == list_id
    )
    return found.where(exists(cursor.correlate(WebhookRow)))


def _cursors(webhook_id: str) -> Any:
    return (
        cursors_to_read()
        .join(WebhookRow, WebhookRow.id == WebhookCursorRow.webhook_id)
        .where(WebhookCursorRow.webhook_id == webhook_id)
    )


async def _requested(read: ReadTransaction, webhook: Webhook) -> list[Step]:
    rows = await read.connection.execute(
        select(*WebhookDeliveryRow.__table__.c)
        .where(WebhookDeliveryRow.webhook_id == webhook.id, WebhookDeliveryRow.state == "pending")
        .order_by(WebhookDeliveryRow.id)
        .limit(PAGE_REQUESTED)
    )
    return [Step(await _message(read, webhook, row), delivery_id=row.id) for row in rows.all()]


async def _message(read: ReadTransaction, webhook: Webhook, row: Any) -> Message | None:
    """Return the message of a test or repetition; None if the event cannot be read any more."""
    if row.kind == "test":
        return rules.test_message(webhook.id, row.id, read.now)
    found = (
        select(EventRow.frame)
        .join(StreamRow, StreamRow.id == EventRow.stream_id)
        .where(
            EventRow.stream_id == row.list_id,
            EventRow.seq == row.seq,
            StreamRow.epoch == row.epoch,
            exists(select_if_it_may_send(webhook.id, row.list_id)),
        )
    )
    frame = await read.connection.scalar(found)
    if frame is None:
        return None
    return Message(row.message_id, frame.encode(), row.event, row.list_id, row.epoch, row.seq)


async def _events_of_one_list(read: ReadTransaction, webhook: Webhook) -> list[Step]:
    rows = (await read.connection.execute(_cursors(webhook.id).where(HAS_NEWS))).all()
    if not rows:
        return []
    # Any of them, so that a list that is never finished does not keep the others waiting.
    row = random.choice(rows)  # noqa: S311  no secret
    cursor = Cursor(row.list_id, row.epoch, row.seq)
    stream = StreamId(cursor.list_id)
    answers = await event_log.read_after_several(
        read.connection, {stream: (cursor.epoch, cursor.seq)}, PAGE_EVENTS
    )
    page = answers.get(stream)
    if isinstance(page, CannotResume):
        return [_gap(read, cursor, page)]
    return [] if page is None else _steps(cursor, page, webhook.events)


def _gap(read: ReadTransaction, cursor: Cursor, refusal: CannotResume) -> Step:
    head = refusal.head
    is_trimmed = refusal.reason == "trimmed"
    until = Cursor(cursor.list_id, head.epoch, head.floor if is_trimmed else head.seq)
    since = cursor.seq if is_trimmed else 0
    reason = "trimmed" if is_trimmed else "epoch"
    message = rules.gap_message(cursor.list_id, head.epoch, since, until.seq, reason, read.now)
    return Step(message, cursor, until)


def _steps(cursor: Cursor, page: EventPage, events: Sequence[str]) -> list[Step]:
    """Return a step for each wanted event, and a last one for what follows it."""
    steps: list[Step] = []
    since = cursor
    epoch: Epoch = page.head.epoch
    for seq, frame in page.frames:
        name = event_log.event_name(frame)
        if not rules.is_wanted(name, events):
            continue
        list_id = cursor.list_id
        message_id = rules.message_id(list_id, epoch, seq)
        message = Message(message_id, frame, name, list_id, epoch, seq)
        until = Cursor(list_id, epoch, seq)
        steps.append(Step(message, since, until))
        since = until
    if since.seq < page.through:
        steps.append(Step(None, since, Cursor(cursor.list_id, epoch, page.through)))
    return steps
