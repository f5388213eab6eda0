"""The rows that every server of a run reads and edits, and their quick insertion.

Ids follow from numbers, so that the requests of a case are known without reading the database.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import orjson

from shared.ids import LabelId, ListId, SessionId, TodoId, UserId, user_stream
from shared.lists.ranks import ranks_between
from shared.settings import Settings
from shared.text import search_key

Row = tuple[Any, ...]
LABELS_PER_LIST = 3
EPOCH = "0123abcd"
NOW = datetime.now(UTC)
UNUSABLE_PASSWORD = "!"  # noqa: S105  no password has this hash
TITLE = "Buy oat milk, bread and fruit"
NOTES = "From the market if it is open, otherwise from the shop at the corner."


def user_id(user: int) -> UserId:
    return UserId(_id("a", user))


def session_id(user: int) -> SessionId:
    return SessionId(_id("s", user))


def list_id(number: int) -> ListId:
    return ListId(_id("b", number))


def label_id(in_list: int, number: int) -> LabelId:
    return LabelId(_id("e", in_list * LABELS_PER_LIST + number))


def todo_id(in_list: int, number: int) -> TodoId:
    """Return the id of a todo of a list; a list has fewer than 100,000."""
    return TodoId(_id("t", in_list * 100_000 + number))


def _id(kind: str, number: int) -> str:
    return f"00{kind}{number:023d}"


@dataclass(frozen=True)
class SeededList:
    """A list to insert: its number, the numbers of its members, and how many todos and events."""

    number: int
    members: Sequence[int]
    todos: int
    events: int = 0


@dataclass(frozen=True)
class DataSet:
    users: range
    lists: Sequence[SeededList]

    def tables(self) -> Iterator[tuple[str, Sequence[str], Iterable[Row]]]:
        """Yield name, columns and rows of each table, in an order that foreign keys allow."""
        users, lists = self.users, self.lists
        yield "streams", ("id", "epoch", "head", "floor"), self._streams()
        yield "users", _USER_COLUMNS, map(_user, users)
        yield "sessions", _SESSION_COLUMNS, map(_session, users)
        yield "lists", _LIST_COLUMNS, map(_list, lists)
        yield "members", ("list_id", "user_id", "role", "joined_at"), _of_lists(_members, lists)
        yield "labels", _LABEL_COLUMNS, _of_lists(_labels, lists)
        yield "todos", TODO_COLUMNS, _of_lists(_todos, lists)
        yield "todo_assignees", ("todo_id", "user_id"), _of_lists(_assignees, lists)
        yield "todo_labels", ("todo_id", "label_id"), _of_lists(_todo_labels, lists)
        yield "events", ("stream_id", "seq", "event", "at", "frame"), _of_lists(_events, lists)

    def _streams(self) -> Iterator[Row]:
        yield from ((user_stream(user_id(user)), EPOCH, 0, 0) for user in self.users)
        yield from ((list_id(seeded.number), EPOCH, seeded.events, 0) for seeded in self.lists)


def _of_lists(
    rows: Callable[[SeededList], Iterable[Row]], lists: Iterable[SeededList]
) -> Iterator[Row]:
    for seeded in lists:
        yield from rows(seeded)


_USER_COLUMNS = (
    "id", "email", "email_key", "password_hash", "name", "bio", "time_zone", "locale", "search_key",
    "site_role", "status", "verified_at", "mail_refusal", "version", "created_at", "updated_at",
)  # fmt: skip
_SESSION_COLUMNS = (
    "id", "user_id", "user_agent", "address", "created_at", "last_used_at", "expires_at",
)  # fmt: skip
_LIST_COLUMNS = ("id", "name", "colour", "created_by", "version", "created_at", "updated_at")
_LABEL_COLUMNS = ("id", "list_id", "name", "name_key", "colour", "created_at")
TODO_COLUMNS = (
    "id", "list_id", "title", "description", "status", "priority", "due_kind", "due_date", "due_local",
    "due_zone", "due_at", "due_sort", "metadata", "rank", "comment_count", "completed_at",
    "completed_by", "search_text", "version", "created_by", "created_at", "updated_at",
)  # fmt: skip


def _user(user: int) -> Row:
    email = f"user.{user}@example.com"
    return (
        user_id(user), email, email, UNUSABLE_PASSWORD, f"User {user}", "", "Europe/Berlin", "en",
        f"user {user} {email}", "user", "active", NOW, "", 1, NOW, NOW,
    )  # fmt: skip


def _session(user: int) -> Row:
    expires_at = NOW + timedelta(days=1)
    return session_id(user), user_id(user), "bench", "127.0.0.1", NOW, NOW, expires_at


def _list(seeded: SeededList) -> Row:
    owner = user_id(seeded.members[0])
    return list_id(seeded.number), f"List {seeded.number}", "blue", owner, 1, NOW, NOW


def _members(seeded: SeededList) -> Iterator[Row]:
    for place, user in enumerate(seeded.members):
        yield list_id(seeded.number), user_id(user), "editor" if place else "owner", NOW


def _labels(seeded: SeededList) -> Iterator[Row]:
    for number in range(LABELS_PER_LIST):
        name = f"label {number}"
        yield label_id(seeded.number, number), list_id(seeded.number), name, name, "grey", NOW


def _todos(seeded: SeededList) -> Iterator[Row]:
    in_list, owner = list_id(seeded.number), user_id(seeded.members[0])
    for number, rank in enumerate(_ranks(seeded.todos)):
        # A fifth is completed, a third has a due time, a third a due date.
        due = _due(number)
        is_completed = number % 5 == 4
        title = f"{TITLE} {number}"
        yield (
            todo_id(seeded.number, number), in_list, title, NOTES,
            "completed" if is_completed else "pending", number % 6, *due, "{}", rank, 0,
            NOW if is_completed else None, owner if is_completed else None,
            search_key(f"{title} {rare_word(seeded.number, number)}\n{NOTES}"), 1, owner, NOW, NOW,
        )  # fmt: skip


def rare_word(in_list: int, number: int) -> str:
    """Return a word of the todo's searchable text that one todo of each list has; "" for others."""
    return f"quince{in_list}x" if number == 7 else ""


def _due(number: int) -> Row:
    if number % 3 == 2:
        return (None,) * 6
    day = NOW.date() + timedelta(days=number % 300)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if number % 3:
        return "date", day.isoformat(), None, None, None, midnight
    at = midnight + timedelta(hours=9)
    return "fixed", None, at.strftime("%Y-%m-%dT%H:%M:%S"), "UTC", at, at


_RANKS: list[str] = []


def _ranks(count: int) -> Sequence[str]:
    missing = count - len(_RANKS)
    if missing > 0:
        _RANKS.extend(ranks_between(_RANKS[-1] if _RANKS else None, None, missing))
    return _RANKS[:count]


def _assignees(seeded: SeededList) -> Iterator[Row]:
    for number in range(0, seeded.todos, 4):
        user = seeded.members[number // 4 % len(seeded.members)]
        yield todo_id(seeded.number, number), user_id(user)


def _todo_labels(seeded: SeededList) -> Iterator[Row]:
    for number in range(0, seeded.todos, 2):
        label = number // 2 % LABELS_PER_LIST
        yield todo_id(seeded.number, number), label_id(seeded.number, label)


def _events(seeded: SeededList) -> Iterator[Row]:
    stream = list_id(seeded.number)
    for seq in range(1, seeded.events + 1):
        data = {"todo_id": todo_id(seeded.number, seq), "filler": NOTES * 2}
        frame = orjson.dumps(
            {"type": "event", "list": stream, "seq": seq, "event": "todo.purged",
             "at": NOW, "actor": None, "mutation": None, "data": data}
        )  # fmt: skip
        yield stream, seq, "todo.purged", NOW, frame.decode()


async def insert_dataset(settings: Settings, dataset: DataSet) -> None:
    """Insert the rows by the fastest means of each database: COPY, or one transaction."""
    if settings.database.is_sqlite:
        await asyncio.to_thread(_insert_into_sqlite, sqlite_path(settings), dataset)
        return
    connection = await asyncpg.connect(postgres_url(settings))
    try:
        for table, columns, rows in dataset.tables():
            await connection.copy_records_to_table(table, records=rows, columns=columns)
    finally:
        await connection.close()


def _insert_into_sqlite(path: str, dataset: DataSet) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("BEGIN")
        for table, columns, rows in dataset.tables():
            marks = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
            connection.executemany(statement, map(_without_zones, rows))
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
    finally:
        connection.close()


def _without_zones(row: Row) -> Row:
    # As shared/database/column_types.py stores instants on SQLite.
    return tuple(
        value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value
        for value in row
    )


async def read_values(settings: Settings, statement: str) -> Mapping[str, Any]:
    """Return the one row of a statement without parameters, by column name."""
    if settings.database.is_sqlite:
        connection = sqlite3.connect(sqlite_path(settings))
        connection.row_factory = sqlite3.Row
        try:
            return dict(connection.execute(statement).fetchone())
        finally:
            connection.close()
    postgres = await asyncpg.connect(postgres_url(settings))
    try:
        return dict(await postgres.fetchrow(statement))
    finally:
        await postgres.close()


async def vacuum(settings: Settings) -> None:
    """Remove dead rows and renew statistics now, so that Postgres does not while it is measured.

    For a server of this run alone: it turns autovacuum off.
    """
    if settings.database.is_sqlite:
        return
    connection = await asyncpg.connect(postgres_url(settings))
    try:
        await connection.execute("ALTER SYSTEM SET autovacuum = off")
        await connection.execute("SELECT pg_reload_conf()")
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()


def postgres_url(settings: Settings) -> str:
    """Return the URL as asyncpg and psycopg take it."""
    return settings.database.url.replace("+asyncpg", "")


def sqlite_path(settings: Settings) -> str:
    return settings.database.url.removeprefix("sqlite+aiosqlite:///")
