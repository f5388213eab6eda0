"""Shows a notification on one device: looks at the world again, hands over, `done`.

What it says is read now, by the rights of now. In doubt it is sent again: topic and tag are the
notification's id, so that the service and the device replace the first by the second. Hence no
`sending`, and nothing ambiguous, as there is with mail.
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
from shared.jobs.retries import Failure, Permanent, Unwanted
from shared.notifications import push_subscriptions, queries
from shared.notifications.push_subscription_rules import PushSubscription
from shared.tables.accounts import SessionRow, UserRow
from shared.tables.lists import ListRow
from shared.tables.members import InvitationRow, MemberRow
from shared.tables.notifications import NotificationRow, PushSubscriptionRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import ReadTransaction
from worker.jobs.context import Tools, save
from worker.mail.renderer import Letters
from worker.push.sender import Gone, Push
from worker.text_format import SAID, name_of

# From the deed on. A device that comes back later finds the rest in the panel; a reminder of this
# morning confuses.
KEPT = timedelta(hours=24)
REMINDER_KEPT = timedelta(hours=4)
# Encrypted it has to fit into 4096 bytes, whatever the script; no screen shows more.
LONGEST_LINE = 200


async def push(tools: Tools, claim: Claim, job: SendPush) -> None:
    """The device's service took it, and the job is done. Raises a Failure."""
    async with tools.resources.begin_read() as read:
        wanted = await _write(read, tools.letters, job, tools.pushes.public_key)
    try:
        await tools.pushes.send(wanted)
    except Gone as failure:
        metrics.pushes.labels("gone").inc()
        await save(
            tools.resources,
            lambda work: push_subscriptions.delete_subscription(work, job.subscription_id),
        )
        raise Unwanted(failure.why) from None
    except Failure as failure:
        metrics.pushes.labels(type(failure).__name__.lower()).inc()
        if isinstance(failure, Permanent):
            # No dead letter: whoever subscribes names the service that answers so, and nobody tries again.
            raise Unwanted(failure.why) from None
        raise
    metrics.pushes.labels("sent").inc()
    await failpoints.reach("push_accepted")
    await save(tools.resources, lambda work: claims.finish(work, claim, "done"))


async def _write(read: ReadTransaction, letters: Letters, job: SendPush, server_key: str) -> Push:
    """Returns what the device is to show. Raises Unwanted."""
    device = await _device(read, job.subscription_id)
    if device is None or device.user_status != "active":
        raise Unwanted("the device is not subscribed or signed in any more")
    if device.server_key != server_key:
        raise Unwanted("the device was subscribed with another VAPID_PRIVATE_KEY")
    user_id = UserId(device.user_id)
    row = await _notification(read, job.notification_id, user_id)
    if row is None or row.read_at is not None:
        raise Unwanted("it was read, or is not theirs to read any more")
    kind = NotificationKind(row.kind)
    if not (await queries.read_channels(read, {user_id}))[user_id][kind].push:
        raise Unwanted("they do not want such pushes")
    is_reminder = kind is NotificationKind.REMINDED
    if is_reminder and row.todo_status not in OPEN:
        raise Unwanted("the todo is not open any more")
    left = row.created_at + (REMINDER_KEPT if is_reminder else KEPT) - read.now
    if left < timedelta(seconds=1):
        raise Unwanted("it is too old for a screen that lights up")
    title, body, link = _words(letters, kind, row)
    if job.more:
        body = f"and {job.more} more"
    content = {"id": row.id, "title": _line(title), "body": _line(body), "link": link}
    return Push(
        browser=PushSubscription(device.endpoint, device.p256dh, device.auth),
        content=orjson.dumps(content),
        topic=row.id,
        ttl_seconds=int(left.total_seconds()),
        is_urgent=is_reminder,
    )


async def _device(read: ReadTransaction, subscription_id: str) -> Row[*tuple[Any, ...]] | None:
    """Returns the subscription, if the sign-in it was made with lives."""
    rows = await read.connection.execute(
        select(*PushSubscriptionRow.__table__.c, UserRow.status.label("user_status"))
        .join(UserRow, UserRow.id == PushSubscriptionRow.user_id)
        .join(SessionRow, SessionRow.id == PushSubscriptionRow.session_id)
        .where(
            PushSubscriptionRow.id == subscription_id,
            SessionRow.revoked_at.is_(None),
            SessionRow.expires_at > read.now,
        )
    )
    return rows.one_or_none()


async def _notification(
    read: ReadTransaction, notification_id: str, user_id: UserId
) -> Row[*tuple[Any, ...]] | None:
    """Returns it with what they may read now; None when nothing of it is left to say."""
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


def _words(
    letters: Letters, kind: NotificationKind, row: Row[*tuple[Any, ...]]
) -> tuple[str, str, str]:
    """Returns what is in the first line, what is below it, and where a press on it leads."""
    if kind is NotificationKind.REMINDED:
        return row.title, f"Reminder · {row.list_name}", letters.todo_link(row.list_id, row.todo_id)
    who = name_of(row.actor_id, row.actor_name)
    if kind is NotificationKind.INVITED:
        return f"{who} invited you to a list", "", letters.home
    if kind is NotificationKind.REMOVED:
        return f"{who} {SAID[kind]} “{row.left_list}”", "", letters.home
    words = f"{who} {SAID[kind]} “{row.title}”"
    return words, row.list_name, letters.todo_link(row.list_id, row.todo_id)


def _line(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 1]}…"
