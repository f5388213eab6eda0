"""Rows of many reminders that are due at once, of a tenth as many users."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from shared.database.column_types import Base
from shared.ids import ListId, TodoId, UserId, list_stream, new_id, user_stream
from shared.resources import Resources
from shared.tables.accounts import UserRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.reminders import ReminderRow
from shared.tables.streams import StreamRow
from shared.tables.todos import TodoRow

MAX_REMINDERS_PER_USER = 10
# Rows of one INSERT. SQLite allows at most 32,766 parameters.
BATCH = 1000


async def insert_reminders(resources: Resources, count: int) -> UserId:
    """Insert users with a list, todos and due reminders; return the first user."""
    users = [UserId(new_id()) for _ in range(max(1, count // MAX_REMINDERS_PER_USER))]
    lists = {user_id: ListId(new_id()) for user_id in users}
    todos = [(TodoId(new_id()), users[number % len(users)]) for number in range(count)]
    async with resources.begin() as work:
        for table, rows in _rows(users, lists, todos, work.now):
            for start in range(0, len(rows), BATCH):
                await work.connection.execute(insert(table), rows[start : start + BATCH])
    return users[0]


def _rows(
    users: list[UserId],
    lists: dict[UserId, ListId],
    todos: list[tuple[TodoId, UserId]],
    now: datetime,
) -> Iterator[tuple[type[Base], list[dict[str, Any]]]]:
    """Yield the rows of each table."""
    dates = {"created_at": now, "updated_at": now}
    streams = [*map(user_stream, users), *map(list_stream, lists.values())]
    yield StreamRow, [{"id": id_, "epoch": "bench", "head": 0, "floor": 0} for id_ in streams]
    yield UserRow, [_user(user_id) | dates | {"verified_at": now} for user_id in users]
    yield ListRow, [dates | {"id": list_id, "name": "Groceries"} for list_id in lists.values()]
    yield (
        MemberRow,
        [
            {"list_id": lists[user_id], "user_id": user_id, "role": "owner", "joined_at": now}
            for user_id in users
        ],
    )
    yield (
        TodoRow,
        [
            dates
            | {"id": todo_id, "list_id": lists[user_id], "title": f"todo {number}", "rank": "a"}
            for number, (todo_id, user_id) in enumerate(todos)
        ],
    )
    yield ReminderRow, [
        {
            "id": new_id(), "todo_id": todo_id, "user_id": user_id, "at": now,
            "next_fire_at": now, "created_at": now,
        }
        for todo_id, user_id in todos
    ]  # fmt: skip


def _user(user_id: UserId) -> dict[str, Any]:
    email = f"{user_id}@example.com"
    return {
        "id": user_id, "email": email, "email_key": email, "password_hash": "!", "name": "Ana",
        "time_zone": "Europe/Berlin", "search_key": "ana", "status": "active",
    }  # fmt: skip
