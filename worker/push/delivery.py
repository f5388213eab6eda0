"""Show a notification on one device: check that it is still wanted, send the push, record `done`.

The content is read when the push is sent, with the user's rights at that time. A push whose outcome is
unknown is sent again: topic and tag are the notification's id, so the service and the device replace
the first push by the second. So, unlike mail, pushes have no state `sending` and are not counted as in
doubt.
"""

from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import Row, select

from shared import failpoints, metrics
from shared.contract.jobs import SendPush
from shared.contract.notifications import NotificationKind
from shared.contract.shapes import OPEN
from shared.ids import UserId
from shared.jobs import claims
from shared.jobs.claims import Claim
from shared.jobs.retries import Failure, Obsolete, Permanent
from shared.notifications import push_subscriptions, queries
from shared.notifications.push_subscription_rules import PushSubscription
from shared.tables.accounts import SessionRow, UserRow
from shared.tables.lists import ListRow
from shared.tables.members import InvitationRow, MemberRow
from shared.tables.notifications import NotificationRow, PushSubscriptionRow
from shared.tables.todos import TodoRow
from shared.text import without_bidi_controls
from shared.unit_of_work import ReadTransaction
from worker.jobs.context import JobContext
from worker.jobs.saving import save_with_retries
from worker.mail.renderer import EmailRenderer
from worker.push.sender import Push, SubscriptionGone
from worker.text_format import action_text, list_name

# How long a push may be delivered after its action. A device that comes online later finds the
# notification in the panel; a reminder of this morning would confuse.
PUSH_TTL = timedelta(hours=24)
REMINDER_PUSH_TTL = timedelta(hours=4)
# In characters. Encrypted, the push must fit into 4096 bytes in any script. No screen shows more.
MAX_LINE_LENGTH = 200


async def deliver_push(context: JobContext, claim: Claim, job: SendPush) -> None:
    """Send the push and finish the job. Raise a Failure."""
    async with context.resources.begin_read() as read:
        push = await _compose(read, context.renderer, job, context.pushes.public_key)
    try:
        await context.pushes.send(push)
    except SubscriptionGone as failure:
        metrics.pushes.labels(failure.label).inc()
        await save_with_retries(
            context.resources,
            lambda work: push_subscriptions.delete_subscription(work, job.subscription_id),
        )
        raise Obsolete(failure.reason) from None
    except Failure as failure:
        metrics.pushes.labels(failure.label).inc()
        if isinstance(failure, Permanent):
            # Cancelled instead of dead: users name the services, so retrying by hand is of no use.
            raise Obsolete(failure.reason) from None
        raise
    metrics.pushes.labels("sent").inc()
    await failpoints.reach("push_accepted")
    await save_with_retries(context.resources, lambda work: claims.finish(work, claim, "done"))


async def _compose(
    read: ReadTransaction, renderer: EmailRenderer, job: SendPush, server_key: str
) -> Push:
    """Return the push. Raise Obsolete if it is no longer wanted."""
    device = await _find_subscription(read, job.subscription_id)
    if device is None or device.user_status != "active":
        raise Obsolete("the device is no longer subscribed or signed in")
    if device.server_key != server_key:
        raise Obsolete("the device was subscribed with another VAPID_PRIVATE_KEY")
    user_id = UserId(device.user_id)
    row = await _find_notification(read, job.notification_id, user_id)
    if row is None or row.read_at is not None:
        raise Obsolete("the notification is read or no longer readable")
    kind = NotificationKind(row.kind)
    if not (await queries.read_channels(read, {user_id}))[user_id][kind].push:
        raise Obsolete("the user turned off pushes of this kind")
    is_reminder = kind is NotificationKind.REMINDED
    if is_reminder and row.todo_status not in OPEN:
        raise Obsolete("the todo is no longer open")
    left = row.created_at + (REMINDER_PUSH_TTL if is_reminder else PUSH_TTL) - read.now
    if left < timedelta(seconds=1):
        raise Obsolete("the notification is too old to be pushed")
    renderer = renderer.speaking(device)
    title, body, link = _text_of(renderer, kind, row)
    if job.more:
        body = renderer.t.counted(job.more, "and {count} more", "and {count} more")
    content = {"id": row.id, "title": _shorten(title), "body": _shorten(body), "link": link}
    return Push(
        browser=PushSubscription(device.endpoint, device.p256dh, device.auth),
        content=orjson.dumps(content),
        topic=row.id,
        ttl_seconds=int(left.total_seconds()),
        is_urgent=is_reminder,
    )


async def _find_subscription(
    read: ReadTransaction, subscription_id: str
) -> Row[*tuple[Any, ...]] | None:
    """Return the subscription if the session that it was made with is still valid."""
    rows = await read.connection.execute(
        select(
            *PushSubscriptionRow.__table__.c,
            UserRow.status.label("user_status"),
            UserRow.language,
            UserRow.locale,
        )
        .join(UserRow, UserRow.id == PushSubscriptionRow.user_id)
        .join(SessionRow, SessionRow.id == PushSubscriptionRow.session_id)
        .where(
            PushSubscriptionRow.id == subscription_id,
            SessionRow.revoked_at.is_(None),
            SessionRow.expires_at > read.now,
        )
    )
    return rows.one_or_none()


async def _find_notification(
    read: ReadTransaction, notification_id: str, user_id: UserId
) -> Row[*tuple[Any, ...]] | None:
    """Return the notification with its content, or None if the user may no longer read it."""
    rows = await read.connection.execute(
        select(
            NotificationRow.id,
            NotificationRow.kind,
            NotificationRow.actor_id,
            NotificationRow.actor_name,
            NotificationRow.read_at,
            NotificationRow.created_at,
            NotificationRow.todo_id,
            NotificationRow.list_name.label("left_list"),
            TodoRow.list_id,
            TodoRow.title,
            TodoRow.status.label("todo_status"),
            ListRow.name.label("list_name"),
            ListRow.inbox_of.is_not(None).label("is_inbox"),
            MemberRow.role,
            InvitationRow.id.label("open_invitation"),
        )
        .outerjoin(TodoRow, (TodoRow.id == NotificationRow.todo_id) & TodoRow.deleted_at.is_(None))
        .outerjoin(ListRow, (ListRow.id == TodoRow.list_id) & ListRow.deleted_at.is_(None))
        .outerjoin(
            MemberRow,
            (MemberRow.list_id == ListRow.id) & (MemberRow.user_id == NotificationRow.user_id),
        )
        .outerjoin(
            InvitationRow,
            (InvitationRow.id == NotificationRow.invitation_id)
            & InvitationRow.accepted_at.is_(None)
            & InvitationRow.declined_at.is_(None)
            & InvitationRow.withdrawn_at.is_(None)
            & (InvitationRow.expires_at > read.now),
        )
        .where(NotificationRow.id == notification_id, NotificationRow.user_id == user_id)
    )
    row = rows.one_or_none()
    if row is None:
        return None
    if row.kind == NotificationKind.INVITED:
        return row if row.open_invitation else None
    return row if row.role is not None or row.kind == NotificationKind.REMOVED else None


def _text_of(
    renderer: EmailRenderer, kind: NotificationKind, row: Row[*tuple[Any, ...]]
) -> tuple[str, str, str]:
    """Return the title, the body and the link of the push."""
    if kind is NotificationKind.REMINDED:
        return (
            row.title,
            renderer.t("Reminder · {list}", list=list_name(renderer.t, row)),
            renderer.todo_link(row.list_id, row.todo_id),
        )
    title = row.left_list if kind is NotificationKind.REMOVED else row.title or ""
    text = renderer.t.of(action_text(kind, row.actor_id, row.actor_name, title))
    if kind in (NotificationKind.INVITED, NotificationKind.REMOVED):
        return text, "", renderer.site_url
    return text, list_name(renderer.t, row), renderer.todo_link(row.list_id, row.todo_id)


def _shorten(text: str) -> str:
    text = without_bidi_controls(text)
    return text if len(text) <= MAX_LINE_LENGTH else f"{text[: MAX_LINE_LENGTH - 1]}…"
