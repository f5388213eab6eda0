"""Statements that Postgres and SQLite spell differently: long IN lists, inserts over a taken key."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, any_, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from shared.database.column_types import Base

# In one statement: SQLite refuses more, and asyncpg refuses 32,768.
MAX_PARAMETERS = 32_766


def in_values(
    connection: AsyncConnection, column: InstrumentedAttribute[str], values: Sequence[str]
) -> ColumnElement[bool]:
    """Return the condition that `column` is one of `values`, which are sent as one parameter.

    An IN list has a parameter a value: 10,000 of them take longer to write than to look up, and
    asyncpg refuses more than 32,767.
    """
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam("in_values", list(values), type_=postgresql.ARRAY(String)))
    table = func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(select(table.c.value))


async def insert_new(
    connection: AsyncConnection,
    table: type[Base],
    rows: Sequence[Mapping[str, Any]],
    *,
    key: str | tuple[str, ...],
) -> int:
    """Insert the rows whose `key` (unique columns) is not taken. Return how many were inserted."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).on_conflict_do_nothing(
        index_elements=[key] if isinstance(key, str) else key
    )
    inserted, batch_size = 0, MAX_PARAMETERS // len(table.__table__.columns)
    for first in range(0, len(rows), batch_size):
        batch = list(rows[first : first + batch_size])
        inserted += (await connection.execute(statement.values(batch))).rowcount
    return inserted


async def insert_or_replace(
    connection: AsyncConnection, table: type[Base], row: Mapping[str, Any], *, key: str
) -> None:
    """Insert the row, or give its values to the row that has the same `key`."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(row)
    await connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=dict(row)))
