"""`./livelist cleanup`: count what the hourly clean-up would remove, or remove it now.

Counting uses the same conditions as the chores (worker/cleanup/chores.py).
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping

import orjson
from sqlalchemy import ColumnElement, func, or_, select

from shared.accounts.personal_data.leaving import is_overdue
from shared.database.column_types import Base
from shared.database.errors import DatabaseError
from shared.resources import Resources, open_resources
from shared.settings import SettingsError, load_settings
from shared.share_links.guests import is_expired
from shared.tables.accounts import UserRow
from shared.tables.details.attachments import AttachmentRow
from shared.tables.lists import ListRow
from shared.tables.notifications import NotificationRow
from shared.tables.personal_data import AccountDeletionRow
from shared.tables.share_links import GuestRow
from shared.tables.streams import EventRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import ReadTransaction
from worker.cleanup import (
    attachments,
    dev_mail,
    event_trimming,
    guests,
    old_notifications,
    trash,
    unverified_accounts,
)
from worker.cleanup.chores import CHORES
from worker.cleanup.expired_rows import EXPIRED_ROWS


async def count_removable(resources: Resources) -> Mapping[str, int]:
    """Return the number of rows (for dev_mail: files) that each chore would remove now.

    Rows that are deleted along with `accounts`, `todos` and `lists` are not counted. Nothing is
    written.
    """
    async with resources.begin_read() as read:
        now = read.now
        counts = {
            chore: await _count(read, table, is_over(now, resources.settings))
            for chore, (table, is_over) in EXPIRED_ROWS.items()
        }
        expired = select(TodoRow.id).where(trash.is_expired_todo(now))
        with_subtasks = or_(trash.is_expired_todo(now), TodoRow.parent_id.in_(expired))
        counts |= {
            "accounts": await _count(read, UserRow, unverified_accounts.is_unverified(now)),
            "guest_sessions": await _count(read, GuestRow, is_expired(now)),
            "guests": await _count(read, UserRow, guests.is_old(now)),
            "leaving_accounts": await _count(read, AccountDeletionRow, is_overdue(now)),
            "todos": await _count(read, TodoRow, with_subtasks),
            "lists": await _count(read, ListRow, trash.is_expired_list(now)),
            "events": await _count_events(read),
            "notifications": await _count(read, NotificationRow, old_notifications.is_old(now)),
            "attachments": await _count(read, AttachmentRow, attachments.is_over(now)),
        }
    return counts | {"dev_mail": len(await dev_mail.find_old_files(resources))}


async def _count(read: ReadTransaction, table: type[Base], condition: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(table).where(condition)
    return int(await read.connection.scalar(counted) or 0)


async def _count_events(read: ReadTransaction) -> int:
    old = event_trimming.streams_to_trim(read.now).subquery()
    counted = (
        select(func.count())
        .select_from(EventRow)
        .join(old, (old.c.id == EventRow.stream_id) & (EventRow.seq <= old.c.old))
    )
    return int(await read.connection.scalar(counted) or 0)


async def clean_up_now(resources: Resources) -> Mapping[str, int]:
    """Run every chore until nothing is left; return what was counted before."""
    counts = await count_removable(resources)
    for chore in CHORES.values():
        while await chore(resources):
            pass
    return counts


def run(arguments: list[str]) -> int:
    """Return 0 on success, 1 on failure with a message on stderr, 2 for wrong arguments."""
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as error:
        return int(error.code or 0)
    try:
        counts = asyncio.run(_run(is_dry=options.dry_run))
    except (SettingsError, DatabaseError, OSError) as error:
        reason: object = error
        if isinstance(error, DatabaseError):
            # The full text shows statements and, with them, e-mail addresses.
            reason = "the database is away, or not migrated: ./livelist migrate"
        print(f"Not cleaned up: {reason}", file=sys.stderr)
        return 1
    if options.json:
        print(orjson.dumps(dict(sorted(counts.items()))).decode())
        return 0
    width = max(map(len, counts))
    for name, count in sorted(counts.items()):
        print(f"{name:<{width}}  {count:>8}")
    total = sum(counts.values())
    verb = "would go" if options.dry_run else "is gone" if total == 1 else "are gone"
    print(f"{total} {'row' if total == 1 else 'rows'} {verb}.")
    return 0


async def _run(*, is_dry: bool) -> Mapping[str, int]:
    async with open_resources(load_settings()) as resources:
        return await (count_removable if is_dry else clean_up_now)(resources)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./livelist cleanup",
        description="Remove what is over, as the worker does every hour.",
    )
    parser.add_argument("--dry-run", action="store_true", help="only count what would go")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser
