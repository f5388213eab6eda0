"""Mails what a person was told and has not read: one mail for all of some minutes.

    notify ─→ row, mail_due ─→ job at the end of the window ─→ still unread, still theirs to read? ─→ mail

Each job mails its own window and no other: of several that are due at once, or after one that may
have been sent, none says what another one did.

Contents are read when the mail is written, by the rights of that moment: the rows hold none.
"""

from typing import Any

from sqlalchemy import ColumnElement, Row, select, update

from shared.contract.jobs import SendNotifications
from shared.contract.notifications import NotificationKind
from shared.ids import UserId, user_stream
from shared.jobs.retries import Unwanted
from shared.notifications import queries, unsubscribe_links
from shared.notifications.rules import MAIL_WINDOW
from shared.notifications.unsubscribe_links import Mails
from shared.tables.accounts import UserRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.notifications import NotificationRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import ReadTransaction, UnitOfWork
from worker.mail.renderer import Letter, Letters
from worker.text_format import SAID, name_of

# A mail is to bring somebody back, not to replace the page.
LINES = 20


async def stop_link(
    work: UnitOfWork, letters: Letters, user_id: UserId, kind: NotificationKind, mails: Mails
) -> tuple[str, str]:
    """Returns what a mail's unsubscribe link is made of. Raises Unwanted when they stopped it."""
    chosen = (await queries.read_channels(work, {user_id}))[user_id]
    if not chosen[kind].mail:
        raise Unwanted("they do not want such mails")
    return await unsubscribe_links.create_unsubscribe_token(
        work, letters.keys, user_id
    ), mails.value


async def write_notifications(work: UnitOfWork, letters: Letters, job: SendNotifications) -> Letter:
    """Returns one mail with all that is unread and due. Raises Unwanted when nothing is."""
    user_id = UserId(job.user_id)
    user = (
        await work.connection.execute(
            select(UserRow.email, UserRow.status).where(UserRow.id == user_id)
        )
    ).one_or_none()
    if user is None or user.status != "active":
        raise Unwanted("the account is gone or not active")
    chosen = (await queries.read_channels(work, {user_id}))[user_id]
    due = await _due(work, job)
    lines = [_line(letters, row) for row in due if chosen[NotificationKind(row.kind)].mail]
    if not lines:
        raise Unwanted("it was read, stopped, or is not theirs to read any more")
    more = len(lines) - LINES
    return letters.write(
        "notifications",
        user.email,
        lines[0]["words"] if len(lines) == 1 else f"{len(lines)} things wait for you",
        stop=(
            await unsubscribe_links.create_unsubscribe_token(work, letters.keys, user_id),
            Mails.NOTIFICATIONS.value,
        ),
        lines=lines[:LINES],
        more=max(0, more),
    )


async def note_sent(work: UnitOfWork, job: SendNotifications) -> None:
    """None of them is mailed again."""
    # They are read, and forgotten, under the same lock: rows locked in two orders would deadlock.
    await work.lock_streams([user_stream(UserId(job.user_id))])
    await work.connection.execute(
        update(NotificationRow).where(*_of_window(job)).values(mail_due=False)
    )


def _of_window(job: SendNotifications) -> tuple[ColumnElement[bool], ...]:
    return (
        NotificationRow.user_id == job.user_id,
        NotificationRow.mail_due.is_(True),
        NotificationRow.created_at >= job.until - MAIL_WINDOW,
        NotificationRow.created_at < job.until,
    )


async def _due(read: ReadTransaction, job: SendNotifications) -> list[Row[*tuple[Any, ...]]]:
    """Returns what is unread, oldest first; with titles where its person may read them now."""
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
        .where(*_of_window(job), NotificationRow.read_at.is_(None))
        .order_by(NotificationRow.id)
    )
    return [row for row in rows if row.role is not None or row.todo_id is None]


def _line(letters: Letters, row: Row[*tuple[Any, ...]]) -> dict[str, str]:
    what = row.title if row.todo_id else row.left_list
    words = f"{name_of(row.actor_id, row.actor_name)} {SAID[NotificationKind(row.kind)]} “{what}”"
    link = letters.todo_link(row.list_id, row.todo_id) if row.todo_id else ""
    return {"words": words, "where": row.list_name or "", "link": link}
