"""What a transaction executes statements with, on Postgres and SQLite alike."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from typing import Any

from sqlalchemy import ClauseElement, Executable

from shared.database.compiled_statements import (
    CompiledStatement,
    StatementCompiler,
)
from shared.database.results import Result

NO_VALUES: Mapping[str, Any] = {}

# A statement with one or several sets of values.
Write = tuple[CompiledStatement, list[list[Any]]]

_READ_ONLY = "a write in a reading transaction: only a unit of work commits"

# Called with the text and the values of each round trip: tests count them.
Observer = Callable[[str, Sequence[Any]], None]


class Begin(Enum):
    """How the transaction of a connection begins, with its first statement."""

    WRITE = auto()
    # All reads see the same moment.
    READ_ONLY = auto()
    # One statement, which is a transaction of its own.
    NEVER = auto()


class Connection(ABC):
    """A connection that is in one transaction, begun with the first statement.

    Statements are SQLAlchemy's; they run on the driver itself. A statement that is built once, at
    the level of a module, is compiled once. `column.in_(values)` takes any number of values.
    """

    is_sqlite: bool

    def __init__(
        self, compiler: StatementCompiler, begin: Begin, observer: Observer | None
    ) -> None:
        self.is_in_transaction = False
        self._compiler = compiler
        self._begin = begin
        # Two flags, because up to Python 3.11 each look at a member of an enum calls two functions.
        self._is_writing = begin is Begin.WRITE
        self._is_single = begin is Begin.NEVER
        self._observer = observer
        self._is_used_up = False
        self._deferred: list[Write] = []

    async def execute(
        self,
        statement: Executable,
        parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] = NO_VALUES,
    ) -> Result:
        """Execute a statement with named values, once for each if there are several sets of them.

        Deferred writes are executed before it. Raise DatabaseError, DatabaseUnavailable.
        """
        assert isinstance(statement, ClauseElement)
        if self._is_used_up:
            raise RuntimeError("a second statement in a read of one statement")
        self._is_used_up = self._is_single
        if self._deferred:
            await self._write_deferred()
        if isinstance(parameters, list | tuple):
            if parameters:
                self.defer(statement, parameters)
                await self._write_deferred()
            return Result((), -1)
        values: Mapping[str, Any] = parameters  # type: ignore[assignment]
        prepared = self._compiler.prepare(statement, values)
        if prepared.compiled.is_write and not self._is_writing:
            raise RuntimeError(_READ_ONLY)
        return await self._execute(prepared.compiled, prepared.values(values))

    async def scalar(self, statement: Executable, parameters: Mapping[str, Any] = NO_VALUES) -> Any:
        """Return the first value of the first row; None without a row."""
        return (await self.execute(statement, parameters)).scalar()

    async def scalars(
        self, statement: Executable, parameters: Mapping[str, Any] = NO_VALUES
    ) -> list[Any]:
        """Return the first value of each row."""
        return (await self.execute(statement, parameters)).scalars()

    def defer(
        self,
        statement: Executable,
        parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] = NO_VALUES,
    ) -> None:
        """Execute a write whose result nobody needs with the next statement, or with the commit.

        Successive writes to different tables take one round trip together. They see the same moment:
        none may depend on another.
        """
        if not self._is_writing:
            raise RuntimeError(_READ_ONLY)
        assert isinstance(statement, ClauseElement)
        # Not `isinstance(…, Mapping)`, which takes twice as long.
        is_many = isinstance(parameters, list | tuple)
        rows: Sequence[Any] = parameters if is_many else [parameters]  # type: ignore[assignment]
        if rows:
            prepared = self._compiler.prepare(statement, rows[0])
            self._deferred.append((prepared.compiled, [prepared.values(row) for row in rows]))

    async def commit(self) -> None:
        """Execute the deferred writes, and commit: to the end, even when the task is cancelled."""
        deferred, self._deferred = self._deferred, []
        await self._commit(deferred)

    async def _write_deferred(self) -> None:
        deferred, self._deferred = self._deferred, []
        await self._write(deferred)

    def _observe(self, sql: str, values: Sequence[Any]) -> None:
        if self._observer is not None:
            self._observer(sql, values)

    @abstractmethod
    async def _execute(self, statement: CompiledStatement, values: list[Any]) -> Result: ...

    @abstractmethod
    async def _write(self, writes: Sequence[Write]) -> None: ...

    @abstractmethod
    async def _commit(self, writes: Sequence[Write]) -> None: ...

    @abstractmethod
    async def rollback(self) -> None:
        """Undo the transaction. Does nothing if it has not begun, or is over."""
