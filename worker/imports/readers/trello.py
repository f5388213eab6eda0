"""Trello: a board as JSON ("Print, export, and share", "Export as JSON").

The board is a list, its columns are labels, cards are todos and the items of checklists subtasks.
https://support.atlassian.com/trello/docs/exporting-data-from-trello/
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from worker.imports.fields import (
    MAX_NAME,
    check_name_count,
    due_or_note,
    objects,
    parse_instant,
    text,
)
from worker.imports.items import ImportedList, ImportedTodo, Item, Options, Problem
from worker.imports.json_walker import END, walk
from worker.imports.source import Source

_DESCEND = ((), ("lists",), ("cards",), ("checklists",), ("actions",))
_LEFT_OUT = {
    "attachments": "Attachments were left out.",
    "idMembers": "Members were left out.",
    "start": "The start date was left out.",
    "customFieldItems": "Custom fields were left out.",
}


class _Columns(NamedTuple):
    names: dict[str, str]
    # A card of an archived column is not archived itself.
    archived: set[str]


def read(source: Source, options: Options) -> Iterator[Item]:
    board, columns = _read_names(source)
    yield board
    archived = comments = 0
    archived_cards: set[str] = set()
    for path, line, value in walk(source, _DESCEND):
        if path == ("actions", "*") and isinstance(value, dict):
            comments += value.get("type") == "commentCard"
        if path not in (("cards", "*"), ("checklists", "*")) or value is END:
            continue
        if not isinstance(value, dict):
            yield Problem(line, "This card is no JSON object.")
        elif path[0] == "cards":
            if value.get("closed") is True or text(value.get("idList")) in columns.archived:
                archived += 1
                archived_cards.add(text(value.get("id"))[:MAX_NAME])
                check_name_count(archived_cards)
                continue
            yield _card(value, line, board.key, columns.names, options)
        else:
            if text(value.get("idCard")) not in archived_cards:
                yield from _checklist(value, line, board.key, options)
    if archived:
        yield Problem(0, f"{archived} archived cards were left out.")
    if comments:
        yield Problem(0, f"{comments} comments were left out.")


def _read_names(source: Source) -> tuple[ImportedList, _Columns]:
    head: dict[str, Any] = {}
    columns = _Columns({}, set())
    for path, _, value in walk(source, _DESCEND):
        if path in (("id",), ("name",)):
            head[path[0]] = value
        elif path == ("lists", "*") and isinstance(value, dict):
            key = text(value.get("id"))[:MAX_NAME]
            columns.names[key] = text(value.get("name"))[:MAX_NAME]
            if value.get("closed") is True:
                columns.archived.add(key)
            check_name_count(columns.names)
    name = text(head.get("name")) or source.stem
    return ImportedList(text(head.get("id")) or name, name), columns


def _card(
    card: dict[str, Any], line: int, list_key: str, columns: dict[str, str], options: Options
) -> ImportedTodo:
    due, notes = due_or_note(card.get("due"), account_zone=options.zone)
    labels = [
        text(label.get("name")) or text(label.get("color")) for label in objects(card.get("labels"))
    ]
    column = columns.get(text(card.get("idList")), "")
    notes = (*notes, *(note for name, note in _LEFT_OUT.items() if card.get(name)))
    is_done = card.get("dueComplete") is True
    return ImportedTodo(
        list_key=list_key,
        ref=text(card.get("id")) or f"line {line}",
        key=text(card.get("id")),
        title=text(card.get("name")),
        line=line,
        description=text(card.get("desc")),
        status="completed" if is_done else "pending",
        completed_at=parse_instant(card.get("dateCompleted")) if is_done else None,
        due=due,
        labels=tuple(label for label in [column, *labels] if label),
        notes=notes,
    )


def _checklist(
    checklist: dict[str, Any], line: int, list_key: str, options: Options
) -> Iterator[ImportedTodo]:
    card = text(checklist.get("idCard"))
    for item in objects(checklist.get("checkItems")):
        key = text(item.get("id"))
        due, notes = due_or_note(item.get("due"), account_zone=options.zone)
        if item.get("idMember"):
            notes = (*notes, "Members were left out.")
        yield ImportedTodo(
            list_key=list_key,
            ref=key or f"line {line}",
            key=key,
            parent_ref=card or None,
            title=text(item.get("name")),
            line=line,
            status="completed" if item.get("state") == "complete" else "pending",
            due=due,
            notes=notes,
        )
