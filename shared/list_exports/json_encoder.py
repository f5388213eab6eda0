"""The JSON format, which an import takes again: docs/import-and-export.md describes it.

{"format":"livelist-lists/1",…,"lists":[
{"id":…,"name":…,"labels":[…],"todos":[
{…},
{…}
]},
{…}
]}
"""

import re
from datetime import datetime
from typing import Any

import orjson

from shared.clock import as_rfc3339
from shared.contract.shapes import RepeatShape, TodoShape
from shared.list_exports.reading import ExportedList

FORMAT = "livelist-lists/1"
# Fields that are written as the API sends them.
_PLAIN = ("id", "parent_id", "title", "description", "status", "priority", "metadata")


class JsonEncoder:
    media_type = "application/json"
    extension = "json"

    def __init__(self) -> None:
        self._is_first_list = self._is_first_todo = True
        self._list: ExportedList | None = None

    def begin(self, site_url: str, now: datetime) -> str:
        head = {"format": FORMAT, "site": site_url, "exported_at": as_rfc3339(now)}
        return orjson.dumps(head).decode()[:-1] + ',"lists":['

    def begin_list(self, exported: ExportedList) -> str:
        shape = exported.shape
        head = {
            "id": shape.id,
            "name": shape.name,
            "colour": shape.colour.value,
            "is_inbox": shape.is_inbox,
            "archived": shape.archived_at is not None,
            "labels": [
                {"name": label.name, "colour": label.colour.value}
                for label in exported.labels.values()
            ],
        }
        separator = "\n" if self._is_first_list else ",\n"
        self._is_first_list, self._is_first_todo, self._list = False, True, exported
        return separator + orjson.dumps(head).decode()[:-1] + ',"todos":['

    def todos(self, todos: list[TodoShape]) -> str:
        assert self._list is not None
        text = ",\n".join(orjson.dumps(todo_object(todo, self._list)).decode() for todo in todos)
        separator = "\n" if self._is_first_todo else ",\n"
        self._is_first_todo = self._is_first_todo and not todos
        return separator + text if todos else ""

    def end_list(self) -> str:
        return "\n]}"

    def end(self) -> str:
        return "\n]}\n"


def todo_object(todo: TodoShape, exported: ExportedList) -> dict[str, Any]:
    """Return the todo as the document has it."""
    return {
        **{name: getattr(todo, name) for name in _PLAIN},
        "due": None if todo.due is None else todo.due.model_dump(mode="json"),
        "repeat": None if todo.repeat is None else _repeat(todo.repeat),
        "labels": sorted(
            exported.labels[label].name for label in todo.labels if label in exported.labels
        ),
        "assignees": [
            {"id": user_id, "name": exported.members.get(user_id, "")} for user_id in todo.assignees
        ],
        "completed_at": None if todo.completed_at is None else as_rfc3339(todo.completed_at),
        "created_at": as_rfc3339(todo.created_at),
        "updated_at": as_rfc3339(todo.updated_at),
    }


def remaining_rule(repeat: RepeatShape) -> str:
    """Return the rule with the number of occurrences that are left: it begins with the present one."""
    if repeat.left is None:
        return repeat.rule
    return re.sub(r"COUNT=\d+", f"COUNT={repeat.left}", repeat.rule)


def _repeat(repeat: RepeatShape) -> dict[str, Any]:
    return {
        "rule": remaining_rule(repeat),
        "counts_from": repeat.counts_from.value,
        "anchor": repeat.anchor.model_dump(mode="json"),
    }
