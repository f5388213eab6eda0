"""Removes what is over, in bounded batches, each a transaction of its own. Once an hour each.

links tickets refresh_tokens   expired
sessions                       expired or revoked 30 days ago (people look for strange sign-ins)
accounts                       never verified in 7 days, with their streams and Inbox
invitations                    over for 30 days (until then the link says what happened)
idempotency_keys               24 hours old
todos lists                    30 days in the trash (worker/cleanup/trash.py)
events                         older than 7 days and beyond the newest 10,000 of their stream
notifications                  30 days old
jobs                           ended 7 days ago; with a dedupe key, or dead, 90 days ago
workers                        not seen for a day
dev_mail                       of the development mailbox: 7 days old, or beyond the newest 1,000;
                               and what a worker that died left half written
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, tuple_

from shared import event_log
from shared.contract.jobs import CleanUp
from shared.database import Base
from shared.ids import ListId, StreamId, UserId, list_stream, user_stream
from shared.jobs import claims
from shared.jobs.claims import Claim
from shared.jobs.retries import Permanent
from shared.notifications import rules
from shared.notifications.commands import remove_expired_notifications
from shared.resources import Resources
from shared.tables.accounts import LinkRow, RefreshTokenRow, SessionRow, TicketRow, UserRow
from shared.tables.idempotency import IdempotencyRow
from shared.tables.jobs import JobRow, WorkerRow
from shared.tables.lists import ListRow
from shared.tables.members import InvitationRow
from shared.tables.notifications import NotificationRow
from shared.tables.streams import EventRow, StreamRow
from shared.unit_of_work import UnitOfWork
from worker.cleanup import trash
from worker.jobs.context import Tools, save

# Rows of one transaction: some tens of milliseconds, so that nobody waits for us.
BATCH = 500
# Of one job: what is more waits for the next hour, and the job stays well within a drain.
BATCHES = 40
SESSIONS = timedelta(days=30)
UNVERIFIED = timedelta(days=7)
INVITATIONS = timedelta(days=30)
IDEMPOTENCY = timedelta(hours=24)
EVENTS = timedelta(days=7)
EVENTS_OF_A_STREAM = 10_000
JOBS = timedelta(days=7)
DEDUPE_KEYS = timedelta(days=90)
WORKERS = timedelta(days=1)
DEV_MAIL = timedelta(days=7)
DEV_MAILS = 1000
# Written in milliseconds: one that is a day old belonged to a worker that died meanwhile.
DEV_MAIL_PARTS = timedelta(days=1)

# Which rows are over, at an instant.
Over = Callable[[datetime], ColumnElement[bool]]
# Removes at most a batch; returns whether there may be more.
Chore = Callable[[Resources], Awaitable[bool]]


async def clean_up(tools: Tools, claim: Claim, job: CleanUp) -> None:
    """What the chore is for is gone, or the next hour's turn goes on with it."""
    chore = CHORES.get(job.chore)
    if chore is None:
        raise Permanent("there is no such chore")
    for _ in range(BATCHES):
        if not await chore(tools.resources):
            break

    async def done(work: UnitOfWork) -> None:
        await claims.finish(work, claim, "done")

    await save(tools.resources, done)


async def _delete(
    resources: Resources,
    table: type[Base],
    is_over: Over,
) -> bool:
    keys = list(table.__table__.primary_key)
    async with resources.begin() as work:
        some = select(*keys).where(is_over(work.now)).limit(BATCH)
        # As values, not as a subquery: a delete by subquery takes its locks in the plan's order.
        found = [tuple(row) for row in await work.connection.execute(some)]
        if found:
            await work.connection.execute(
                delete(table).where(tuple_(*keys).in_(found), is_over(work.now))
            )
    return len(found) == BATCH


def _jobs_over(now: datetime) -> ColumnElement[bool]:
    short = JobRow.dedupe_key.is_(None) & JobRow.state.in_(("done", "cancelled"))
    return (JobRow.finished_at <= now - DEDUPE_KEYS) | (short & (JobRow.finished_at <= now - JOBS))


def never_verified(now: datetime) -> ColumnElement[bool]:
    """Accounts whose week to prove their address is over."""
    return (
        (UserRow.status == "pending")
        & UserRow.verified_at.is_(None)
        & (UserRow.created_at <= now - UNVERIFIED)
    )


async def _delete_unverified_accounts(resources: Resources) -> bool:
    async with resources.begin_read() as read:
        rows = await read.connection.scalars(
            select(UserRow.id).where(never_verified(read.now)).limit(BATCH // 5)
        )
        found = [UserId(user_id) for user_id in rows]
    if not found:
        return False
    async with resources.begin() as work:
        inboxes = dict.fromkeys(await _inboxes(work, found))
        await work.lock_streams([*inboxes, *map(user_stream, found)])
        # Whoever verified meanwhile did so under this lock.
        still = list(
            await work.connection.scalars(
                select(UserRow.id).where(UserRow.id.in_(found), never_verified(work.now))
            )
        )
        streams = [*await _inboxes(work, still), *(user_stream(UserId(one)) for one in still)]
        await work.connection.execute(delete(StreamRow).where(StreamRow.id.in_(streams)))
        await work.connection.execute(delete(UserRow).where(UserRow.id.in_(still)))
    return len(found) == BATCH // 5


async def _inboxes(work: UnitOfWork, user_ids: list[Any]) -> list[StreamId]:
    rows = await work.connection.scalars(select(ListRow.id).where(ListRow.inbox_of.in_(user_ids)))
    return [list_stream(ListId(one)) for one in rows]


def too_long(now: datetime) -> Select[*tuple[Any, ...]]:
    """Returns streams that are too long, each with its newest event that is too old."""
    return (
        select(StreamRow.id, StreamRow.head, StreamRow.floor, func.max(EventRow.seq).label("old"))
        .join(EventRow, EventRow.stream_id == StreamRow.id)
        .where(
            StreamRow.head - StreamRow.floor > EVENTS_OF_A_STREAM,
            EventRow.seq <= StreamRow.head - EVENTS_OF_A_STREAM,
            EventRow.at <= now - EVENTS,
        )
        .group_by(StreamRow.id, StreamRow.head, StreamRow.floor)
    )


async def _trim_events(resources: Resources) -> bool:
    """One stream's oldest events are gone, at most ten batches of them."""
    async with resources.begin_read() as read:
        row = (await read.connection.execute(too_long(read.now).limit(1))).one_or_none()
    if row is None:
        return False
    # Events older than this one go; newer ones of the stream are younger than it, so nothing that
    # must stay lies before it.
    floor = min(row.old, row.floor + 10 * BATCH)
    async with resources.begin() as work:
        if await work.lock_streams([StreamId(row.id)]):
            await event_log.trim(work.connection, StreamId(row.id), floor)
    return True


def told_long_ago(now: datetime) -> ColumnElement[bool]:
    """Notifications nobody looks for any more."""
    return NotificationRow.created_at <= now - rules.RETENTION


async def _forget_notifications(resources: Resources) -> bool:
    """A batch of what people were told is gone, of some persons, and their screens know it."""
    async with resources.begin_read() as read:
        rows = await read.connection.scalars(
            select(NotificationRow.user_id)
            .where(told_long_ago(read.now))
            .distinct()
            .limit(BATCH // 10)
        )
        found = [UserId(user_id) for user_id in rows]
    if not found:
        return False
    async with resources.begin() as work:
        await remove_expired_notifications(work, found, BATCH)
    return True


async def _delete_dev_mail(resources: Resources) -> bool:
    for path in await old_mail(resources):
        await asyncio.to_thread(path.unlink, missing_ok=True)
    return False


async def old_mail(resources: Resources) -> list[Path]:
    """Returns the files of the development mailbox that are over."""
    return await asyncio.to_thread(
        _old_files, resources.settings.mail.folder, resources.clock.now().timestamp()
    )


def _old_files(folder: Path, now: float) -> list[Path]:
    if not folder.is_dir():
        return []
    mails = sorted(folder.glob("*.eml"), reverse=True)
    return [
        *(
            path
            for index, path in enumerate(mails)
            if index >= DEV_MAILS or now - path.stat().st_mtime > DEV_MAIL.total_seconds()
        ),
        *(
            path
            for path in folder.glob("*.part")
            if now - path.stat().st_mtime > DEV_MAIL_PARTS.total_seconds()
        ),
    ]


# Chores that are one condition on one table.
OVER: Mapping[str, tuple[type[Base], Over]] = {
    "links": (LinkRow, lambda now: LinkRow.expires_at <= now),
    "tickets": (TicketRow, lambda now: TicketRow.expires_at <= now),
    "refresh_tokens": (RefreshTokenRow, lambda now: RefreshTokenRow.expires_at <= now),
    "sessions": (
        SessionRow,
        lambda now: or_(
            SessionRow.expires_at <= now - SESSIONS, SessionRow.revoked_at <= now - SESSIONS
        ),
    ),
    "invitations": (
        InvitationRow,
        lambda now: or_(
            InvitationRow.expires_at <= now - INVITATIONS,
            InvitationRow.accepted_at <= now - INVITATIONS,
            InvitationRow.declined_at <= now - INVITATIONS,
            InvitationRow.withdrawn_at <= now - INVITATIONS,
        ),
    ),
    "idempotency_keys": (
        IdempotencyRow,
        lambda now: IdempotencyRow.created_at <= now - IDEMPOTENCY,
    ),
    "jobs": (JobRow, _jobs_over),
    "workers": (WorkerRow, lambda now: WorkerRow.seen_at <= now - WORKERS),
}

CHORES: Mapping[str, Chore] = {
    **{
        name: partial(_delete, table=table, is_over=is_over)
        for name, (table, is_over) in OVER.items()
    },
    "accounts": _delete_unverified_accounts,
    "todos": trash.purge_todos,
    "lists": trash.purge_lists,
    "events": _trim_events,
    "notifications": _forget_notifications,
    "dev_mail": _delete_dev_mail,
}
