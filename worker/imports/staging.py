"""Sort the todos of a file into pages: by list, parents before their subtasks, within all limits.

The todos are kept in a temporary SQLite database on the worker's disk, so that a file of any order, with
any references between its todos, is sorted in constant memory.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import chain, islice
from typing import Any

import orjson

from shared.contract.interop.imports import ImportKind
from shared.labels.commands import MAX_LABELS_PER_LIST
from shared.languages.texts import Amount, counted, message, translator
from shared.lists.icons import is_icon
from shared.todos.rules.todo_rules import MAX_SUBTASKS_PER_TODO, MAX_TODOS_PER_LIST
from worker.imports.fields import MAX_LISTS
from worker.imports.items import (
    FileRefused,
    ImportedComment,
    ImportedFile,
    ImportedList,
    ImportedOccurrence,
    ImportedPlace,
    ImportedTodo,
    Item,
    Options,
    Problem,
)
from worker.imports.prepare import MAX_FOLDER_NAME, MAX_LIST_NAME, Unusable, line_of, prepare
from worker.imports.staged_details import FILES, StagedDetails
from worker.imports.staged_order import StagedOrder

# Twenty full lists. A larger file is an accident, or takes an hour of writes.
MAX_TODOS = 200_000
TODOS_PER_PAGE = 100
# Todos of the greatest length alone: a page is one transaction and one row.
PAGE_BYTES = 1024 * 1024
MAX_SAMPLE, MAX_PROBLEMS, MAX_SHOWN_LISTS = 20, 200, 100
# Deeper trees are cut. Each round halves the distance to the top at least.
MAX_ROUNDS = 12

_SCHEMA = """
CREATE TABLE list (number INTEGER PRIMARY KEY, key TEXT UNIQUE, head BLOB);
CREATE TABLE todo (
    number INTEGER PRIMARY KEY, list INTEGER, ref TEXT, parent TEXT, key TEXT, line INTEGER,
    title TEXT, fields BLOB, top INTEGER, position INTEGER, rank INTEGER
);
CREATE INDEX todo_ref ON todo (list, ref);
"""


class Staging:
    """The todos of one file. Used by one thread at a time; `close` deletes the database."""

    def __init__(self, kind: ImportKind, options: Options | None = None) -> None:
        options = options or Options()
        self._kind, self._t = kind, translator(options.language)
        # An empty name: a file that SQLite deletes when it is closed.
        self._database = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA cache_size = -8192")
        self._database.executescript(_SCHEMA)
        self._lists: dict[str, int] = {}
        self._long_folders: set[str] = set()
        self.problems: list[Problem] = []
        self.problem_count = 0
        self.is_stopped = False
        self._details = StagedDetails(self._database, options, self.add_problem)
        self._order = StagedOrder(self._database)
        # Set by `fill`, the first while it runs: todos read; todos and files that can be imported.
        self.count = self.total = self.file_total = 0

    @property
    def is_empty(self) -> bool:
        return not self._lists

    def close(self) -> None:
        self._database.close()

    def add_problem(self, line: int, text: str) -> None:
        self.problem_count += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(line, self._t.of(text)))

    def fill(self, items: Iterable[Item]) -> None:
        """Read all items. Raise FileRefused for more than a file may hold."""
        self._database.execute("BEGIN")
        for item in items:
            if self.is_stopped:
                raise FileRefused("The worker stopped.")
            if isinstance(item, Problem):
                self.add_problem(item.line, item.text)
            elif isinstance(item, ImportedList):
                self._add_list(item)
            elif isinstance(item, ImportedComment | ImportedOccurrence | ImportedFile):
                self._details.add(item, self._lists[item.list_key])
            elif isinstance(item, ImportedPlace):
                self._order.add_place(item, self._lists[item.list_key])
            else:
                self.count += 1
                if self.count > MAX_TODOS:
                    raise FileRefused(
                        message(
                            "The file holds more than {limit} todos: split it.",
                            limit=Amount(MAX_TODOS),
                        )
                    )
                self._add_todo(item, self.count)
        self._order.sort()
        self._link_subtasks()
        self._place()
        self._details.place()
        self.file_total = self._details.count(FILES)
        self._database.execute("COMMIT")
        self.total = int(self._database.execute("SELECT COUNT(*) FROM todo").fetchone()[0])

    def _add_list(self, item: ImportedList) -> None:
        if item.key in self._lists:
            return
        if len(self._lists) == MAX_LISTS:
            raise FileRefused(message("The file holds more than {limit} lists.", limit=MAX_LISTS))
        number = self._lists[item.key] = len(self._lists)
        name = line_of(item.name) or self._t("Import")
        if len(name) > MAX_LIST_NAME:
            self.add_problem(
                0,
                message(
                    "The name of a list was shortened to {limit} characters.", limit=MAX_LIST_NAME
                ),
            )
            name = name[: MAX_LIST_NAME - 1] + "…"
        folder = line_of(item.folder)
        if len(folder) > MAX_FOLDER_NAME and folder not in self._long_folders:
            self._long_folders.add(folder)
            self.add_problem(
                0,
                message(
                    "The name of a folder was shortened to {limit} characters.",
                    limit=MAX_FOLDER_NAME,
                ),
            )
        # They are in each page of the list: more than a list can have would multiply the file.
        labels = {
            label: colour
            for each, colour in islice(item.label_colours.items(), MAX_LABELS_PER_LIST)
            if (label := line_of(each)[:50])
        }
        head = {
            "list_name": name, "colour": item.colour, "label_colours": labels,
            "archived": item.archived, "icon": item.icon if is_icon(item.icon) else "",
            "folder": folder[:MAX_FOLDER_NAME].strip(),
        }  # fmt: skip
        if len(item.label_colours) > MAX_LABELS_PER_LIST:
            self.add_problem(
                0, message("A list has more than {limit} labels.", limit=MAX_LABELS_PER_LIST)
            )
        self._database.execute(
            "INSERT INTO list VALUES (?, ?, ?)",
            (number, source_key(self._kind, item.key), orjson.dumps(head)),
        )

    def _add_todo(self, todo: ImportedTodo, number: int) -> None:
        try:
            fields, notes = prepare(todo)
        except Unusable as error:
            self.add_problem(todo.line, error.sentence)
            return
        for note in notes:
            self.add_problem(todo.line, note)
        key = todo.key or _key_of_texts(todo, fields)
        self._database.execute(
            "INSERT INTO todo VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?1)",
            (
                number,
                self._lists[todo.list_key],
                todo.ref,
                todo.parent_ref,
                source_key(self._kind, key),
                todo.line,
                fields["title"],
                orjson.dumps(fields),
            ),
        )
        self._order.add_todo(todo, number)

    def _link_subtasks(self) -> None:
        """Give each subtask the todo at the top of its tree, as our subtasks are one level deep."""
        run = self._database.execute
        # `top` is the parent first, then the parent's parent, until that is at the top level.
        run(
            "UPDATE todo SET top = (SELECT MIN(p.number) FROM todo p"
            " WHERE p.list = todo.list AND p.ref = todo.parent AND p.number != todo.number)"
            " WHERE parent IS NOT NULL"
        )
        missing = run(
            "SELECT COUNT(*), MIN(line) FROM todo WHERE parent IS NOT NULL AND top IS NULL"
        ).fetchone()
        if missing[0]:
            self.add_problem(
                missing[1],
                counted(
                    missing[0],
                    "A subtask has no todo above it: it stands alone.",
                    "{count} subtasks have no todo above them: they stand alone.",
                ),
            )
        deep = run(
            "SELECT COUNT(*), MIN(todo.line) FROM todo JOIN todo p ON p.number = todo.top"
            " WHERE p.top IS NOT NULL"
        ).fetchone()
        for _ in range(MAX_ROUNDS):
            changed = run(
                "UPDATE todo SET top = p.top FROM todo p"
                " WHERE p.number = todo.top AND p.top IS NOT NULL"
            ).rowcount
            if not changed:
                break
        # What still has no top is in a circle.
        circles = run(
            "UPDATE todo SET top = NULL FROM todo p WHERE p.number = todo.top AND p.top IS NOT NULL"
        ).rowcount
        if circles:
            self.add_problem(
                0,
                counted(
                    circles,
                    "A subtask is below itself: it stands alone.",
                    "{count} subtasks are below each other: they stand alone.",
                ),
            )
        if deep[0] > circles:
            self.add_problem(
                deep[1],
                counted(
                    deep[0] - circles,
                    "A subtask of a subtask became one of the todo at the top.",
                    "{count} subtasks of subtasks became subtasks of the todo at the top.",
                ),
            )

    def _place(self) -> None:
        """Number the todos of each list in their order; leave out what a list or a todo cannot take."""
        run = self._database.execute
        freed = run(
            "UPDATE todo SET top = NULL WHERE number IN (SELECT number FROM (SELECT number,"
            " ROW_NUMBER() OVER (PARTITION BY top ORDER BY rank) AS place FROM todo"
            " WHERE top IS NOT NULL) WHERE place > ?)",
            (MAX_SUBTASKS_PER_TODO,),
        ).rowcount
        if freed:
            self.add_problem(
                0,
                counted(
                    freed,
                    "A subtask stands alone: a todo has at most {limit}.",
                    "{count} subtasks stand alone: a todo has at most {limit}.",
                    limit=MAX_SUBTASKS_PER_TODO,
                ),
            )
        run(
            "CREATE TABLE placed AS SELECT todo.number, ROW_NUMBER() OVER (PARTITION BY todo.list"
            " ORDER BY COALESCE(p.rank, todo.rank), p.rank IS NOT NULL, todo.rank) AS position,"
            " ROW_NUMBER() OVER (PARTITION BY todo.list, todo.key ORDER BY todo.number) AS copy"
            " FROM todo LEFT JOIN todo p ON p.number = todo.top"
        )
        run("CREATE UNIQUE INDEX placed_number ON placed (number)")
        run(
            "UPDATE todo SET position = placed.position, key = CASE placed.copy WHEN 1 THEN key"
            " ELSE key || '-' || placed.copy END FROM placed WHERE placed.number = todo.number"
        )
        run("CREATE INDEX todo_position ON todo (list, position)")
        left_out = run("DELETE FROM todo WHERE position > ?", (MAX_TODOS_PER_LIST,)).rowcount
        if left_out:
            self.add_problem(
                0,
                counted(
                    left_out,
                    "A todo was left out: a list holds at most {limit}.",
                    "{count} todos were left out: a list holds at most {limit}.",
                    limit=Amount(MAX_TODOS_PER_LIST),
                ),
            )

    def report(self, header: list[str]) -> dict[str, Any]:
        """Return what the preview shows."""
        run = self._database.execute
        lists = run(
            "SELECT head, (SELECT COUNT(*) FROM todo WHERE todo.list = list.number) FROM list"
            " ORDER BY number LIMIT ?",
            (MAX_SHOWN_LISTS,),
        ).fetchall()
        sample = run(
            "SELECT head, title, top IS NOT NULL, line FROM todo JOIN list ON list.number = todo.list"
            " ORDER BY todo.list, position LIMIT ?",
            (MAX_SAMPLE,),
        ).fetchall()
        return {
            "lists": [
                {"name": stored["list_name"], "folder": stored["folder"], "todos": count}
                for stored, count in ((orjson.loads(head), count) for head, count in lists)
            ],
            "sample": [
                {"list_name": orjson.loads(head)["list_name"], "title": title, "is_subtask": bool(sub),
                 "line": line}
                for head, title, sub, line in sample
            ],
            "problems": [asdict(problem) for problem in self.problems],
            "problem_count": self.problem_count,
            "header": header,
        }  # fmt: skip

    def pages(self) -> Iterator[bytes]:
        """Yield the pages as JSON: those of a list with its todos first, then with their details."""
        lists = self._database.execute("SELECT number, key, head FROM list ORDER BY number")
        for number, key, head in lists.fetchall():
            page = {"list_key": key} | orjson.loads(head) | {"is_last": False, "todos": []}
            waiting: dict[str, Any] | None = None
            # One late, since the last must be known.
            for parts in chain(self._todos_of(number), self._details.pages_of(number)):
                if waiting is not None:
                    yield orjson.dumps(page | waiting)
                waiting = parts
            # A list without todos is created, too.
            yield orjson.dumps(page | (waiting or {}) | {"is_last": True})

    def _todos_of(self, number: int) -> Iterator[dict[str, Any]]:
        rows = self._database.execute(
            "SELECT todo.key, p.key, todo.line, todo.fields"
            " FROM todo LEFT JOIN todo p ON p.number = todo.top"
            " WHERE todo.list = ? ORDER BY todo.position",
            (number,),
        )
        waiting: list[orjson.Fragment] = []
        size = 0
        for key, parent, line, fields in rows:
            values = {"key": key, "parent": parent, "line": line}
            todo = orjson.dumps(values | {"fields": orjson.Fragment(fields)})
            if waiting and (len(waiting) == TODOS_PER_PAGE or size + len(todo) > PAGE_BYTES):
                yield {"todos": waiting}
                waiting, size = [], 0
            waiting.append(orjson.Fragment(todo))
            size += len(todo)
        if waiting:
            yield {"todos": waiting}


def _key_of_texts(todo: ImportedTodo, fields: dict[str, Any]) -> str:
    """Return a key of a todo without one: its reference changes with each line that is added above."""
    description, due = fields["description"], fields["due"]
    if todo.date_in_words:
        # As releases before kept the words, and knew the todo by them.
        description, due = f"{description}\n\n{todo.date_in_words}".strip(), None
    return f"text:{fields['title']}\0{description}\0{due}"


def source_key(kind: ImportKind, key: str) -> str:
    """Return a key of a fixed length for a key of a file of this kind."""
    return hashlib.sha256(f"{kind.value}\0{key}".encode("utf-8", "replace")).hexdigest()[:40]
