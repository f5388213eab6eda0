"""Google Tasks: Tasks.json of Google Takeout, by itself or in its ZIP.

https://developers.google.com/tasks/reference/rest/v1/tasks; Takeout nests the tasks of a list in it.
"""

from collections.abc import Iterator
from typing import Any

from shared.contract.shapes import DueDate
from shared.errors import Invalid
from shared.todos.rules.due import parse_due_date
from worker.imports import losses
from worker.imports.archive import members
from worker.imports.fields import MAX_NAME, check_list_count, instant_or_note, objects, text
from worker.imports.items import FileRefused, ImportedList, ImportedTodo, Item, Options, Problem
from worker.imports.json_walker import END, walk
from worker.imports.source import Source

LOSSES = (
    losses.DELETED, losses.UNKNOWN_FIELDS, losses.DUE, losses.STATUS, losses.COMPLETED_AT,
)  # fmt: skip
_LIST = ("items", "*")
_DESCEND = ((), ("items",), _LIST, (*_LIST, "items"))
# Fields that are carried over, and those that say nothing about the task. Takeout writes more than the
# documentation of the API has.
_KNOWN = frozenset(
    (
        "kind", "id", "title", "notes", "status", "due", "completed", "parent", "links", "deleted",
        "etag", "selfLink", "webViewLink", "position", "hidden", "updated", "created", "task_type",
    )
)  # fmt: skip


def read_archive(source: Source, options: Options) -> Iterator[Item]:
    found = [member for member in members(source) if member.base_name == "Tasks.json"]
    if not found:
        raise FileRefused("The archive holds no Tasks.json.")
    yield from read(found[0], options)


def read(source: Source, options: Options) -> Iterator[Item]:
    names: list[dict[str, Any]] = [{}]
    for path, _, value in walk(source, _DESCEND):
        if path == _LIST and value is END:
            names.append({})
            check_list_count(len(names))
        elif len(path) == 3 and path[2] in ("id", "title"):
            names[-1][path[2]] = text(value)[:MAX_NAME]
    index, is_announced = 0, False
    for path, line, value in walk(source, _DESCEND):
        if path[:2] != _LIST:
            continue
        key = text(names[index].get("id")) or text(names[index].get("title"))
        if not is_announced:
            is_announced = True
            yield ImportedList(key, text(names[index].get("title")))
        if path == _LIST and value is END:
            index, is_announced = index + 1, False
        elif path == (*_LIST, "items", "*") and value is not END:
            yield _task_or_problem(value, line, key)


def _task_or_problem(task: Any, line: int, list_key: str) -> Item:
    if not isinstance(task, dict):
        return Problem(line, "This task is no JSON object.")
    if task.get("deleted") is True:
        return Problem(line, losses.DELETED.sentence)
    return _task(task, line, list_key)


def _task(task: dict[str, Any], line: int, list_key: str) -> ImportedTodo:
    notes = [] if task.keys() <= _KNOWN else [losses.UNKNOWN_FIELDS.sentence]
    key = text(task.get("id"))
    is_done = task.get("status") == "completed"
    if not is_done and task.get("status") not in (None, "needsAction"):
        notes.append(losses.STATUS.sentence)
    links = [text(link.get("link")) for link in objects(task.get("links"))]
    description = "\n".join([text(task.get("notes")), *(link for link in links if link)]).strip()
    return ImportedTodo(
        list_key=list_key,
        ref=key or f"line {line}",
        key=key,
        parent_ref=text(task.get("parent")) or None,
        title=text(task.get("title")),
        line=line,
        description=description,
        status="completed" if is_done else "pending",
        completed_at=instant_or_note(task.get("completed"), notes) if is_done else None,
        due=_due(task.get("due"), notes),
        # Digits with zeros in front: its documentation compares them as texts.
        position=(0, text(task.get("position"))[:MAX_NAME]),
        notes=tuple(notes),
    )


def _due(value: Any, notes: list[str]) -> DueDate | None:
    """Return the day: the time of a task's `due` is always midnight and means nothing."""
    if not text(value):
        return None
    try:
        return parse_due_date(text(value)[:10])
    except Invalid:
        notes.append(losses.DUE.sentence)
        return None
