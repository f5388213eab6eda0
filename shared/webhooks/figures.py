"""Figures of webhooks for /metrics."""

from dataclasses import dataclass

from sqlalchemy import case, func, select

from shared.tables.interop.webhook_cursors import WebhookCursorRow
from shared.tables.interop.webhooks import WebhookRow
from shared.tables.streams import EventRow
from shared.unit_of_work import ReadTransaction
from shared.webhooks.scheduling import IS_ENABLED, cursors_to_read

STATES = ("enabled", "failing", "disabled")


@dataclass(frozen=True)
class WebhookFigures:
    """`waiting_seconds`: of the oldest event that waits for a webhook whose receiver does not fail."""

    counts: dict[str, int]
    waiting_seconds: float


async def read_webhook_figures(read: ReadTransaction) -> WebhookFigures:
    state = case(
        (WebhookRow.disabled_at.is_not(None), "disabled"),
        (WebhookRow.failing_since.is_not(None), "failing"),
        else_="enabled",
    )
    rows = await read.connection.execute(select(state, func.count()).group_by(state))
    oldest = await read.connection.scalar(
        cursors_to_read()
        .with_only_columns(func.min(EventRow.at))
        .join(WebhookRow, WebhookRow.id == WebhookCursorRow.webhook_id)
        .join(
            EventRow,
            (EventRow.stream_id == WebhookCursorRow.list_id)
            & (EventRow.seq == WebhookCursorRow.seq + 1),
        )
        .where(IS_ENABLED, WebhookRow.failing_since.is_(None))
    )
    waiting = 0.0 if oldest is None else max(0.0, (read.now - oldest).total_seconds())
    return WebhookFigures({row[0]: row[1] for row in rows}, waiting)
