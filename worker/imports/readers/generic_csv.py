"""CSV of spreadsheets and of our own export: the columns are found by their names, or chosen."""

import re
from collections.abc import Iterator, Mapping

from shared.languages.texts import message
from shared.list_exports.csv_encoder import FORMULA
from worker.imports import losses
from worker.imports.fields import due_in_zone_or_note, instant_or_note, slug
from worker.imports.items import FileRefused, ImportedList, ImportedTodo, Item, Options, Problem
from worker.imports.source import Source

# Field → names of its column in the files of other programs, in lower case.
NAMES: Mapping[str, tuple[str, ...]] = {
    "list": ("list", "project", "folder", "category", "list name", "board"),
    "title": ("title", "task", "name", "subject", "content", "todo", "summary", "task name"),
    "description": ("description", "notes", "note", "details", "body", "text", "comment"),
    "status": ("status", "done", "completed", "state", "complete", "is completed"),
    "priority": ("priority", "importance"),
    "due": ("due", "due date", "deadline", "due_date", "duedate", "due on", "date"),
    "time_zone": ("time_zone", "timezone", "time zone"),
    "repeat": ("repeat", "recurrence", "rrule"),
    "labels": ("labels", "tags", "label", "tag"),
    "completed_at": ("completed_at", "completed at", "completed time", "completion date"),
    "id": ("id", "task id", "uid"),
    "parent_id": ("parent_id", "parent id", "parent", "parent task"),
}
FIELDS = tuple(NAMES)
MAX_SHOWN_COLUMNS = 20
LOSSES = (
    losses.COLUMNS, losses.CELLS, losses.DUE, losses.TIME_ZONE, losses.PRIORITY, losses.STATUS,
    losses.COMPLETED_AT, losses.REPETITION,
)  # fmt: skip
_STATUSES = {
    "": "pending", "pending": "pending", "open": "pending", "todo": "pending", "no": "pending",
    "false": "pending", "0": "pending", "not started": "pending", "needsaction": "pending",
    "in_progress": "in_progress", "in progress": "in_progress", "doing": "in_progress",
    "completed": "completed", "done": "completed", "yes": "completed", "true": "completed",
    "1": "completed", "x": "completed", "complete": "completed", "closed": "completed",
    "cancelled": "cancelled", "canceled": "cancelled",
}  # fmt: skip
_PRIORITIES = {
    "": 0, "none": 0, "low": 2, "medium": 3, "normal": 0, "high": 4, "urgent": 5, "highest": 5,
}  # fmt: skip
_SEPARATOR = re.compile(r"[;,|]")


def read(source: Source, options: Options) -> Iterator[Item]:
    columns: dict[str, int] | None = None
    seen: set[str] = set()
    width = 0
    for line, row in source.rows(delimiter_of(source)):
        if isinstance(row, Problem):
            yield row
        elif columns is None:
            columns = _columns_of(row, options.columns)
            width = len(row)
            yield from _unread_columns(row, columns, line)
        else:
            cells = {
                name: _unquoted(row[index]) for name, index in columns.items() if index < len(row)
            }
            if not cells.get("title", "").strip():
                yield Problem(line, "This row has no title.")
                continue
            todo, list_name = _todo_of(cells, line, source.stem, options)
            if todo.list_key not in seen:
                seen.add(todo.list_key)
                yield ImportedList(todo.list_key, list_name)
            if any(cell.strip() for cell in row[width:]):
                yield Problem(line, losses.CELLS.sentence)
            yield todo
    if columns is None:
        raise FileRefused("The file is empty.")


def delimiter_of(source: Source) -> str:
    """Return what separates the cells of the first line: a comma, a semicolon or a tab."""
    first = source.head().partition(b"\n")[0].decode(errors="replace")
    return max(",;\t", key=first.count)


def header_of(source: Source) -> list[str]:
    """Return the cells of the first row; none for a file without one."""
    for _, row in source.rows(delimiter_of(source)):
        if not isinstance(row, Problem):
            return row
    return []


def _columns_of(header: list[str], chosen: Mapping[str, str]) -> dict[str, int]:
    names = [name.strip().casefold() for name in header]
    columns = {}
    for field, known in NAMES.items():
        wanted = (chosen[field].strip().casefold(),) if chosen.get(field) else known
        index = next((names.index(name) for name in wanted if name in names), None)
        if index is not None:
            columns[field] = index
    if "title" not in columns:
        raise FileRefused("No column of the file is called title: choose which one it is.")
    return columns


def _unread_columns(header: list[str], columns: Mapping[str, int], line: int) -> Iterator[Problem]:
    """Yield which columns are not imported, by number: a problem holds no text of the file."""
    numbers = [
        str(index + 1)
        for index, name in enumerate(header)
        if name.strip() and index not in columns.values()
    ]
    if numbers:
        shown = ", ".join(numbers[:MAX_SHOWN_COLUMNS])
        more = ", …" if len(numbers) > MAX_SHOWN_COLUMNS else ""
        yield Problem(
            line,
            message(
                "{sentence} They are number {numbers}.",
                sentence=message(losses.COLUMNS.sentence),
                numbers=shown + more,
            ),
        )


def _unquoted(cell: str) -> str:
    """Return the cell without the apostrophe with which exports keep formulas from being computed."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA) else cell


def _todo_of(
    cells: Mapping[str, str], line: int, stem: str, options: Options
) -> tuple[ImportedTodo, str]:
    notes: list[str] = []
    list_name = cells.get("list", "").strip() or stem
    zone = cells.get("time_zone", "").strip()
    due, due_notes = due_in_zone_or_note(cells.get("due"), zone, account_zone=options.zone)
    completed_at = instant_or_note(cells.get("completed_at", "").strip(), notes)
    status = _STATUSES.get(cells.get("status", "").strip().casefold())
    if status is None:
        status = "pending"
        notes.append(losses.STATUS.sentence)
    key = cells.get("id", "").strip()
    todo = ImportedTodo(
        list_key=slug(list_name),
        ref=key or f"line {line}",
        key=key,
        parent_ref=cells.get("parent_id", "").strip() or None,
        title=cells["title"],
        line=line,
        description=cells.get("description", ""),
        status="completed" if completed_at else status,
        priority=_priority(cells.get("priority", ""), notes),
        due=due,
        repeat=cells.get("repeat", "").strip(),
        labels=tuple(
            label.strip() for label in _SEPARATOR.split(cells.get("labels", "")) if label.strip()
        ),
        completed_at=completed_at,
        notes=(*notes, *due_notes),
    )
    return todo, list_name


def _priority(cell: str, notes: list[str]) -> int:
    spelled = cell.strip().casefold()
    if spelled in _PRIORITIES:
        return _PRIORITIES[spelled]
    if spelled in ("1", "2", "3", "4", "5"):
        return int(spelled)
    if spelled != "0":
        notes.append(losses.PRIORITY.sentence)
    return 0
