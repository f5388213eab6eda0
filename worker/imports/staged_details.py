"""Comments, past occurrences and files in the temporary database of a preview, sorted into own pages."""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from shared.attachments.rules import MAX_ATTACHMENTS_PER_TODO
from shared.comments.rules import MAX_COMMENTS_PER_TODO
from shared.languages.texts import Amount, Message, counted, message
from shared.todos.persistence.ended_occurrences import MAX_OCCURRENCES_PER_TODO
from worker.imports.items import (
    Detail,
    FileRefused,
    ImportedComment,
    ImportedFile,
    ImportedOccurrence,
    Options,
)
from worker.imports.prepare import Unusable
from worker.imports.prepare_details import prepare_detail

# As many as fit into the largest file, if each has a few words.
MAX_DETAILS = 1_000_000
# A page is one transaction and one row, as one of todos.
DETAILS_PER_PAGE = 200
PAGE_BYTES = 1024 * 1024
# Files are stored before the transaction of their page: what a worker that dies has stored in vain counts
# against the quota of the account for two hours.
FILES_PER_PAGE, FILE_BYTES_PER_PAGE = 20, 32 * 1024 * 1024
COMMENTS, OCCURRENCES, FILES = "comments", "occurrences", "files"
# The number, and 1 to keep the first or -1 the last of the file.
_LIMITS = {
    COMMENTS: (MAX_COMMENTS_PER_TODO, 1),
    OCCURRENCES: (MAX_OCCURRENCES_PER_TODO, -1),
    FILES: (MAX_ATTACHMENTS_PER_TODO, 1),
}

_SCHEMA = """
CREATE TABLE detail (
    number INTEGER PRIMARY KEY, kind TEXT, list INTEGER, ref TEXT, line INTEGER, fields BLOB,
    written_at TEXT, todo INTEGER, place INTEGER
);
"""
_KINDS: dict[type[Detail], str] = {
    ImportedComment: COMMENTS,
    ImportedOccurrence: OCCURRENCES,
    ImportedFile: FILES,
}
AddProblem = Callable[[int, str], None]


class StagedDetails:
    """Comments of a todo are sorted by their instants: files have them in either order."""

    def __init__(
        self, database: sqlite3.Connection, options: Options, add_problem: AddProblem
    ) -> None:
        self._run = database.execute
        database.executescript(_SCHEMA)
        self._options, self._add_problem = options, add_problem
        self._count = 0

    def add(self, detail: Detail, list_number: int) -> None:
        """Keep the detail. Raise FileRefused for more than a file may hold."""
        self._count += 1
        if self._count > MAX_DETAILS:
            raise FileRefused(
                message(
                    "The file holds more than {limit} comments and past occurrences.",
                    limit=Amount(MAX_DETAILS),
                )
            )
        try:
            fields, notes = prepare_detail(detail, self._options)
        except Unusable as error:
            self._add_problem(detail.line, error.sentence)
            return
        for note in notes:
            self._add_problem(detail.line, note)
        kind = _KINDS[type(detail)]
        self._run(
            "INSERT INTO detail (kind, list, ref, line, fields, written_at) VALUES (?, ?, ?, ?, ?, ?)",
            (
                kind,
                list_number,
                detail.todo_ref,
                detail.line,
                orjson.dumps(fields),
                fields.get("created_at"),
            ),
        )

    def place(self) -> None:
        """Find the todo of each detail; leave out what has none, or is beyond what it can take."""
        if self._count == 0:
            return
        self._run(
            "UPDATE detail SET todo = (SELECT MIN(number) FROM todo"
            " WHERE todo.list = detail.list AND todo.ref = detail.ref)"
        )
        for kind in _LIMITS:
            lost = self._run(
                "SELECT COUNT(*), MIN(line) FROM detail WHERE todo IS NULL AND kind = ?", (kind,)
            ).fetchone()
            if lost[0]:
                self._add_problem(lost[1], _without_todo(kind, lost[0]))
        self._run("DELETE FROM detail WHERE todo IS NULL")
        for kind, (limit, sign) in _LIMITS.items():
            dropped = self._run(
                "DELETE FROM detail WHERE number IN (SELECT number FROM (SELECT number,"
                " ROW_NUMBER() OVER (PARTITION BY todo"
                " ORDER BY written_at IS NULL, written_at, number * ?) AS place"
                " FROM detail WHERE kind = ?) WHERE place > ?)",
                (sign, kind, limit),
            ).rowcount
            if dropped:
                self._add_problem(0, _beyond(kind, dropped, Amount(limit)))
        self._run(
            "UPDATE detail SET place = placed.place FROM (SELECT number,"
            " ROW_NUMBER() OVER (PARTITION BY todo ORDER BY number) AS place"
            " FROM detail WHERE kind = ?) placed WHERE placed.number = detail.number",
            (OCCURRENCES,),
        )
        # Which of the files of one name and size it is.
        self._run(
            "UPDATE detail SET place = placed.place FROM (SELECT number,"
            " ROW_NUMBER() OVER (PARTITION BY todo, json_extract(CAST(fields AS TEXT), '$.name'),"
            " json_extract(CAST(fields AS TEXT), '$.size_bytes') ORDER BY number) AS place"
            " FROM detail WHERE kind = ?) placed"
            " WHERE placed.number = detail.number",
            (FILES,),
        )
        self._run("CREATE INDEX detail_list ON detail (list, kind, todo)")

    def pages_of(self, list_number: int) -> Iterator[dict[str, Any]]:
        """Yield what the pages of the list hold: comments, then past occurrences, then files."""
        for kind in _LIMITS if self._count else ():
            rows = self._run(
                "SELECT todo.key, detail.line, detail.fields, detail.place FROM detail"
                " JOIN todo ON todo.number = detail.todo"
                " WHERE detail.list = ? AND detail.kind = ? ORDER BY detail.todo,"
                " detail.written_at IS NULL, detail.written_at, detail.number",
                (list_number, kind),
            )
            waiting: list[orjson.Fragment] = []
            size = 0
            max_count, max_size = DETAILS_PER_PAGE, PAGE_BYTES
            if kind == FILES:
                max_count, max_size = FILES_PER_PAGE, FILE_BYTES_PER_PAGE
            for key, line, fields, place in rows:
                detail = _detail(key, line, fields, place)
                detail_size = _size_of(kind, detail, fields)
                if waiting and (len(waiting) == max_count or size + detail_size > max_size):
                    yield {kind: waiting}
                    waiting, size = [], 0
                waiting.append(orjson.Fragment(detail))
                size += detail_size
            if waiting:
                yield {kind: waiting}

    def count(self, kind: str) -> int:
        """Return how many details of this kind the pages have."""
        found = self._run("SELECT COUNT(*) FROM detail WHERE kind = ?", (kind,)).fetchone()
        return int(found[0])


def _size_of(kind: str, detail: bytes, fields: bytes) -> int:
    return int(orjson.loads(fields)["size_bytes"]) if kind == FILES else len(detail)


def _detail(key: str, line: int, fields: bytes, place: int | None) -> bytes:
    of_detail: Any = orjson.Fragment(fields)
    if place is not None:
        of_detail = orjson.loads(fields) | {"number": place}
    return orjson.dumps({"todo": key, "line": line, "fields": of_detail})


def _beyond(kind: str, count: int, limit: int) -> Message:
    if kind == FILES:
        return counted(
            count,
            "A file was left out: a todo has at most {limit}.",
            "{count} files were left out: a todo has at most {limit}.",
            limit=limit,
        )
    if kind == COMMENTS:
        return counted(
            count,
            "A comment was left out: a todo has at most {limit}.",
            "{count} comments were left out: a todo has at most {limit}.",
            limit=limit,
        )
    return counted(
        count,
        "A past occurrence was left out: a todo keeps at most {limit}.",
        "{count} past occurrences were left out: a todo keeps at most {limit}.",
        limit=limit,
    )


def _without_todo(kind: str, count: int) -> Message:
    if kind == FILES:
        return counted(
            count,
            "A file was left out with its todo.",
            "{count} files were left out with their todos.",
        )
    if kind == COMMENTS:
        return counted(
            count,
            "A comment was left out with its todo, or names none.",
            "{count} comments were left out with their todos, or name none.",
        )
    return counted(
        count,
        "A past occurrence was left out with its todo, or names none.",
        "{count} past occurrences were left out with their todos, or name none.",
    )
