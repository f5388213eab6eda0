"""The CSV format (RFC 4180): a row for each todo, for spreadsheets."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.clock import as_rfc3339
from shared.contract.shapes import DueDate, TodoShape
from shared.list_exports.json_encoder import remaining_rule
from shared.list_exports.reading import ExportedFile, ExportedList
from shared.reminders.rules import ReminderTrigger

COLUMNS = (
    "list", "title", "description", "status", "priority", "due", "time_zone", "repeat", "labels",
    "assignees", "completed_at", "created_at", "updated_at", "id", "parent_id",
)  # fmt: skip
# With these a spreadsheet begins a formula, also in full width, and after a tab or a line break, which it
# drops (OWASP, "CSV injection"). An apostrophe in front makes it a text.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# What no text of ours holds, and a spreadsheet shows nothing of.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def cell(text: str) -> str:
    """Return the text as a cell that no spreadsheet computes."""
    text = _CONTROL.sub("", text)
    return "'" + text if text.startswith(FORMULA) else text


class CsvEncoder:
    media_type = "text/csv"
    extension = "csv"
    has_reminders, has_details = False, False

    def __init__(self) -> None:
        self._list: ExportedList | None = None

    def begin(self, site_url: str, now: datetime) -> str:
        return _rows([COLUMNS])

    def begin_list(self, exported: ExportedList) -> str:
        self._list = exported
        return ""

    def todos(
        self,
        todos: list[TodoShape],
        reminders: Mapping[str, Sequence[ReminderTrigger]],
        files: Mapping[str, Sequence[ExportedFile]],
    ) -> str:
        assert self._list is not None
        return _rows([_row(todo, self._list) for todo in todos])

    def comments(self, rows: Sequence[Any]) -> str:
        return ""

    def occurrences(self, rows: Sequence[Any]) -> str:
        return ""

    def end_list(self) -> str:
        return ""

    def end(self) -> str:
        return ""


def _row(todo: TodoShape, exported: ExportedList) -> tuple[str, ...]:
    due, zone = "", ""
    if isinstance(todo.due, DueDate):
        due = todo.due.date.isoformat()
    elif todo.due is not None:
        due, zone = todo.due.at, todo.due.zone or ""
    labels = [exported.labels[label].name for label in todo.labels if label in exported.labels]
    assignees = [exported.members.get(user_id, "") for user_id in todo.assignees]
    return (
        exported.name,
        todo.title,
        todo.description,
        todo.status.value,
        str(todo.priority),
        due,
        zone,
        remaining_rule(todo.repeat) if todo.repeat else "",
        "; ".join(sorted(labels)),
        "; ".join(assignees),
        as_rfc3339(todo.completed_at) if todo.completed_at else "",
        as_rfc3339(todo.created_at),
        as_rfc3339(todo.updated_at),
        todo.id,
        todo.parent_id or "",
    )


def _rows(rows: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([[cell(value) for value in row] for row in rows])
    return text.getvalue()
