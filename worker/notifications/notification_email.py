"""Mail a user's unread notifications: one mail for each window of some minutes.

    notify ─→ row with mail_due ─→ job at the end of the window ─→ still unread and readable? ─→ mail

Each job mails exactly its own window. So several jobs that are due at once, or a job that follows one
whose delivery is in doubt, never repeat each other's notifications.

The rows hold no content. It is read when the mail is written, with the user's rights at that time.
"""

from typing import Any

from sqlalchemy import ColumnElement, Row, select, update

from shared.contract.jobs import SendNotifications
from shared.contract.notifications import NotificationKind
from shared.ids import UserId, user_stream
from shared.jobs.retries import Obsolete
from shared.notifications import queries, unsubscribe_links
from shared.notifications.rules import MAIL_WINDOW
from shared.notifications.unsubscribe_links import Mails
from shared.tables.accounts import UserRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.notifications import NotificationRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import ReadTransaction, UnitOfWork
from worker.mail.renderer import EmailMessage, EmailRenderer
from worker.text_format import ACTION_PHRASES, actor_name

# The mail invites the user to the site and does not replace the page.
MAX_LINES = 20


async def unsubscribe_token(
    work: UnitOfWork, renderer: EmailRenderer, user_id: UserId, kind: NotificationKind, mails: Mails
) -> tuple[str, str]:
    """Return the token and category for unsubscribe links. Raise Obsolete if the user unsubscribed."""
    chosen = (await queries.read_channels(work, {user_id}))[user_id]
    if not chosen[kind].mail:
        raise Obsolete("they do not want such mails")
    return await unsubscribe_links.create_unsubscribe_token(
        work, renderer.keys, user_id
    ), mails.value


async def compose_notifications(
    work: UnitOfWork, renderer: EmailRenderer, job: SendNotifications
) -> EmailMessage:
    """Return one mail with the unread notifications of the window. Raise Obsolete if there are none."""
    user_id = UserId(job.user_id)
    user = (
        await work.connection.execute(
            select(UserRow.email, UserRow.status).where(UserRow.id == user_id)
        )
    ).one_or_none()
    if user is None or user.status != "active":
        raise Obsolete("the account is deleted or not active")
    chosen = (await queries.read_channels(work, {user_id}))[user_id]
    due = await _read_window(work, job)
    lines = [_line(renderer, row) for row in due if chosen[NotificationKind(row.kind)].mail]
    if not lines:
        raise Obsolete("the notifications are read, unsubscribed or no longer readable")
    return renderer.render(
        "notifications",
        user.email,
        lines[0]["text"] if len(lines) == 1 else f"{len(lines)} things wait for you",
        unsubscribe=(
            await unsubscribe_links.create_unsubscribe_token(work, renderer.keys, user_id),
            Mails.NOTIFICATIONS.value,
        ),
        lines=lines[:MAX_LINES],
        more=max(0, len(lines) - MAX_LINES),
    )


async def record_sent(work: UnitOfWork, job: SendNotifications) -> None:
    """Record that the notifications of the window need no further mail."""
    # Marking notifications read, and deleting them, takes this lock too. Rows locked in two orders
    # would deadlock.
    await work.lock_streams([user_stream(UserId(job.user_id))])
    await work.connection.execute(
        update(NotificationRow).where(*_in_window(job)).values(mail_due=False)
    )


def _in_window(job: SendNotifications) -> tuple[ColumnElement[bool], ...]:
    return (
        NotificationRow.user_id == job.user_id,
        NotificationRow.mail_due.is_(True),
        NotificationRow.created_at >= job.until - MAIL_WINDOW,
        NotificationRow.created_at < job.until,
    )


async def _read_window(
    read: ReadTransaction, job: SendNotifications
) -> list[Row[*tuple[Any, ...]]]:
    """Return the unread notifications that the user may still read, oldest first."""
    rows = await read.connection.execute(
        select(
            NotificationRow.kind,
            NotificationRow.actor_id,
            NotificationRow.actor_name,
            NotificationRow.list_name.label("left_list"),
            NotificationRow.todo_id,
            TodoRow.list_id,
            TodoRow.title,
            ListRow.name.label("list_name"),
            MemberRow.role,
        )
        .outerjoin(TodoRow, (TodoRow.id == NotificationRow.todo_id) & TodoRow.deleted_at.is_(None))
        .outerjoin(ListRow, (ListRow.id == TodoRow.list_id) & ListRow.deleted_at.is_(None))
        .outerjoin(
            MemberRow,
            (MemberRow.list_id == ListRow.id) & (MemberRow.user_id == NotificationRow.user_id),
        )
        .where(*_in_window(job), NotificationRow.read_at.is_(None))
        .order_by(NotificationRow.id)
    )
    return [row for row in rows if row.role is not None or row.todo_id is None]


def _line(renderer: EmailRenderer, row: Row[*tuple[Any, ...]]) -> dict[str, str]:
    name = actor_name(row.actor_id, row.actor_name)
    title = row.title if row.todo_id else row.left_list
    text = f"{name} {ACTION_PHRASES[NotificationKind(row.kind)]} “{title}”"
    link = renderer.todo_link(row.list_id, row.todo_id) if row.todo_id else ""
    return {"text": text, "list_name": row.list_name or "", "link": link}
