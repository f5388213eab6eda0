"""Inserts that differ between Postgres and SQLite: over a key that is taken."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Executable, bindparam
from sqlalchemy.dialects import postgresql, sqlite

from shared.database.column_types import Base
from shared.database.connection import Connection

Row = Mapping[str, Any]
# Returns what is written to the named column, given the parameter with its value.
Expression = Callable[[str, BindParameter[Any]], ColumnElement[Any]]


def defer_inserts(
    connection: Connection,
    table: type[Base],
    rows: Sequence[Row],
    *,
    skip_taken: tuple[str, ...] = (),
    expression: Expression | None = None,
) -> None:
    """Insert the rows, which have the same columns, with the next statement or the commit.

    `skip_taken`: leave out rows whose values of these unique columns are taken. `expression`: a
    function of a module, which makes SQL of the parameters.
    """
    if rows:
        statement = _insert(connection.is_sqlite, table, tuple(rows[0]), skip_taken, expression)
        connection.defer(statement, [_parameters(row) for row in rows])


async def insert_new(
    connection: Connection, table: type[Base], row: Row, *, key: tuple[str, ...]
) -> bool:
    """Insert the row. Return False if a row with its values of `key` (unique columns) exists."""
    statement = _insert(connection.is_sqlite, table, tuple(row), key, None)
    return (await connection.execute(statement, _parameters(row))).rowcount == 1


async def insert_or_replace(
    connection: Connection, table: type[Base], row: Row, *, key: str
) -> None:
    """Insert the row, or give its values to the row that has the same `key`."""
    statement = _dialect(connection.is_sqlite).insert(table).values(row)
    await connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=dict(row)))


# Built once: building a statement and its cache key takes longer than executing it.
@lru_cache(maxsize=500)
def _insert(
    is_sqlite: bool,
    table: type[Base],
    columns: tuple[str, ...],
    skip_taken: tuple[str, ...],
    expression: Expression | None,
) -> Executable:
    statement = _dialect(is_sqlite).insert(table.__table__)
    values: dict[str, ColumnElement[Any]] = {}
    for name in columns:
        parameter = bindparam(f"new_{name}", type_=table.__table__.c[name].type)
        values[name] = parameter if expression is None else expression(name, parameter)
    statement = statement.values(values)
    if skip_taken:
        statement = statement.on_conflict_do_nothing(index_elements=skip_taken)
    return statement  # type: ignore[no-any-return]


def _parameters(row: Row) -> Row:
    # SQLAlchemy reserves the names of the columns.
    return {f"new_{name}": value for name, value in row.items()}


def _dialect(is_sqlite: bool) -> Any:
    return sqlite if is_sqlite else postgresql
