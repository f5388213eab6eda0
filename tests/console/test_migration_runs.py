"""How migrations run: one process at a time, with progress, and giving way to traffic."""

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest
from alembic.util import CommandError
from sqlalchemy import Connection, Executable, text
from sqlalchemy.engine import make_url

from console.schema import upgrade as running
from console.schema.upgrade import upgrade
from shared.settings import ROOT, Settings
from shared.text import search_key
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.migrations import (
    add_revision,
    fill_tables,
    on_connection,
    read_tables,
    revision_module,
)
from tests.support.settings import plain_settings


def test_of_three_processes_that_migrate_at_once_none_fails(empty_database: Settings) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": empty_database.database.url,
        "DATA_DIR": str(empty_database.data_dir),
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "console", "migrate"],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for _ in range(3)
    ]  # fmt: skip

    outputs = [process.communicate(timeout=DEADLINE_SECONDS)[0] for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0], outputs
    assert sum("creating its tables" in output for output in outputs) == 1
    assert on_connection(empty_database, read_tables)


def test_progress_names_each_migration_and_its_time_but_not_those_of_a_new_database(
    empty_database: Settings, tmp_path: Path
) -> None:
    lines: list[str] = []

    upgrade(empty_database, report=lines.append)
    created, took = lines
    upgrade(empty_database, scripts=add_revision(tmp_path, "pass"), report=lines.append)

    assert created == "The database is new: creating its tables."
    assert re.fullmatch(r"Created them by \d+ migrations in \d+\.\d s\.", took)
    assert lines[2] == "Migration 9001 begins: A migration of a test."
    assert lines[3].startswith("Migration 9001 took ")
    upgrade(empty_database, scripts=tmp_path / "migrations", report=lines.append)
    assert len(lines) == 4


# SQLite has no locks of tables.
@pytest.mark.parametrize("empty_database", ["postgres"], indirect=True)
def test_a_migration_gives_way_to_a_transaction_that_has_a_lock_and_tries_again(
    empty_database: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "LOCK_PAUSE_SECONDS", 0.05)
    upgrade(empty_database)
    scripts = add_revision(
        tmp_path,
        """op.execute("SET LOCAL lock_timeout = '50ms'")
op.add_column("todos", sa.Column("effort", sa.Integer()))""",
    )
    gave_way = threading.Event()

    async def hold_a_lock() -> None:
        connection = await asyncpg.connect(_plain_url(empty_database))
        async with connection.transaction():
            await connection.execute("LOCK TABLE todos IN ACCESS SHARE MODE")
            locked.set()
            await asyncio.to_thread(gave_way.wait, 30)
        await connection.close()

    locked = threading.Event()
    holder = threading.Thread(target=lambda: asyncio.run(hold_a_lock()))
    holder.start()
    assert locked.wait(DEADLINE_SECONDS)
    lines: list[str] = []

    def report(line: str) -> None:
        lines.append(line)
        if "traffic goes first" in line:
            gave_way.set()

    upgrade(empty_database, scripts=scripts, report=report)
    holder.join()

    assert any("traffic goes first" in line for line in lines)
    assert lines[-1].startswith("Migration 9001 took")


# SQLite has no locks of tables.
@pytest.mark.parametrize("empty_database", ["postgres"], indirect=True)
def test_a_lock_that_is_never_free_ends_in_words(
    empty_database: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "LOCK_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(running, "LOCK_ATTEMPTS", 2)
    upgrade(empty_database)
    body = "op.execute(\"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '55P03'; END $$\")"

    with pytest.raises(CommandError, match="locked by another transaction 2 times"):
        upgrade(empty_database, scripts=add_revision(tmp_path, body), report=lambda line: None)


# SQLite has no time limit for statements.
@pytest.mark.parametrize("empty_database", ["postgres"], indirect=True)
def test_a_migration_has_no_time_limit_and_a_limit_for_locks(
    empty_database: Settings, tmp_path: Path
) -> None:
    url = make_url(empty_database.database.url)
    body = f"""bind = op.get_bind()
assert bind.scalar(sa.text("SHOW statement_timeout")) == "0"
assert bind.scalar(sa.text("SHOW lock_timeout")) == "4s"
op.execute('ALTER DATABASE "{url.database}" SET statement_timeout = 1')
"""

    # The second run finds a limit that the operator has given the database.
    upgrade(empty_database, scripts=add_revision(tmp_path, body))
    upgrade(empty_database, scripts=add_revision(tmp_path, body, "9002"))


def test_sqlite_waits_for_a_writer(tmp_path: Path) -> None:
    settings = plain_settings(tmp_path)
    upgrade(settings, "0001")
    writer = sqlite3.connect(
        tmp_path / "livelist.db", isolation_level=None, check_same_thread=False
    )
    writer.execute("BEGIN IMMEDIATE")
    lines: list[str] = []
    migration = threading.Thread(target=lambda: upgrade(settings, report=lines.append))
    migration.start()

    migration.join(0.3)
    is_waiting = migration.is_alive()
    writer.execute("COMMIT")
    migration.join(30)

    assert is_waiting
    assert lines[-1].startswith("Migration")
    writer.close()


def _plain_url(settings: Settings) -> str:
    return settings.database.url.replace("+asyncpg", "")


def test_searched_texts_are_folded_in_batches_and_once_more_after_an_interruption(
    empty_database: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    upgrade(empty_database, "0006")
    on_connection(empty_database, fill_tables)
    titles = {"row-1": "Z\u00e4hler", "row-2": "plain", "row-3": "e-mail O\u2019Brien"}
    for todo, title in titles.items():
        statement = text(
            "UPDATE todos SET title = :t, description = '', search_text = :old WHERE id = :id"
        )
        values = {"t": title, "old": title.lower(), "id": todo}
        on_connection(
            empty_database, partial(Connection.execute, statement=statement, parameters=values)
        )
    scripts = add_revision(tmp_path, "pass")
    migration = next((scripts / "versions").glob("0007*"))
    migration.write_text(migration.read_text().replace("BATCH = 5_000", "BATCH = 2"))

    for _ in range(2):
        upgrade(empty_database, "0007", scripts=scripts, report=lambda line: None)
        rows = on_connection(empty_database, read_tables)
        assert {row["id"]: row["search_text"] for row in rows["todos"]} == {
            todo: search_key(f"{title}\n") for todo, title in titles.items()
        }
        assert {row["search_key"] for row in rows["users"]} == {
            search_key(f"row-{number} row-{number}") for number in (1, 2, 3)
        }
        assert "2 rows of todos are read." in capsys.readouterr().out
        move_back = text("UPDATE alembic_version SET version_num = '0006'")
        on_connection(empty_database, partial(Connection.execute, statement=move_back))


class CountedReads:
    """A connection that counts the characters of each result."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect
        self.characters: list[int] = []

    def execute(self, statement: Executable, *values: Any) -> Any:
        result = self._connection.execute(statement, *values)
        if not result.returns_rows:
            return result
        rows = result.all()
        self.characters.append(sum(len(str(value)) for row in rows for value in row))
        return SimpleNamespace(all=lambda: rows)


def test_searched_texts_are_folded_in_batches_of_few_bytes(empty_database: Settings) -> None:
    upgrade(empty_database, "0006")
    on_connection(empty_database, fill_tables)
    migration = revision_module("0007_fold_searched_texts")
    migration.BATCH_BYTES = 25_000

    def fold(connection: Connection) -> list[int]:
        connection.execute(
            text("UPDATE todos SET description = :long"), {"long": "\u00e9" * 10_000}
        )
        reads = CountedReads(connection)
        migration.op = SimpleNamespace(get_bind=lambda: reads)
        migration._fold_tables(migration._search_key)
        return reads.characters

    read = on_connection(empty_database, fold)

    # Three rows of 20,000 bytes, with a margin for what is short in each. SQLite counts characters.
    assert max(read) < 26_000
    folded = {row["search_text"] for row in on_connection(empty_database, read_tables)["todos"]}
    assert folded == {f"row{number}\n" + "e" * 10_000 for number in (1, 2, 3)}
