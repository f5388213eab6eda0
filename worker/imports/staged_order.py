"""The order of the todos in the temporary database of a preview: by positions, where the file has them."""

import sqlite3

from worker.imports.items import ImportedPlace, ImportedTodo, Position

# What comes after every todo with an ImportedPlace.
UNPLACED: Position = (0, 0)
_SCHEMA = """
CREATE TABLE position (number INTEGER PRIMARY KEY, major, minor);
CREATE TABLE place (list INTEGER, ref TEXT, place REAL);
"""


class StagedOrder:
    """Sets the ranks of todos, by which they are placed. The caller set them to the order of the file."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._run = database.execute
        database.executescript(_SCHEMA)
        self._is_used = False

    def add_todo(self, todo: ImportedTodo, number: int) -> None:
        if todo.position != UNPLACED:
            self._is_used = True
            self._run("INSERT INTO position VALUES (?, ?, ?)", (number, *todo.position))

    def add_place(self, place: ImportedPlace, list_number: int) -> None:
        self._is_used = True
        values = (list_number, place.todo_ref, place.place)
        self._run("INSERT INTO place VALUES (?, ?, ?)", values)

    def sort(self) -> None:
        """Rank all todos by their positions; those without or with equal ones in the order of the file."""
        if not self._is_used:
            return
        self._run(
            "INSERT OR REPLACE INTO position SELECT todo.number, -1, MIN(place.place) FROM place"
            " JOIN todo ON todo.list = place.list AND todo.ref = place.ref GROUP BY todo.number"
        )
        self._run("CREATE TABLE ranked (number INTEGER PRIMARY KEY, rank INTEGER)")
        self._run(
            "INSERT INTO ranked SELECT todo.number, ROW_NUMBER() OVER (ORDER BY todo.list,"
            " COALESCE(position.major, 0), COALESCE(position.minor, 0), todo.number)"
            " FROM todo LEFT JOIN position ON position.number = todo.number"
        )
        self._run(
            "UPDATE todo SET rank = ranked.rank FROM ranked WHERE ranked.number = todo.number"
        )
