"""Errors of the database, without the values of the statement: they reach the logs."""


class DatabaseUnavailable(OSError):
    """The database refused the connection, cannot be reached, went silent, or has no free connection.

    A commit that was under way may or may not have taken effect.
    """


class CannotConnect(DatabaseUnavailable):
    """No connection can be made. The message has the reason; the process logs it once a minute."""


class SchemaOutdated(DatabaseUnavailable):
    """The database lacks migrations that this code needs. The message says what to do."""


class DatabaseError(Exception):
    """The database refused a statement. `sqlstate` is the code of Postgres, "" on SQLite.

    `is_transient`: nothing is wrong with the statement and its values; another attempt may succeed.
    """

    def __init__(self, message: str, *, sqlstate: str = "", is_transient: bool = False) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.is_transient = is_transient


class InvalidData(DatabaseError):
    """A value violates a constraint or does not fit its column: a fault of the program."""


class UniqueViolation(InvalidData):
    """A row with the same unique key exists."""
