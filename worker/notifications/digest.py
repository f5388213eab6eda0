"""The daily digest: at each person's hour on their own clock, what is overdue, due today, or theirs.

    preferences.next_digest_at ─add_due, each minute→ job, a day later ─→ mail, if there is anything

The row is the timer. One a person and day of their calendar, by its dedupe key; one that nobody can
tell whether it was sent is not sent again, and one whose day is over is not sent at all.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, or_, select, update

from shared.contract.jobs import SendDigest
from shared.contract.shapes import OPEN
from shared.ids import UserId
from shared.jobs.retries import Unwanted
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
from shared.unit_of_work import ReadTransaction, UnitOfWork
from shared.zones import zone_or_utc
from worker.mail.renderer import Letter, Letters
from worker.text_format import due_in_words

# Some milliseconds of a transaction. At a full hour the next batch comes with the next sweep, so
# that between two of them a password reset goes out.
BATCH = 200
# Of one part of the mail: a digest that nobody reads to its end is none.
LINES = 15
# Read for one mail: with more than that overdue a mail does not help.
TODOS = 500


async def add_due(resources: Resources) -> int:
    """At most BATCH digests whose time has come are jobs; returns of how many it has come."""
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
            # After an outage it was perhaps yesterday's that was due, and today's hour is to come.
            if at.astimezone(zone_or_utc(row.time_zone)).date() > today:
                work.add_job(
                    SendDigest(user_id=user_id, day=today),
                    dedupe_key=f"digest:{user_id}:{today}",
                    for_user=user_id,
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


async def write_digest(work: UnitOfWork, letters: Letters, job: SendDigest) -> Letter:
    """Returns the mail of the day. Raises Unwanted when it is over, stopped, or there is nothing."""
    user_id = UserId(job.user_id)
    reader = (
        await work.connection.execute(
            select(UserRow.email, UserRow.status, UserRow.time_zone, PreferencesRow.digest)
            .join(PreferencesRow, PreferencesRow.user_id == UserRow.id)
            .where(UserRow.id == user_id)
        )
    ).one_or_none()
    if reader is None or reader.status != "active" or not reader.digest:
        raise Unwanted("they do not want digests, or are gone")
    if work.now.astimezone(zone_or_utc(reader.time_zone)).date() != job.day:
        raise Unwanted("its day is over")
    parts = await _parts(work, letters, user_id, reader.time_zone, job.day)
    if not any(lines for _, lines in parts):
        raise Unwanted("there is nothing to say")
    return letters.write(
        "digest",
        reader.email,
        f"Your {job.day:%A}",
        stop=(
            await unsubscribe_links.create_unsubscribe_token(work, letters.keys, user_id),
            Mails.DIGEST.value,
        ),
        parts=[(name, lines[:LINES], max(0, len(lines) - LINES)) for name, lines in parts if lines],
        zone=reader.time_zone,
    )


async def _parts(
    read: ReadTransaction, letters: Letters, user_id: UserId, time_zone: str, today: date
) -> list[tuple[str, list[_Line]]]:
    parts: dict[str, list[_Line]] = {"Overdue": [], "Today": [], "Assigned to you": []}
    for row in await _todos(read, user_id):
        day = _day_of(row, time_zone)
        words = due_in_words(_due_of(row), time_zone, read.now)
        link = letters.todo_link(row.list_id, row.id)
        line = _Line(row.title, words, row.list_name, link)
        if day is not None and day < today:
            parts["Overdue"].append(line)
        elif day == today:
            parts["Today"].append(line)
        elif row.assigned is not None:
            parts["Assigned to you"].append(line)
    return list(parts.items())


async def _todos(read: ReadTransaction, user_id: UserId) -> list[Row[*tuple[Any, ...]]]:
    """Returns open todos they may read that are due soon, or assigned to them; the earliest first."""
    rows = await read.connection.execute(
        select(
            *(TodoRow.id, TodoRow.list_id, TodoRow.title, TodoRow.due_kind, TodoRow.due_date),
            *(TodoRow.due_local, TodoRow.due_at, ListRow.name.label("list_name")),
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
            # Two days, because the reader's today may be over a day from ours; sorted out later.
            or_(TodoRow.due_sort < read.now + timedelta(days=2), AssigneeRow.user_id.is_not(None)),
        )
        .order_by(TodoRow.due_sort.is_(None), TodoRow.due_sort, TodoRow.id)
        .limit(TODOS)
    )
    return list(rows)


def _due_of(row: Row[*tuple[Any, ...]]) -> Due:
    return Due(row.due_kind, row.due_date, row.due_local, row.due_at)


def _day_of(row: Row[*tuple[Any, ...]], time_zone: str) -> date | None:
    """Returns the day it is due on the reader's calendar."""
    if row.due_at is not None:
        at: datetime = row.due_at
        return at.astimezone(zone_or_utc(time_zone)).date()
    written = row.due_date or row.due_local
    return None if written is None else date.fromisoformat(written[:10])
