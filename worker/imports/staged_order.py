"""The order of the todos in the temporary database of a preview: by positions, where the file has them."""

import sqlite3

from shared.languages.texts import Amount, message
from worker.imports.items import FileRefused, ImportedPlace, ImportedTodo, Position

# What comes after every todo with an ImportedPlace.
UNPLACED: Position = (0, 0)
# Several for each todo of the largest file: a project has views.
MAX_PLACES = 1_000_000
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
        self._place_count = 0

    def add_todo(self, todo: ImportedTodo, number: int) -> None:
        if todo.position != UNPLACED:
            self._is_used = True
            self._run("INSERT INTO position VALUES (?, ?, ?)", (number, *todo.position))

    def add_place(self, place: ImportedPlace, list_number: int) -> None:
        """Keep the place. Raise FileRefused for more than a file may hold."""
        self._is_used = True
        self._place_count += 1
        if self._place_count > MAX_PLACES:
            raise FileRefused(
                message(
                    "The file holds more than {limit} places of todos.", limit=Amount(MAX_PLACES)
                )
            )
        values = (list_number, place.todo_ref, place.place)
        self._run("INSERT INTO place VALUES (?, ?, ?)", values)

    def sort(self) -> None:
        """Rank all todos by their positions; those without or with equal ones in the order of the file."""
        if not self._is_used:
            return
        self._run(
            # One place of each reference first: a file may give many places to many todos of one.
            "INSERT OR REPLACE INTO position SELECT todo.number, -1, first.place FROM"
            " (SELECT list, ref, MIN(place) AS place FROM place GROUP BY list, ref) first"
            " JOIN todo ON todo.list = first.list AND todo.ref = first.ref"
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
