"""The SQL of Postgres and SQLite, as SQLAlchemy compiles it for the drivers, with lists as one parameter.

An IN list of SQLAlchemy has a parameter a value, so its text differs with their number and is written
anew for each execution. Here it is `= ANY ($1)` on Postgres and `IN (SELECT value FROM json_each(?))`
on SQLite: one text, prepared once, for any number of values. Values are strings or integers.
"""

from collections.abc import Callable
from typing import Any

import orjson
from sqlalchemy import ARRAY, BindParameter, Dialect, Integer, String, TypeDecorator
from sqlalchemy.dialects.postgresql.asyncpg import PGCompiler_asyncpg, PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.compiler import OPERATORS, SQLCompiler
from sqlalchemy.sql.elements import BinaryExpression, Tuple
from sqlalchemy.types import NullType, TypeEngine


class _JsonList(TypeDecorator[Any]):
    """A list of strings, integers or tuples of them as JSON text."""

    impl = String
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        return lambda values: orjson.dumps(list(values)).decode()


class _List(ARRAY[Any]):
    """An array whose value may be any collection."""

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        return list


class _ListsAsOneParameter(SQLCompiler):
    """Compile `column.in_(values)` with one parameter for all values."""

    in_list: tuple[str, str]
    not_in_list: tuple[str, str]

    # The rows of a JSON parameter, each an array, and one column of them.
    tuple_rows: str

    def list_type(self, item: TypeEngine[Any]) -> TypeEngine[Any]:
        raise NotImplementedError

    def tuple_column(self, number: int, is_integer: bool) -> str:
        raise NotImplementedError

    def visit_bindparam(  # type: ignore[override]
        self, bindparam: BindParameter[Any], **options: Any
    ) -> Any:
        # SQLAlchemy would write the value, such as a separator, into the text of each execution.
        options.pop("literal_execute", None)
        if bindparam.literal_execute:
            bindparam = bindparam._clone(maintain_key=True)
            bindparam.literal_execute = False
        return super().visit_bindparam(bindparam, **options)  # type: ignore[no-untyped-call]

    def visit_in_op_binary(
        self, binary: BinaryExpression[Any], operator: Any, **options: Any
    ) -> str:
        return self._in_list(binary, operator, self.in_list, options)

    def visit_not_in_op_binary(
        self, binary: BinaryExpression[Any], operator: Any, **options: Any
    ) -> str:
        return self._in_list(binary, operator, self.not_in_list, options)

    def _in_list(
        self,
        binary: BinaryExpression[Any],
        operator: Any,
        around: tuple[str, str],
        options: dict[str, Any],
    ) -> str:
        values = binary.right
        if not (isinstance(values, BindParameter) and values.expanding):
            return self._generate_generic_binary(binary, OPERATORS[operator], **options)
        # A clone: the compiler relates it to the parameter that the cached statement was keyed by.
        values = values._clone(maintain_key=True)
        values.expanding = False
        left = self.process(binary.left, **options)
        if isinstance(binary.left, Tuple):
            values.type = _JsonList()
            columns = [
                self.tuple_column(number, isinstance(part.type, Integer))
                for number, part in enumerate(binary.left.clauses)
            ]
            rows = self.tuple_rows.format(self.process(values, **options))
            chosen = f"SELECT {', '.join(columns)} FROM {rows}"  # noqa: S608  no text of a user
            return f"{left}{OPERATORS[operator]}({chosen})"
        if not isinstance(values.type, String | Integer | NullType):
            raise TypeError(f"lists of {values.type!r} are not supported, only texts and integers")
        values.type = self.list_type(Integer() if isinstance(values.type, Integer) else String())
        before, after = around
        return f"{left} {before}{self.process(values, **options)}{after}"


class _PostgresCompiler(_ListsAsOneParameter, PGCompiler_asyncpg):
    in_list = ("= ANY (", ")")
    not_in_list = ("<> ALL (", ")")
    tuple_rows = "jsonb_array_elements(CAST({} AS jsonb)) AS pair"

    def list_type(self, item: TypeEngine[Any]) -> TypeEngine[Any]:
        return _List(item)

    def tuple_column(self, number: int, is_integer: bool) -> str:
        return f"CAST(pair ->> {number} AS bigint)" if is_integer else f"pair ->> {number}"


class _SqliteCompiler(_ListsAsOneParameter, SQLiteCompiler):
    in_list = ("IN (SELECT value FROM json_each(", "))")
    not_in_list = ("NOT IN (SELECT value FROM json_each(", "))")
    tuple_rows = "json_each({})"

    def list_type(self, item: TypeEngine[Any]) -> TypeEngine[Any]:
        return _JsonList()

    def tuple_column(self, number: int, is_integer: bool) -> str:
        return f"json_extract(value, '$[{number}]')"


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


class _PostgresDialect(PGDialect_asyncpg):
    statement_compiler = _PostgresCompiler
    # asyncpg returns JSON as text, unless a decoder is registered on every connection.
    supports_native_json_deserialization = False
    supports_statement_cache = True


class _SqliteDialect(SQLiteDialect_pysqlite):
    statement_compiler = _SqliteCompiler
    supports_statement_cache = True


def postgres_dialect() -> Dialect:
    return _PostgresDialect(  # type: ignore[no-untyped-call]
        json_serializer=_to_json, json_deserializer=orjson.loads
    )


def sqlite_dialect() -> Dialect:
    return _SqliteDialect(json_serializer=_to_json, json_deserializer=orjson.loads)
