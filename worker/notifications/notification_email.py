"""Mail a user's unread notifications: one mail for each window of some minutes.

    notify ─→ row with mail_due ─→ job at the end of the window ─→ still unread and readable? ─→ mail

Each job mails exactly its own window. So several jobs that are due at once, or a job that follows one
whose delivery is in doubt, never repeat each other's notifications.

The rows hold no content. It is read when the mail is written, with the user's rights at that time.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from shared.contract.jobs import SendNotifications
from shared.contract.notifications import NotificationKind
from shared.database.column_types import UtcDateTime
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
from worker.mail.email_batches import ComposedEmail
from worker.mail.renderer import EmailRenderer
from worker.text_format import action_text, list_name

# The mail invites the user to the site and does not replace the page.
MAX_LINES = 20
MAILS_NOT_WANTED = "they do not want such mails"


async def create_wanted_tokens(
    work: UnitOfWork, renderer: EmailRenderer, user_ids: Collection[UserId], kind: NotificationKind
) -> dict[UserId, str]:
    """Return the tokens for unsubscribe links, without the users who unsubscribed from this kind."""
    channels = await queries.read_channels(work, user_ids)
    wanting = [user_id for user_id in user_ids if channels[user_id][kind].mail]
    return await unsubscribe_links.create_unsubscribe_tokens(work, renderer.keys, wanting)


async def unsubscribe_token(
    work: UnitOfWork, renderer: EmailRenderer, user_id: UserId, kind: NotificationKind, mails: Mails
) -> tuple[str, str]:
    """Return the token and category for unsubscribe links. Raise Obsolete if the user unsubscribed."""
    tokens = await create_wanted_tokens(work, renderer, [user_id], kind)
    if user_id not in tokens:
        raise Obsolete(MAILS_NOT_WANTED)
    return tokens[user_id], mails.value


async def compose_notifications(
    work: UnitOfWork, renderer: EmailRenderer, jobs: Sequence[SendNotifications]
) -> list[ComposedEmail | Obsolete]:
    """Return one mail for each window, with its unread notifications, or why there is none."""
    user_ids = {UserId(job.user_id) for job in jobs}
    found = await work.connection.execute(_USERS, {"ids": list(user_ids)})
    users = {UserId(row.id): row for row in found}
    channels = await queries.read_channels(work, user_ids)
    windows = await _read_windows(work, jobs)
    wanted = [
        [
            row
            for row in windows.get((job.user_id, job.until), ())
            if channels[UserId(job.user_id)][NotificationKind(row.kind)].mail
        ]
        for job in jobs
    ]
    mailed = {UserId(job.user_id) for job, some in zip(jobs, wanted, strict=True) if some}
    tokens = await unsubscribe_links.create_unsubscribe_tokens(work, renderer.keys, mailed)
    return [
        _compose(work, renderer, UserId(job.user_id), users, some, tokens)
        for job, some in zip(jobs, wanted, strict=True)
    ]


def _compose(
    work: UnitOfWork,
    renderer: EmailRenderer,
    user_id: UserId,
    users: Mapping[UserId, Any],
    rows: Sequence[Any],
    tokens: Mapping[UserId, str],
) -> ComposedEmail | Obsolete:
    user = users.get(user_id)
    if user is None or user.status != "active":
        return Obsolete("the account is deleted or not active")
    if not rows:
        return Obsolete("the notifications are read, unsubscribed or no longer readable")
    renderer = renderer.speaking(user)
    lines = [_line(renderer, row) for row in rows]
    email = renderer.render(
        "notifications",
        user.email,
        lines[0]["text"]
        if len(lines) == 1
        else renderer.t.counted(
            len(lines), "One thing waits for you", "{count} things wait for you"
        ),
        unsubscribe=(tokens[user_id], Mails.NOTIFICATIONS.value),
        reply_to=_reply_to(work, renderer, rows, user.email),
        lines=lines[:MAX_LINES],
        more=max(0, len(lines) - MAX_LINES),
    )
    return ComposedEmail(email, user_stream(user_id))


def _reply_to(work: UnitOfWork, renderer: EmailRenderer, rows: Sequence[Any], email: str) -> str:
    """Return the address for replies; empty for a mail about several todos, or about none."""
    if len({row.todo_id for row in rows}) > 1 or rows[-1].todo_id is None:
        return ""
    return renderer.reply_to("n", rows[-1].id, email, rows[-1].role, work.now)


async def record_sent(work: UnitOfWork, jobs: Sequence[SendNotifications]) -> None:
    """Record that the notifications of the windows need no further mail.

    The users' streams are locked. Marking notifications read, and deleting them, takes that lock too:
    rows locked in two orders would deadlock.
    """
    for until, users in _users_by_window(jobs).items():
        await work.connection.execute(_SET_MAILED, _window(until, users))


async def _read_windows(
    read: ReadTransaction, jobs: Sequence[SendNotifications]
) -> dict[tuple[str, datetime], list[Any]]:
    """Return the unread notifications that the users may still read, oldest first.

    The keys are the users and the ends of the windows. Jobs that are due together mostly have the
    same window.
    """
    found: dict[tuple[str, datetime], list[Any]] = {}
    for until, users in _users_by_window(jobs).items():
        for row in await read.connection.execute(_READ_WINDOW, _window(until, users)):
            if row.role is not None or row.todo_id is None:
                found.setdefault((row.user_id, until), []).append(row)
    return found


def _users_by_window(jobs: Sequence[SendNotifications]) -> dict[datetime, list[str]]:
    users: dict[datetime, list[str]] = {}
    for job in jobs:
        users.setdefault(job.until, []).append(job.user_id)
    return users


def _window(until: datetime, users: Sequence[str]) -> dict[str, Any]:
    """Return the parameters of a statement about one window."""
    return {"users": users, "since": until - MAIL_WINDOW, "until": until}


def _line(renderer: EmailRenderer, row: Any) -> dict[str, str]:
    title = row.title if row.todo_id else row.left_list
    action = action_text(NotificationKind(row.kind), row.actor_id, row.actor_name, title)
    text = renderer.t.of(action)
    link = renderer.todo_link(row.list_id, row.todo_id, row.comment_id) if row.todo_id else ""
    return {"text": text, "list_name": list_name(renderer.t, row), "link": link}


_USERS = select(UserRow.id, UserRow.email, UserRow.status, UserRow.language, UserRow.locale).where(
    UserRow.id.in_(bindparam("ids", expanding=True))
)
_IN_WINDOW = (
    NotificationRow.user_id.in_(bindparam("users", expanding=True)),
    NotificationRow.mail_due.is_(True),
    NotificationRow.created_at >= bindparam("since", type_=UtcDateTime),
    NotificationRow.created_at < bindparam("until", type_=UtcDateTime),
)
_READ_WINDOW = (
    select(
        NotificationRow.id,
        NotificationRow.user_id,
        NotificationRow.kind,
        NotificationRow.actor_id,
        NotificationRow.actor_name,
        NotificationRow.list_name.label("left_list"),
        NotificationRow.todo_id,
        NotificationRow.comment_id,
        TodoRow.list_id,
        TodoRow.title,
        ListRow.name.label("list_name"),
        ListRow.inbox_of.is_not(None).label("is_inbox"),
        MemberRow.role,
    )
    .outerjoin(TodoRow, (TodoRow.id == NotificationRow.todo_id) & TodoRow.deleted_at.is_(None))
    .outerjoin(ListRow, (ListRow.id == TodoRow.list_id) & ListRow.deleted_at.is_(None))
    .outerjoin(
        MemberRow,
        (MemberRow.list_id == ListRow.id) & (MemberRow.user_id == NotificationRow.user_id),
    )
    .where(*_IN_WINDOW, NotificationRow.read_at.is_(None))
    .order_by(NotificationRow.id)
)
_SET_MAILED = update(NotificationRow).where(*_IN_WINDOW).values(mail_due=False)
