"""Migrations of a database that holds rows."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, text

from console.schema.upgrade import downgrade, upgrade
from shared.database.connections import Database
from shared.database.engine import open_engine
from shared.settings import Settings

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
JOB = {
    "id": "job", "kind": "send_digest", "payload": "{}", "priority": 9, "state": "queued",
    "run_at": NOW, "attempts": 2, "crashes": 0, "fence": 3, "last_error": "", "request_id": "",
    "created_at": NOW,
}  # fmt: skip
USER = {
    "email": "", "password_hash": "!", "name": "", "bio": "", "time_zone": "UTC", "locale": "en",
    "search_key": "", "site_role": "user", "status": "active", "mail_refusal": "", "version": 1,
    "created_at": NOW, "updated_at": NOW,
}  # fmt: skip


async def _insert(settings: Settings, table: str, row: Mapping[str, Any]) -> None:
    database = Database(settings.database)
    # These statements are plain SQL: Postgres needs a cast for JSON, and SQLite has no instants.
    values = {
        name: value.isoformat()
        if settings.database.is_sqlite and isinstance(value, datetime)
        else value
        for name, value in row.items()
    }
    places = [
        f"CAST(:{name} AS jsonb)"
        if name == "payload" and not settings.database.is_sqlite
        else f":{name}"
        for name in values
    ]
    statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(places)})"
    async with database.write_connection() as connection:
        await connection.execute(text(statement), values)
        await connection.commit()
    await database.close()


async def _execute(settings: Settings, statement: str) -> None:
    database = Database(settings.database)
    async with database.write_connection() as connection:
        await connection.execute(text(statement))
        await connection.commit()
    await database.close()


async def _read(settings: Settings, statement: str) -> list[tuple[Any, ...]]:
    database = Database(settings.database)
    async with database.read_connection() as connection:
        rows = [tuple(row) for row in await connection.execute(text(statement))]
    await database.close()
    return rows


def _indexes(connection: Connection, table: str = "jobs") -> dict[str, list[str | None]]:
    return {
        str(index["name"]): index["column_names"]
        for index in inspect(connection).get_indexes(table)
    }


def _indexes_of_todos(connection: Connection) -> dict[str, list[str | None]]:
    return _indexes(connection, "todos")


async def _inspect(settings: Settings, function: Callable[[Connection], Any]) -> Any:
    engine = open_engine(settings.database)
    async with engine.connect() as connection:
        found = await connection.run_sync(function)
    await engine.dispose()
    return found


def test_renaming_the_columns_of_jobs_keeps_every_row(empty_database: Settings) -> None:
    settings = empty_database
    upgrade(settings, "0001")
    old = JOB | {"turn_at": NOW, "for_user": "ana", "unsure": 1}
    asyncio.run(_insert(settings, "jobs", old))
    worker = {"id": "worker", "host": "a", "started_at": NOW, "seen_at": NOW}
    asyncio.run(_insert(settings, "workers", worker))

    upgrade(settings, "head")

    query = (
        "SELECT id, fairness_key, in_doubt_count, attempts, fence, fair_run_at = run_at FROM jobs"
    )
    assert asyncio.run(_read(settings, query)) == [("job", "ana", 1, 2, 3, True)]
    assert asyncio.run(_read(settings, "SELECT id FROM workers")) == [("worker",)]
    indexes = asyncio.run(_inspect(settings, _indexes))
    assert indexes["ix_jobs_fair_order"] == ["priority", "fair_run_at", "run_at"]
    assert indexes["ix_jobs_fairness_key"] == ["fairness_key", "fair_run_at"]
    assert indexes["ix_jobs_quarantined"] == ["run_at"]
    assert not {"ix_jobs_turn", "ix_jobs_for_user", "ix_jobs_suspects"} & set(indexes)


def test_the_renaming_can_be_undone(empty_database: Settings) -> None:
    settings = empty_database
    upgrade(settings, "head")
    new = JOB | {"fair_run_at": NOW, "fairness_key": None, "in_doubt_count": 1}
    asyncio.run(_insert(settings, "jobs", new))

    downgrade(settings, "0001")

    query = "SELECT id, for_user, unsure, turn_at = run_at FROM jobs"
    assert asyncio.run(_read(settings, query)) == [("job", None, 1, True)]
    indexes = asyncio.run(_inspect(settings, _indexes))
    assert indexes["ix_jobs_for_user"] == ["for_user", "turn_at"]


# SQLite builds them in the transaction of the migration.
@pytest.mark.parametrize("empty_database", ["postgres"], indirect=True)
def test_indexes_whose_build_was_interrupted_are_built_again(empty_database: Settings) -> None:
    settings = empty_database
    upgrade(settings, "0002")
    name = "ix_todos_list_id_priority"
    asyncio.run(_execute(settings, f"CREATE INDEX {name} ON todos (priority)"))

    upgrade(settings, "head")

    indexes = asyncio.run(_inspect(settings, _indexes_of_todos))
    assert indexes[name] == ["list_id", "priority", "id"]


def test_the_indexes_of_todos_can_be_undone(empty_database: Settings) -> None:
    settings = empty_database
    upgrade(settings, "0002")
    before = asyncio.run(_inspect(settings, _indexes_of_todos))
    upgrade(settings, "head")

    downgrade(settings, "0002")

    assert asyncio.run(_inspect(settings, _indexes_of_todos)) == before


def test_lists_start_a_new_epoch_when_the_field_of_their_todos_is_renamed(
    empty_database: Settings,
) -> None:
    settings = empty_database
    upgrade(settings, "0003")
    for stream in ("home", "user:ana"):
        row = {"id": stream, "epoch": "6952ec37", "head": 1, "floor": 0}
        asyncio.run(_insert(settings, "streams", row))
        event = {"stream_id": stream, "seq": 1, "event": "x", "at": NOW, "frame": "{}"}
        asyncio.run(_insert(settings, "events", event))

    upgrade(settings, "head")

    query = "SELECT id, head, floor, epoch = '6952ec37', length(epoch) FROM streams ORDER BY id"
    assert asyncio.run(_read(settings, query)) == [
        ("home", 1, 1, False, 8),
        ("user:ana", 1, 0, True, 8),
    ]
    assert asyncio.run(_read(settings, "SELECT stream_id FROM events")) == [("user:ana",)]


def _user(user_id: str, email: str, email_key: str) -> dict[str, Any]:
    return {
        "id": user_id, "email": email, "email_key": email_key, "password_hash": "!", "name": "Ana",
        "bio": "", "time_zone": "UTC", "locale": "en", "search_key": "", "site_role": "user",
        "status": "active", "mail_refusal": "", "version": 1, "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip


READ_KEYS = "SELECT id, email_key FROM users ORDER BY id"


def test_accounts_get_the_key_by_which_their_mailbox_is_found(
    empty_database: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings = empty_database
    upgrade(settings, "0004")
    for row in (
        _user("1", "Ana@example.com", "ana@example.com"),
        _user("2", "weiß@straße.example", "weiss@strasse.example"),
        # The library once kept A-labels: two accounts of one mailbox.
        _user("3", "é@xn--bcher-kva.example", "é@xn--bcher-kva.example"),
        _user("4", "é@bücher.example", "é@bücher.example"),
    ):
        asyncio.run(_insert(settings, "users", row))

    upgrade(settings, "head")

    assert asyncio.run(_read(settings, READ_KEYS)) == [
        ("1", "ana@example.com"), ("2", "weiß@xn--strae-oqa.example"),
        ("3", "é@xn--bcher-kva.example"), ("4", "é@bücher.example"),
    ]  # fmt: skip
    assert "users 4 keeps its old key" in caplog.text
    assert "example" not in caplog.text

    downgrade(settings, "0004")

    assert asyncio.run(_read(settings, READ_KEYS))[1] == ("2", "weiss@strasse.example")


def test_lists_keep_the_order_of_their_names_for_each_member(empty_database: Settings) -> None:
    settings = empty_database
    upgrade(settings, "0058")
    names = {"b": "beta", "a": "Alpha", "d": "Delta", "c": "gamma"}
    for stream in names:
        row = {"id": stream, "epoch": "6952ec37", "head": 1, "floor": 0}
        asyncio.run(_insert(settings, "streams", row))
    for user in ("ana", "ben"):
        asyncio.run(_insert(settings, "users", USER | {"id": user, "email_key": user}))
    for list_id, name in names.items():
        dates = {"created_at": NOW, "updated_at": NOW}
        row = {"id": list_id, "name": name, "colour": "blue", "version": 1, **dates}
        asyncio.run(_insert(settings, "lists", row))
        for user in ("ana", "ben") if list_id in "ac" else ("ana",):
            member = {"list_id": list_id, "user_id": user, "role": "owner", "joined_at": NOW}
            asyncio.run(_insert(settings, "members", member))

    upgrade(settings, "head")

    query = "SELECT user_id, list_id FROM members ORDER BY user_id, rank"
    assert asyncio.run(_read(settings, query)) == [
        ("ana", "a"), ("ana", "b"), ("ana", "d"), ("ana", "c"), ("ben", "a"), ("ben", "c"),
    ]  # fmt: skip
    ranks = asyncio.run(_read(settings, "SELECT DISTINCT rank FROM members ORDER BY rank"))
    assert [rank for (rank,) in ranks] == ["V0001V", "V0002V", "V0003V", "V0004V"]
