"""SQL expressions of the database's own clock, for leases and retries.

Hosts may disagree about the time; the one database cannot disagree with itself.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Float, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from shared.database.column_types import UtcDateTime


class db_now(FunctionElement[datetime]):  # noqa: N801  reads as the SQL function it is
    """The current instant of the database's clock."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(db_now, "postgresql")
def _postgres_now(element: db_now, compiler: SQLCompiler, **kw: Any) -> str:
    # Not clock_timestamp(): it may differ from row to row, so no index is searched for it.
    return "statement_timestamp()"


@compiles(db_now, "sqlite")
def _sqlite_now(element: db_now, compiler: SQLCompiler, **kw: Any) -> str:
    # Six decimals, as SQLAlchemy stores instants: they are compared as text.
    return "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')"


class db_later(FunctionElement[datetime]):  # noqa: N801  as above
    """The instant some seconds after the database's now: ends of leases and times of retries."""

    type = UtcDateTime()
    inherit_cache = True

    def __init__(self, seconds: float) -> None:
        super().__init__(bindparam(None, float(seconds), type_=Float))


@compiles(db_later, "postgresql")
def _postgres_later(element: db_later, compiler: SQLCompiler, **kw: Any) -> str:
    seconds = compiler.process(element.clauses, **kw)
    return f"(clock_timestamp() + make_interval(secs => {seconds}))"


@compiles(db_later, "sqlite")
def _sqlite_later(element: db_later, compiler: SQLCompiler, **kw: Any) -> str:
    seconds = compiler.process(element.clauses, **kw)
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', {seconds} || ' seconds') || '000')"
