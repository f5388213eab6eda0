"""Databases for the tests of migrations: rows for every table, and revisions beyond the newest."""

import asyncio
import importlib.util
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    func,
    inspect,
    literal,
    select,
    union_all,
)
from sqlalchemy import table as table_clause
from sqlalchemy.types import TypeEngine

from console.schema.upgrade import SCRIPTS
from shared.database.engine import open_engine
from shared.settings import Settings

ROWS = 3
VERSION_TABLE = "alembic_version"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
# Columns that must be null, because of a CHECK over several columns, in the rows that are made up.
NULL_COLUMNS = {"todos.completed_at", "reminders.minutes_before"}

Found = TypeVar("Found")
Rows = dict[str, list[dict[str, Any]]]


def on_connection(settings: Settings, function: Callable[[Connection], Found]) -> Found:
    """Return the result of `function` on a connection, and commit."""

    async def run() -> Found:
        engine = open_engine(settings.database)
        try:
            async with engine.connect() as connection:
                found = await connection.run_sync(function)
                await connection.commit()
                return found
        finally:
            await engine.dispose()

    return asyncio.run(run())


def revision_module(name: str) -> Any:
    """Return the module of a revision, such as `0001_initial_schema`, anew."""
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / "versions" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fill_tables(connection: Connection) -> None:
    """Insert ROWS rows into every empty table of the database, at whatever revision it is.

    All keys of row n are alike, so that every foreign key refers to row n of its table.
    """
    empty = {name for name, count in count_rows(connection).items() if not count}
    # Reflecting a table costs more than anything else here.
    for table in _tables(connection, sorted(empty)):
        if table.name not in empty:  # reflected because an empty one refers to it
            continue
        choices = _choices(connection, table)
        rows = [
            {column.name: _value(table, column.name, column.type, n, choices) for column in table.c}
            for n in range(1, ROWS + 1)
        ]
        connection.execute(table.insert(), rows)


def count_rows(connection: Connection) -> dict[str, int]:
    """Return the number of rows of every table."""
    names = [name for name in inspect(connection).get_table_names() if name != VERSION_TABLE]
    counts = [select(literal(name), func.count()).select_from(table_clause(name)) for name in names]
    return {row[0]: row[1] for row in connection.execute(union_all(*counts))}


def read_tables(connection: Connection) -> Rows:
    """Return every row of every table, in an order that does not depend on the physical one."""
    return {
        table.name: sorted(
            (dict(row) for row in connection.execute(table.select()).mappings()), key=_sort_key
        )
        for table in _tables(connection)
    }


def _sort_key(row: Mapping[str, Any]) -> str:
    return str([(name, str(row[name])) for name in sorted(row)])


def _tables(connection: Connection, names: Sequence[str] | None = None) -> list[Table]:
    """Reflect every table, or those of these names and what they refer to, in the order of writes."""
    metadata = MetaData()
    metadata.reflect(connection, only=names)
    return [table for table in metadata.sorted_tables if table.name != VERSION_TABLE]


def _choices(connection: Connection, table: Table) -> dict[str, str]:
    """Return the first of the values that a CHECK allows, by column."""
    checks = inspect(connection).get_check_constraints(table.name)
    text = " ".join(check["sqltext"] for check in checks)
    # Postgres writes `x IN ('a', 'b')` as `(x)::text = ANY (ARRAY['a'::…`.
    pattern = r"\(*(\w+)\)*(?:::[\w ]+)? (?:IN|=\s*ANY)\s*\(+(?:ARRAY\[)?\(*'(\w+)'"
    return dict(re.findall(pattern, text))


def _value(
    table: Table, name: str, type_: TypeEngine[Any], n: int, choices: Mapping[str, str]
) -> Any:
    if f"{table.name}.{name}" in NULL_COLUMNS:
        return None
    if name in choices:
        return choices[name]
    values: list[tuple[type[TypeEngine[Any]], Any]] = [
        (Boolean, n % 2 == 0),
        (Integer, n),
        (Float, n + 0.5),
        (DateTime, NOW + timedelta(hours=n)),
        (JSON, {"row": n}),
        (LargeBinary, f"row {n}".encode()),
    ]
    return next((value for kind, value in values if isinstance(type_, kind)), f"row-{n}")


def add_revision(folder: Path, upgrade: str, revision: str = "9001", after: str = "") -> Path:
    """Return a copy of the migrations with one more, whose `upgrade` has these lines."""
    scripts = folder / "migrations"
    if not scripts.exists():
        shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    before = after or max(path.name[:4] for path in (scripts / "versions").glob("[0-9]*.py"))
    body = "\n".join(f"    {line}" for line in upgrade.strip().splitlines())
    (scripts / "versions" / f"{revision}_of_a_test.py").write_text(
        '"""A migration of a test."""\n'
        "import time\nimport sqlalchemy as sa\nfrom alembic import op\n"
        f"revision = {revision!r}\ndown_revision = {before!r}\n\n"
        f"def upgrade() -> None:\n{body}\n\ndef downgrade() -> None:\n    pass\n"
    )
    return scripts
