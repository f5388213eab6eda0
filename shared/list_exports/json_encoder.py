"""The JSON format, which an import takes again: docs/import-and-export.md describes it.

{"format":"livelist-lists/1",…,"lists":[
{"id":…,"name":…,"labels":[…],"todos":[
{…},
{…}
],"comments":[
{…}
],"past_occurrences":[
]},
{…}
]}

Comments and past occurrences come after the todos that they name, so that a reader takes a todo of any
number of comments without holding them all.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from shared.clock import as_rfc3339
from shared.contract.shapes import RepeatShape, TodoShape
from shared.list_exports.archived_files import ArchivedFiles
from shared.list_exports.reading import ExportedFile, ExportedList
from shared.reminders.rules import ReminderTrigger
from shared.todos.persistence.ended_occurrences import STORED_FIELDS

FORMAT = "livelist-lists/1"
# Fields that are written as the API sends them.
PLAIN = ("id", "parent_id", "title", "description", "status", "priority", "metadata")
# The arrays of a list, in their order.
_SECTIONS = ("todos", "comments", "past_occurrences")


class JsonEncoder:
    media_type = "application/json"
    extension = "json"
    has_reminders = has_details = True

    def __init__(self, files: ArchivedFiles | None = None) -> None:
        """Make the encoder. `files` are those of an archive in which the document is."""
        self._files = files
        self._is_first_list = self._is_first_element = True
        self._section = 0
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
            "icon": shape.icon,
            "is_inbox": shape.is_inbox,
            "folder": exported.folder,
            "archived": shape.archived_at is not None,
            "labels": [
                {"name": label.name, "colour": label.colour.value}
                for label in exported.labels.values()
            ],
        }
        separator = "\n" if self._is_first_list else ",\n"
        self._is_first_list, self._is_first_element, self._list = False, True, exported
        self._section = 0
        return separator + orjson.dumps(head).decode()[:-1] + ',"todos":['

    def todos(
        self,
        todos: list[TodoShape],
        reminders: Mapping[str, Sequence[ReminderTrigger]],
        files: Mapping[str, Sequence[ExportedFile]],
    ) -> str:
        assert self._list is not None
        of = self._list
        return self._elements(
            0,
            [
                todo_object(todo, of, reminders.get(todo.id, ()))
                | {"attachments": [self._file_object(each) for each in files.get(todo.id, ())]}
                for todo in todos
            ],
        )

    def _file_object(self, file: ExportedFile) -> dict[str, Any]:
        said = {"name": file.name, "media_type": file.media_type, "size_bytes": file.size_bytes}
        return said if self._files is None else said | {"path": self._files.add(file)}

    def comments(self, rows: Sequence[Any]) -> str:
        return self._elements(1, [_comment_object(row) for row in rows])

    def occurrences(self, rows: Sequence[Any]) -> str:
        return self._elements(2, [_occurrence_object(row) for row in rows])

    def _elements(self, section: int, elements: list[dict[str, Any]]) -> str:
        text = self._begin_section(section)
        if elements:
            text += "\n" if self._is_first_element else ",\n"
            text += ",\n".join(orjson.dumps(element).decode() for element in elements)
            self._is_first_element = False
        return text

    def _begin_section(self, section: int) -> str:
        """Return the end of the present array, and the begin of those up to this one."""
        text = ""
        while self._section < section:
            self._section += 1
            self._is_first_element = True
            text += f'\n],"{_SECTIONS[self._section]}":['
        return text

    def end_list(self) -> str:
        return self._begin_section(len(_SECTIONS) - 1) + "\n]}"

    def end(self) -> str:
        return "\n]}\n"


def todo_object(
    todo: TodoShape, exported: ExportedList, reminders: Sequence[ReminderTrigger]
) -> dict[str, Any]:
    """Return the todo as the document has it, without its files."""
    return {
        **{name: getattr(todo, name) for name in PLAIN},
        "due": None if todo.due is None else todo.due.model_dump(mode="json"),
        "repeat": None if todo.repeat is None else _repeat(todo.repeat),
        "labels": sorted(
            exported.labels[label].name for label in todo.labels if label in exported.labels
        ),
        "assignees": [
            {"id": user_id, "name": exported.members.get(user_id, "")} for user_id in todo.assignees
        ],
        "reminders": [
            {"minutes_before": trigger.minutes_before}
            if trigger.at is None
            else {"at": as_rfc3339(trigger.at)}
            for trigger in reminders
        ],
        # In this place; the encoder knows what it says of files.
        "attachments": [],
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
        "day": repeat.day.isoformat(),
        "occurrence": repeat.occurrence,
    }


def _comment_object(row: Any) -> dict[str, Any]:
    author = None if row.author_id is None else {"id": row.author_id, "name": row.author_name}
    return {
        "todo_id": row.todo_id,
        "author": author,
        "body": row.body,
        "created_at": as_rfc3339(row.created_at),
        "edited_at": None if row.edited_at is None else as_rfc3339(row.edited_at),
        "reactions": [
            {"emoji": each["emoji"], "user": {"id": each["id"], "name": each["name"]}}
            for each in _sorted(row.reactions, "at")
        ],
        "earlier": [
            {"body": each["body"], "written_at": each["written_at"]}
            for each in _sorted(row.versions, "number")
        ],
    }


def _sorted(array: str | None, key: str) -> list[dict[str, Any]]:
    """Return the objects of a JSON array in order; SQLite cannot sort inside an aggregate."""
    return sorted(orjson.loads(array or "[]"), key=lambda each: each[key])


def _occurrence_object(row: Any) -> dict[str, Any]:
    return {
        "todo_id": row.todo_id,
        "occurrence": row.occurrence,
        "outcome": row.outcome,
        "ended_at": as_rfc3339(row.ended_at),
        **{name: row.before[name] for name in STORED_FIELDS},
    }
