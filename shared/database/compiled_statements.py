"""Statements of SQLAlchemy as the drivers take them: text, positional values, and how rows are read.

A statement is compiled once per dialect. A statement object that is executed again, as those of
modules are, is found by its identity; one that was built anew is found by SQLAlchemy's cache key,
which takes longer to build than most statements take to run.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ClauseElement, Dialect
from sqlalchemy.sql.compiler import WARN_LINTING, SQLCompiler

# Some 30 kB each. The statements of a process are some 400; variants of filters make more.
MAX_COMPILED = 1000

Convert = Callable[[Any], Any]
Parameters = Mapping[str, Any]

_PLACEHOLDER = re.compile(r"\$(\d+)")


class CompiledStatement:
    """The text of a statement, and how its values and rows are converted.

    It keeps no reference to the statement: entries of a WeakKeyDictionary would never end.
    """

    def __init__(self, compiler: SQLCompiler) -> None:
        self.sql = compiler.string
        self.names: Sequence[str] = compiler.positiontup or ()
        self.converters = _parameter_converters(compiler)
        self.defaults = _column_defaults(compiler)
        self.required = {name for bind, name in compiler.bind_names.items() if bind.required}
        self.is_write = compiler.isinsert or compiler.isupdate or compiler.isdelete
        self._is_text = compiler.isplaintext
        self.returns_rows = self._is_text or bool(compiler._result_columns)
        self._make_row, self._columns = _row_reader(compiler)
        self.table = ""
        """The table of a write that can be joined with writes to other tables; "" for others."""
        is_plain = not self.returns_rows and not self.sql.startswith("WITH")
        if is_plain and (compiler.isinsert or compiler.isupdate):
            self.table = compiler.statement.table.name  # type: ignore[union-attr]

    def rows(self, records: Iterable[Iterable[Any]], names: Sequence[str]) -> list[Any]:
        """Return the records of the driver as named tuples of converted values.

        `names` are the driver's names of the columns, which only plain SQL text needs.
        """
        make_row, columns = self._make_row, self._columns
        if self._is_text:
            make_row = _row_type(names)._make
        if not columns:
            return [make_row(record) for record in records]
        rows = []
        for record in records:
            values = list(record)
            for index, convert in columns:
                values[index] = convert(values[index])
            rows.append(make_row(values))
        return rows


class PreparedStatement:
    """A compiled statement with the values that are written in it."""

    def __init__(
        self, compiled: CompiledStatement, fixed: Mapping[str, Any], given: Iterable[str]
    ) -> None:
        self.compiled = compiled
        self._fixed: list[Any] = []
        self._given: list[tuple[int, str, Convert | None]] = []
        self._made: list[tuple[int, Callable[[], Any], Convert | None]] = []
        given = set(given)
        for index, name in enumerate(compiled.names):
            convert = compiled.converters.get(name)
            value = None
            if name in given:
                self._given.append((index, name, convert))
            elif name in compiled.defaults:
                self._made.append((index, compiled.defaults[name], convert))
            elif name in compiled.required:
                raise LookupError(f"no value for the parameter {name!r}: {compiled.sql[:200]}")
            else:
                value = fixed[name] if convert is None else convert(fixed[name])
            self._fixed.append(value)

    def values(self, parameters: Parameters) -> list[Any]:
        """Return the values in the order of the text."""
        values = self._fixed.copy()
        for index, name, convert in self._given:
            value = parameters[name]
            values[index] = value if convert is None else convert(value)
        for index, make, convert in self._made:
            values[index] = make() if convert is None else convert(make())
        return values


class StatementCompiler:
    """Compile statements for one dialect, each once."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._by_identity: WeakKeyDictionary[
            ClauseElement, dict[tuple[str, ...], PreparedStatement]
        ] = WeakKeyDictionary()
        self._compilers: dict[Any, Any] = {}
        self._compiled: WeakKeyDictionary[SQLCompiler, CompiledStatement] = WeakKeyDictionary()
        self._joined: dict[tuple[str, ...], str] = {}

    def prepare(self, statement: ClauseElement, parameters: Parameters) -> PreparedStatement:
        """Return `statement` for execution with values for the names in `parameters`."""
        names = tuple(parameters)
        by_names = self._by_identity.get(statement)
        if by_names is None:
            by_names = self._by_identity[statement] = {}
        prepared = by_names.get(names)
        if prepared is None:
            prepared = by_names[names] = self._prepare(statement, names)
        return prepared

    def _prepare(self, statement: ClauseElement, names: tuple[str, ...]) -> PreparedStatement:
        if len(self._compilers) >= MAX_COMPILED:
            self._compilers.clear()
        # What SQLAlchemy's own Connection.execute calls: it also extracts the values by cache key. It warns
        # of tables that no condition connects, such as a subquery that is not correlated: an error in tests.
        compiler: SQLCompiler
        compiler, extracted, collected, _ = statement._compile_w_cache(  # type: ignore[assignment]
            self.dialect,
            compiled_cache=self._compilers,
            column_keys=sorted(names),
            linting=WARN_LINTING,
        )
        compiled = self._compiled.get(compiler)
        if compiled is None:
            compiled = self._compiled[compiler] = CompiledStatement(compiler)
        fixed = compiler.construct_params(
            {},
            extracted_parameters=extracted,
            escape_names=False,
            _check=False,
            _collected_params=None if compiler._collect_params else collected,
        )
        return PreparedStatement(compiled, fixed, names)

    def join(self, statements: Sequence[CompiledStatement]) -> str:
        """Return one text that executes all these writes of Postgres, whose values follow each other.

        No literal of a statement may look like a placeholder, such as '$1'.

        They see the same moment and run in any order, so each must write to another table.
        """
        key = tuple(statement.sql for statement in statements)
        joined = self._joined.get(key)
        if joined is None:
            if len(self._joined) >= MAX_COMPILED:
                self._joined.clear()
            joined = self._joined[key] = _join(statements)
        return joined


def _join(statements: Sequence[CompiledStatement]) -> str:
    texts, offset = [], 0
    for statement in statements:
        texts.append(
            _PLACEHOLDER.sub(lambda match, by=offset: f"${int(match[1]) + by}", statement.sql)  # type: ignore[misc]
        )
        offset += len(statement.names)
    *first, last = texts
    if not first:
        return last
    queries = ", ".join(f"write_{number} AS ({text})" for number, text in enumerate(first))
    return f"WITH {queries} {last}"


def _parameter_converters(compiler: SQLCompiler) -> dict[str, Convert]:
    converters: dict[str, Convert] = {}
    for bind, name in compiler.bind_names.items():
        convert = bind.type.dialect_impl(compiler.dialect).bind_processor(compiler.dialect)
        if convert is not None:
            converters[name] = convert
    return converters


def _column_defaults(compiler: SQLCompiler) -> dict[str, Callable[[], Any]]:
    """Return what makes the values of the columns that an INSERT leaves to `mapped_column(default=…)`."""
    defaults: dict[str, Callable[[], Any]] = {}
    if not compiler.isinsert:
        return defaults
    name_of = compiler._within_exec_param_key_getter
    for column in compiler.insert_prefetch:
        default: Any = column.default
        if default.is_callable:
            # SQLAlchemy wraps every function into one that takes the context of the execution.
            defaults[name_of(column)] = lambda make=default.arg: make(None)  # type: ignore[misc]
        else:
            defaults[name_of(column)] = lambda value=default.arg: value  # type: ignore[misc]
    return defaults


def _row_type(names: Sequence[str]) -> Any:
    return namedtuple("Row", names, rename=True)


def _row_reader(
    compiler: SQLCompiler,
) -> tuple[Callable[[Iterable[Any]], Any], list[tuple[int, Convert]]]:
    """Return what makes a row of a record, and the columns whose values are converted first."""
    columns = compiler._result_columns or []
    row = _row_type([column.keyname for column in columns])
    converters: list[tuple[int, Convert]] = []
    for index, column in enumerate(columns):
        convert = column.type.dialect_impl(compiler.dialect).result_processor(
            compiler.dialect, None
        )
        if convert is not None:
            converters.append((index, convert))
    return row._make, converters
