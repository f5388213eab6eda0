"""Instants that the database computes, alike on Postgres and SQLite.

Postgres has time zones of its own, of another version than Python's, and it means the second of two equal
local times. So the offsets of a zone are parameters there; SQLite calls a function of Python.
"""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, DateTime, Integer, SQLColumnExpression, String, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from shared.database.column_types import UtcDateTime
from shared.zones import offsets_of


def in_zone(local: SQLColumnExpression[datetime | None]) -> "FunctionElement[datetime]":
    """Return the instant of a local time, which has UTC in place of its zone.

    A statement with it takes the parameters of `zone_parameters`.
    """
    return _InZone(
        local,
        bindparam("zone", type_=String()),
        bindparam("zone_starts", type_=ARRAY(DateTime(timezone=True))),
        bindparam("zone_seconds", type_=ARRAY(Integer)),
    )


def zone_parameters(zone: str) -> Mapping[str, Any]:
    offsets = offsets_of(zone)
    return {"zone": zone, "zone_starts": offsets.starts, "zone_seconds": offsets.seconds}


def shifted(
    instant: SQLColumnExpression[datetime | None], seconds: SQLColumnExpression[int]
) -> "FunctionElement[datetime]":
    """Return an instant of whole seconds, so many seconds later."""
    return _Shifted(instant, seconds)


def add_functions(connection: sqlite3.Connection) -> None:
    """Add to a connection of SQLite what the expressions of this module call."""
    connection.create_function("instant_in_zone", 2, _instant_in_zone, deterministic=True)


# A statement asks for each row several times, and many rows have the same day.
@lru_cache(maxsize=4096)
def _instant_in_zone(local: str | None, zone: str) -> str | None:
    if local is None:
        return None
    instant = offsets_of(zone).instant_of(datetime.fromisoformat(local).replace(tzinfo=UTC))
    return instant.replace(tzinfo=None).isoformat(" ", "microseconds")


class _InZone(FunctionElement[datetime]):
    name = "in_zone"
    type = UtcDateTime()
    inherit_cache = True


class _Shifted(FunctionElement[datetime]):
    name = "shifted"
    type = UtcDateTime()
    inherit_cache = True


@compiles(_InZone, "postgresql")
def _(element: _InZone, compiler: SQLCompiler, **kw: Any) -> str:
    # The name of the zone is no parameter here: nothing would say its type.
    column, _, *offsets = element.clauses
    local, starts, seconds = (compiler.process(part, **kw) for part in (column, *offsets))
    offset = f"({seconds})[width_bucket({local}, {starts}) + 1]"
    return f"({local} - {offset} * interval '1 second')"


@compiles(_InZone, "sqlite")
def _(element: _InZone, compiler: SQLCompiler, **kw: Any) -> str:
    local, zone, *_ = element.clauses
    arguments = compiler.process(local, **kw), compiler.process(zone, **kw)
    return f"instant_in_zone({', '.join(arguments)})"


@compiles(_Shifted, "postgresql")
def _(element: _Shifted, compiler: SQLCompiler, **kw: Any) -> str:
    instant, seconds = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({instant} + {seconds} * interval '1 second')"


@compiles(_Shifted, "sqlite")
def _(element: _Shifted, compiler: SQLCompiler, **kw: Any) -> str:
    instant, seconds = (compiler.process(clause, **kw) for clause in element.clauses)
    # Stored with microseconds, of which strftime writes three digits.
    return f"(strftime('%Y-%m-%d %H:%M:%f', {instant}, {seconds} || ' seconds') || '000')"
