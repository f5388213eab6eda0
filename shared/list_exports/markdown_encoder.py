"""The Markdown format: a heading for each list, and a task list with subtasks indented below theirs.

`[ ]` open, `[/]` in progress, `[x]` completed, `[-]` cancelled, as Obsidian and others write them; due
dates with 📅 and labels with #, as there.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.contract.shapes import DueDate, TodoShape, TodoStatus
from shared.list_exports.reading import ExportedFile, ExportedList
from shared.reminders.rules import ReminderTrigger

_MARKS = {
    TodoStatus.PENDING: " ",
    TodoStatus.IN_PROGRESS: "/",
    TodoStatus.COMPLETED: "x",
    TodoStatus.CANCELLED: "-",
}
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")
_WORD = re.compile(r"[\w/-]+")


def escaped(text: str) -> str:
    """Return the text with a backslash before each character that Markdown would take as its own."""
    return _SPECIAL.sub(r"\\\1", text)


class MarkdownEncoder:
    media_type = "text/markdown"
    extension = "md"
    has_reminders, has_details = False, False

    def __init__(self) -> None:
        self._list: ExportedList | None = None

    def begin(self, site_url: str, now: datetime) -> str:
        return ""

    def begin_list(self, exported: ExportedList) -> str:
        self._list = exported
        return f"# {escaped(exported.name)}\n\n"

    def todos(
        self,
        todos: list[TodoShape],
        reminders: Mapping[str, Sequence[ReminderTrigger]],
        files: Mapping[str, Sequence[ExportedFile]],
    ) -> str:
        assert self._list is not None
        return "".join(_lines(todo, self._list) for todo in todos)

    def comments(self, rows: Sequence[Any]) -> str:
        return ""

    def occurrences(self, rows: Sequence[Any]) -> str:
        return ""

    def end_list(self) -> str:
        return "\n"

    def end(self) -> str:
        return ""


def _lines(todo: TodoShape, exported: ExportedList) -> str:
    indent = "  " if todo.parent_id else ""
    parts = [f"{indent}- [{_MARKS[todo.status]}] {escaped(todo.title)}"]
    names = sorted(exported.labels[label].name for label in todo.labels if label in exported.labels)
    parts += [f"#{name}" for name in names if _WORD.fullmatch(name)]
    if isinstance(todo.due, DueDate):
        parts.append(f"📅 {todo.due.date.isoformat()}")
    elif todo.due is not None:
        parts.append(f"📅 {todo.due.at[:10]} {todo.due.at[11:16]}")
    text = " ".join(parts) + "\n"
    for line in todo.description.splitlines():
        # Indented, a line belongs to the todo above it.
        text += f"{indent}  {escaped(line)}\n" if line.strip() else "\n"
    return text
