"""Schedule and compose the daily digest: todos that are overdue, due today, or assigned to the user.

    preferences.next_digest_at ─add_due, each minute→ job, and one day later ─→ mail, if not empty

The row is the timer. The dedupe key allows one digest for each user and local date. A digest whose
delivery is in doubt is not sent again, and a digest whose day has passed is not sent.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date
from sqlalchemy import Row, or_, select, update

from shared.contract.jobs import SendDigest
from shared.contract.shapes import OPEN
from shared.database.instants import zone_parameters
from shared.ids import UserId
from shared.jobs.retries import Obsolete
from shared.notifications import unsubscribe_links
from shared.notifications.rules import next_digest
from shared.notifications.unsubscribe_links import Mails
from shared.reminders.rules import Due
from shared.resources import Resources
from shared.tables.accounts import UserRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.notifications import PreferencesRow
from shared.tables.todos import AssigneeRow, TodoRow
from shared.todos.queries.due_scale import DUE
from shared.unit_of_work import ReadTransaction, UnitOfWork
from shared.zones import zone_or_utc
from worker.mail.renderer import EmailMessage, EmailRenderer
from worker.text_format import format_due, list_name

# Some milliseconds of a transaction. At a full hour the next batch follows with the next sweep, so
# that a password reset goes out between two batches.
BATCH = 200
# Lines in one section of the mail: a longer digest is not read to its end.
MAX_LINES_PER_SECTION = 15
# Todos read for one mail: a mail does not help a user with more overdue todos.
MAX_TODOS = 500


async def add_due(resources: Resources) -> int:
    """Add jobs for at most BATCH due digests and set their next time; return how many were due."""
    async with resources.begin() as work:
        rows = await work.connection.execute(
            select(
                PreferencesRow.user_id,
                PreferencesRow.digest_hour,
                PreferencesRow.next_digest_at,
                UserRow.time_zone,
            )
            .join(UserRow, UserRow.id == PreferencesRow.user_id)
            .where(PreferencesRow.next_digest_at <= work.now)
            .order_by(PreferencesRow.next_digest_at)
            .limit(BATCH)
            .with_for_update(of=PreferencesRow, skip_locked=True)
        )
        due = list(rows)
        for row in due:
            user_id = UserId(row.user_id)
            at = next_digest(work.now, row.time_zone, row.digest_hour)
            today = work.now.astimezone(zone_or_utc(row.time_zone)).date()
            # After an outage the digest due may be yesterday's, while today's hour is still to come.
            if at.astimezone(zone_or_utc(row.time_zone)).date() > today:
                work.add_job(
                    SendDigest(user_id=user_id, day=today),
                    dedupe_key=f"digest:{user_id}:{today}",
                    fairness_key=user_id,
                )
            await work.connection.execute(
                update(PreferencesRow)
                .where(PreferencesRow.user_id == user_id)
                .values(next_digest_at=at)
            )
    return len(due)


@dataclass(frozen=True)
class _Line:
    title: str
    due: str
    list_name: str
    link: str


async def compose_digest(
    work: UnitOfWork, renderer: EmailRenderer, job: SendDigest
) -> EmailMessage:
    """Return the digest. Raise Obsolete if its day has passed, it is unsubscribed, or it is empty."""
    user_id = UserId(job.user_id)
    reader = (
        await work.connection.execute(
            select(
                UserRow.email,
                UserRow.status,
                UserRow.time_zone,
                UserRow.language,
                UserRow.locale,
                PreferencesRow.digest,
            )
            .join(PreferencesRow, PreferencesRow.user_id == UserRow.id)
            .where(UserRow.id == user_id)
        )
    ).one_or_none()
    if reader is None or reader.status != "active" or not reader.digest:
        raise Obsolete("the account is not active, or the digest is unsubscribed")
    if work.now.astimezone(zone_or_utc(reader.time_zone)).date() != job.day:
        raise Obsolete("its day has passed")
    renderer = renderer.speaking(reader)
    sections = await _sections(work, renderer, user_id, reader.time_zone, job.day)
    if not any(lines for _, lines in sections):
        raise Obsolete("the digest is empty")
    tokens = await unsubscribe_links.create_unsubscribe_tokens(work, renderer.keys, [user_id])
    return renderer.render(
        "digest",
        reader.email,
        renderer.t(
            "Your {weekday}", weekday=format_date(job.day, "EEEE", locale=renderer.t.language)
        ),
        unsubscribe=(tokens[user_id], Mails.DIGEST.value),
        sections=[
            (name, lines[:MAX_LINES_PER_SECTION], max(0, len(lines) - MAX_LINES_PER_SECTION))
            for name, lines in sections
            if lines
        ],
        zone=reader.time_zone,
    )


async def _sections(
    read: ReadTransaction, renderer: EmailRenderer, user_id: UserId, time_zone: str, today: date
) -> list[tuple[str, list[_Line]]]:
    t = renderer.t
    overdue, due_today, assigned = list[_Line](), list[_Line](), list[_Line]()
    for row in await _read_todos(read, user_id, time_zone):
        day = _due_day(row, time_zone)
        due = format_due(_due_of(row), time_zone, read.now, t)
        link = renderer.todo_link(row.list_id, row.id)
        line = _Line(row.title, due, list_name(t, row), link)
        if day is not None and day < today:
            overdue.append(line)
        elif day == today:
            due_today.append(line)
        elif row.assigned is not None:
            assigned.append(line)
    return [(t("Overdue"), overdue), (t("Today"), due_today), (t("Assigned to you"), assigned)]


async def _read_todos(
    read: ReadTransaction, user_id: UserId, time_zone: str
) -> list[Row[*tuple[Any, ...]]]:
    """Return the user's open todos that are due soon or assigned to them, earliest first."""
    rows = await read.connection.execute(
        select(
            *(TodoRow.id, TodoRow.list_id, TodoRow.title, TodoRow.due_kind, TodoRow.due_date),
            *(
                TodoRow.due_local,
                TodoRow.due_at,
                ListRow.name.label("list_name"),
                ListRow.inbox_of.is_not(None).label("is_inbox"),
            ),
            AssigneeRow.user_id.label("assigned"),
        )
        .join(ListRow, ListRow.id == TodoRow.list_id)
        .join(MemberRow, (MemberRow.list_id == TodoRow.list_id) & (MemberRow.user_id == user_id))
        .outerjoin(
            AssigneeRow, (AssigneeRow.todo_id == TodoRow.id) & (AssigneeRow.user_id == user_id)
        )
        .where(
            TodoRow.status.in_(OPEN),
            TodoRow.deleted_at.is_(None),
            ListRow.deleted_at.is_(None),
            ListRow.archived_at.is_(None),
            # Two days, because the user's date may differ from UTC's. _sections filters exactly.
            or_(TodoRow.due_sort < read.now + timedelta(days=2), AssigneeRow.user_id.is_not(None)),
        )
        .order_by(TodoRow.due_sort.is_(None), DUE, TodoRow.id)
        .limit(MAX_TODOS),
        zone_parameters(time_zone),
    )
    return list(rows)


def _due_of(row: Row[*tuple[Any, ...]]) -> Due:
    return Due(row.due_kind, row.due_date, row.due_local, row.due_at)


def _due_day(row: Row[*tuple[Any, ...]], time_zone: str) -> date | None:
    """Return the due date in the user's time zone."""
    if row.due_at is not None:
        at: datetime = row.due_at
        return at.astimezone(zone_or_utc(time_zone)).date()
    local = row.due_date or row.due_local
    return None if local is None else date.fromisoformat(local[:10])
