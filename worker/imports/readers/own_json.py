"""Our own JSON, as `GET /lists/{list_id}/export` writes it (docs/import-and-export.md)."""

from collections.abc import Iterator
from typing import Any

from shared.contract.shapes import DueDate, DueTime
from shared.errors import Invalid
from shared.todos.rules.due import parse_due_date, parse_due_time
from worker.imports.fields import NO_DUE, objects, parse_instant, text, texts
from worker.imports.items import FileRefused, ImportedList, ImportedTodo, Item, Options, Problem
from worker.imports.json_walker import BROKEN, END, walk
from worker.imports.source import Source

FORMAT = "livelist-lists/1"
_LIST = ("lists", "*")
_TODOS = (*_LIST, "todos")
_HEAD = ("id", "name", "colour", "archived", "labels")
_DESCEND = ((), ("lists",), _LIST, _TODOS)


def read(source: Source, options: Options) -> Iterator[Item]:
    head: dict[str, Any] = {}
    is_announced = False
    for path, line, value in walk(source, _DESCEND):
        if path == ("format",) and value != FORMAT:
            raise FileRefused("The file is of another version of the export.")
        if path[:2] != _LIST:
            continue
        if not is_announced and (path in ((*_TODOS, "*"), _LIST)):
            yield _list_of(head)
            is_announced = True
        if path == (*_TODOS, "*"):
            if isinstance(value, dict):
                yield _todo_of(value, line, head)
            elif value is not END:
                yield Problem(line, "This todo is no JSON object.")
        elif path == _LIST and value is END:
            head, is_announced = {}, False
        elif len(path) == 3 and path[2] in _HEAD and value is not END and value is not BROKEN:
            head[path[2]] = value


def _list_of(head: dict[str, Any]) -> ImportedList:
    colours = {
        text(label.get("name")): text(label.get("colour")) for label in objects(head.get("labels"))
    }
    return ImportedList(
        key=text(head.get("id")) or text(head.get("name")),
        name=text(head.get("name")),
        colour=text(head.get("colour")) or None,
        label_colours=colours,
        archived=head.get("archived") is True,
    )


def _todo_of(value: dict[str, Any], line: int, head: dict[str, Any]) -> ImportedTodo:
    notes: list[str] = []
    repeat = value.get("repeat")
    repeat = repeat if isinstance(repeat, dict) else {}
    priority, metadata = value.get("priority"), value.get("metadata")
    return ImportedTodo(
        list_key=text(head.get("id")) or text(head.get("name")),
        ref=text(value.get("id")) or f"line {line}",
        key=text(value.get("id")),
        parent_ref=text(value.get("parent_id")) or None,
        title=text(value.get("title")),
        line=line,
        description=text(value.get("description")),
        status=text(value.get("status")) or "pending",
        priority=priority if isinstance(priority, int) else 0,
        due=_due(value.get("due"), notes),
        repeat=text(repeat.get("rule")),
        counts_from=text(repeat.get("counts_from")) or "schedule",
        anchor=_due(repeat.get("anchor"), notes),
        labels=tuple(texts(value.get("labels"))),
        assignees=tuple(text(user.get("id")) for user in objects(value.get("assignees"))),
        completed_at=parse_instant(value.get("completed_at")),
        metadata=metadata if isinstance(metadata, dict) else {},
        notes=tuple(notes),
    )


def _due(value: Any, notes: list[str]) -> DueDate | DueTime | None:
    try:
        match value:
            case None:
                return None
            case {"date": str(day)}:
                return parse_due_date(day)
            case {"at": str(at)}:
                zone = value.get("zone")
                return parse_due_time(at, zone if isinstance(zone, str) else None)
    except Invalid:
        pass
    notes.append(NO_DUE)
    return None
