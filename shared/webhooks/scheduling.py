"""Find the webhooks for which something waits, and add a job for each.

The log of events is the queue: a webhook is due when a list of it has events after its cursor, or when a
test or repetition waits. At most one job of a webhook is open, so one request is on its way at a time.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    and_,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from shared.contract.jobs import DeliverWebhook
from shared.contract.shapes import Role
from shared.ids import UserId
from shared.jobs.queue import OPEN_STATES
from shared.tables.accounts import UserRow
from shared.tables.interop.webhook_cursors import WebhookCursorRow
from shared.tables.interop.webhook_deliveries import WebhookDeliveryRow
from shared.tables.interop.webhooks import WebhookRow
from shared.tables.jobs import JobRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.streams import EventRow, StreamRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# Jobs added in one transaction: some milliseconds.
BATCH = 100

# A webhook that may send at all; each delivery asks again (`is_allowed`).
IS_ENABLED: ColumnElement[bool] = and_(
    WebhookRow.disabled_at.is_(None),
    exists().where(UserRow.id == WebhookRow.user_id, UserRow.status == "active"),
)
# A literal, so that planners use the partial index.
_IS_PENDING: ColumnElement[bool] = literal_column("webhook_deliveries.state = 'pending'", Boolean)


def cursors_to_read() -> Select[*tuple[Any, ...]]:
    """Return a statement for the cursors whose lists their webhook may send, with the heads.

    To be restricted to a webhook. A list in the trash is not sent, nor one of which the maker of the
    list's own webhook is no owner.
    """
    return (
        select(WebhookCursorRow.list_id, WebhookCursorRow.epoch, WebhookCursorRow.seq)
        .select_from(WebhookCursorRow)
        .join(StreamRow, StreamRow.id == WebhookCursorRow.list_id)
        .join(ListRow, ListRow.id == WebhookCursorRow.list_id)
        .join(
            MemberRow,
            and_(
                MemberRow.list_id == WebhookCursorRow.list_id,
                MemberRow.user_id == WebhookCursorRow.user_id,
            ),
        )
        .where(
            ListRow.deleted_at.is_(None),
            or_(WebhookRow.list_id.is_(None), MemberRow.role == Role.OWNER.value),
        )
    )


HAS_NEWS: ColumnElement[bool] = or_(
    StreamRow.head > WebhookCursorRow.seq, StreamRow.epoch != WebhookCursorRow.epoch
)


def _lists_without_cursor() -> Select[*tuple[Any, ...]]:
    """Return the lists that the user of an account's webhook joined after it was made."""
    has_cursor = exists().where(
        WebhookCursorRow.webhook_id == WebhookRow.id,
        WebhookCursorRow.list_id == MemberRow.list_id,
    )
    return (
        select(MemberRow.list_id)
        .select_from(MemberRow)
        .where(WebhookRow.list_id.is_(None), MemberRow.user_id == WebhookRow.user_id, ~has_cursor)
    )


_HAS_OPEN_JOB = exists().where(JobRow.id == WebhookRow.job_id, JobRow.state.in_(OPEN_STATES[:4]))
_DUE = (
    select(WebhookRow.id, WebhookRow.user_id)
    .where(
        IS_ENABLED,
        ~_HAS_OPEN_JOB,
        or_(
            exists(
                cursors_to_read()
                .where(WebhookCursorRow.webhook_id == WebhookRow.id, HAS_NEWS)
                .correlate(WebhookRow)
            ),
            exists().where(WebhookDeliveryRow.webhook_id == WebhookRow.id, _IS_PENDING),
            exists(_lists_without_cursor().correlate(WebhookRow)),
        ),
    )
    .order_by(WebhookRow.id)
    .limit(BATCH)
)
_IS_ANY_DUE = select(exists(_DUE))
# Another worker adds the job of a locked one at this moment.
_LOCK_DUE = _DUE.with_for_update(of=WebhookRow, skip_locked=True)


async def is_any_due(read: ReadTransaction) -> bool:
    """Return True if `queue_due` would add a job."""
    return bool(await read.connection.scalar(_IS_ANY_DUE))


async def queue_due(work: UnitOfWork) -> int:
    """Add a job for each webhook for which something waits, at most BATCH; return their number."""
    locked = list(await work.connection.execute(_LOCK_DUE))
    # Locking reads the row again, but not the jobs: one that another worker has added since the statement
    # began is seen by the next statement only.
    still_due = (WebhookRow.id.in_([row.id for row in locked])) & ~_HAS_OPEN_JOB
    found = select(WebhookRow.id, WebhookRow.user_id).where(still_due).order_by(WebhookRow.id)
    due = list(await work.connection.execute(found))
    if not due:
        return 0
    await _add_cursors(work, [row.id for row in due])
    for row in due:
        job = DeliverWebhook(webhook_id=row.id)
        job_id = work.add_job(job, fairness_key=UserId(row.user_id))
        await work.connection.execute(
            update(WebhookRow).where(WebhookRow.id == row.id).values(job_id=job_id)
        )
    return len(due)


async def _add_cursors(work: UnitOfWork, webhook_ids: Sequence[str]) -> None:
    """Let webhooks of accounts begin in the lists that were joined meanwhile, with the joining."""
    of_stream = EventRow.stream_id == StreamRow.id
    first_seq = select(func.min(EventRow.seq) - 1)
    # The event of the joining has the same instant, of the same transaction. Without it, after a trim, the
    # clock decides, and that of another host may differ.
    joining = first_seq.where(of_stream, EventRow.at == MemberRow.joined_at).scalar_subquery()
    later = first_seq.where(of_stream, EventRow.at > MemberRow.joined_at).scalar_subquery()
    new = (
        select(
            WebhookRow.id,
            MemberRow.list_id,
            MemberRow.user_id,
            StreamRow.epoch,
            func.coalesce(joining, later, StreamRow.head),
        )
        .select_from(WebhookRow)
        .join(MemberRow, MemberRow.user_id == WebhookRow.user_id)
        .join(StreamRow, StreamRow.id == MemberRow.list_id)
        .where(
            WebhookRow.id.in_(webhook_ids),
            WebhookRow.list_id.is_(None),
            ~exists().where(
                WebhookCursorRow.webhook_id == WebhookRow.id,
                WebhookCursorRow.list_id == MemberRow.list_id,
            ),
        )
    )
    columns = ["webhook_id", "list_id", "user_id", "epoch", "seq"]
    await work.connection.execute(insert(WebhookCursorRow).from_select(columns, new))
