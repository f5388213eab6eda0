"""What a database says of its tables, as facts that can be compared with those of another database."""

import re
from typing import Any

from sqlalchemy import Connection, Inspector, inspect, text

VERSION_TABLE = "alembic_version"


def schema_facts(connection: Connection) -> set[str]:
    """Return a line for each column, constraint and index.

    The order of columns is left out: a migration adds a column at the end.
    """
    inspector = inspect(connection)
    names = [name for name in inspector.get_table_names() if name != VERSION_TABLE]
    facts = {f"table {name}" for name in names}
    for table in names:
        facts |= _columns(inspector, connection, table)
        facts |= _constraints(inspector, table)
        facts |= _indexes(inspector, connection, table)
    return facts


def _columns(inspector: Inspector, connection: Connection, table: str) -> set[str]:
    return {
        f"column {table}.{column['name']}: {column['type'].compile(connection.dialect)}"
        f" nullable={column['nullable']} default={_plain(column['default'])}"
        f" collation={getattr(column['type'], 'collation', None)}"
        for column in inspector.get_columns(table)
    }


def _constraints(inspector: Inspector, table: str) -> set[str]:
    primary = inspector.get_pk_constraint(table)
    facts = {f"primary key {table}: {primary['name']} {primary['constrained_columns']}"}
    facts |= {
        f"check {table}: {check['name']} {_plain(check['sqltext'])}"
        for check in inspector.get_check_constraints(table)
    }
    facts |= {
        f"unique {table}: {unique['name']} {unique['column_names']}"
        for unique in inspector.get_unique_constraints(table)
    }
    facts |= {
        f"foreign key {table}: {key['name']} {key['constrained_columns']} → {key['referred_table']}"
        f" {key['referred_columns']} {sorted(key['options'].items())}"
        for key in inspector.get_foreign_keys(table)
    }
    return facts


def _indexes(inspector: Inspector, connection: Connection, table: str) -> set[str]:
    if connection.dialect.name == "postgresql":
        # The whole definition: columns, order, condition and method.
        rows = connection.execute(
            text("SELECT indexdef FROM pg_indexes WHERE tablename = :table"), {"table": table}
        )
        return {f"index {definition}" for (definition,) in rows}
    definitions: Any = connection.execute(
        text(
            "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :table AND sql > ''"
        ),
        {"table": table},
    )
    return {f"index {_plain(definition)}" for (definition,) in definitions}


def _plain(sql: str | None) -> str:
    """Return the SQL without quotes of names, brackets and spaces, which databases write differently."""
    return re.sub(r'["\s()]+', " ", sql or "").strip()
