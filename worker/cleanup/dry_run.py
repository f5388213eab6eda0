"""`./livelist cleanup`: what the hourly clean-up removes, counted beforehand or removed at once.

Counts with the very conditions that the chores remove by (worker/cleanup/chores.py, worker/cleanup/trash.py).
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping

import orjson
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.exc import SQLAlchemyError

from shared.database import Base
from shared.resources import Resources, open_resources
from shared.settings import SettingsError, load_settings
from shared.tables.accounts import UserRow
from shared.tables.lists import ListRow
from shared.tables.notifications import NotificationRow
from shared.tables.streams import EventRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import ReadTransaction
from worker.cleanup import trash
from worker.cleanup.chores import CHORES, OVER, never_verified, old_mail, told_long_ago, too_long


async def count_removable(resources: Resources) -> Mapping[str, int]:
    """Returns chore → rows (of dev_mail: files) that would go now. Nothing is written.

    Of `accounts`, `todos` and `lists` what hangs on them goes as well and is not counted.
    """
    async with resources.begin_read() as read:
        now = read.now
        counts = {
            name: await _count(read, table, is_over(now)) for name, (table, is_over) in OVER.items()
        }
        gone = select(TodoRow.id).where(trash.todo_is_over(now))
        with_subtasks = or_(trash.todo_is_over(now), TodoRow.parent_id.in_(gone))
        counts |= {
            "accounts": await _count(read, UserRow, never_verified(now)),
            "todos": await _count(read, TodoRow, with_subtasks),
            "lists": await _count(read, ListRow, trash.list_is_over(now)),
            "events": await _count_events(read),
            "notifications": await _count(read, NotificationRow, told_long_ago(now)),
        }
    return counts | {"dev_mail": len(await old_mail(resources))}


async def _count(read: ReadTransaction, table: type[Base], condition: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(table).where(condition)
    return int(await read.connection.scalar(counted) or 0)


async def _count_events(read: ReadTransaction) -> int:
    old = too_long(read.now).subquery()
    counted = (
        select(func.count())
        .select_from(EventRow)
        .join(old, (old.c.id == EventRow.stream_id) & (EventRow.seq <= old.c.old))
    )
    return int(await read.connection.scalar(counted) or 0)


async def clean_up_now(resources: Resources) -> Mapping[str, int]:
    """Every chore is done, in its batches; returns chore → rows that were to go."""
    counts = await count_removable(resources)
    for chore in CHORES.values():
        while await chore(resources):
            pass
    return counts


def run(arguments: list[str]) -> int:
    """Returns 0 when it is done, 1 with a sentence when not, 2 when the wish was not understood."""
    try:
        wish = _parser().parse_args(arguments)
    except SystemExit as error:
        return int(error.code or 0)
    try:
        counts = asyncio.run(_do(is_dry=wish.dry_run))
    except (SettingsError, SQLAlchemyError, OSError) as error:
        # The whole database error shows statements and, with them, addresses.
        is_away = isinstance(error, SQLAlchemyError)
        why = "the database is away, or not migrated: ./livelist migrate" if is_away else error
        print(f"Not cleaned up: {why}", file=sys.stderr)
        return 1
    if wish.json:
        print(orjson.dumps(dict(sorted(counts.items()))).decode())
        return 0
    width = max(map(len, counts))
    for name, count in sorted(counts.items()):
        print(f"{name:<{width}}  {count:>8}")
    print(f"{sum(counts.values())} rows {'would go' if wish.dry_run else 'are gone'}.")
    return 0


async def _do(*, is_dry: bool) -> Mapping[str, int]:
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
