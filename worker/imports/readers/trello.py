"""Trello: a board as JSON ("Print, export, and share", "Export as JSON").

The board is a list, its columns are labels, cards are todos and the items of checklists subtasks.
https://support.atlassian.com/trello/docs/exporting-data-from-trello/
"""

from collections.abc import Iterator
from typing import Any

from worker.imports.fields import due_or_note, objects, parse_instant, text
from worker.imports.items import ImportedList, ImportedTodo, Item, Options, Problem
from worker.imports.json_walker import END, walk
from worker.imports.source import Source

_DESCEND = ((), ("lists",), ("cards",), ("checklists",))


def read(source: Source, options: Options) -> Iterator[Item]:
    board, columns = _read_names(source)
    yield board
    archived = comments = 0
    archived_cards: set[str] = set()
    for path, line, value in walk(source, _DESCEND):
        if path == ("actions",) and isinstance(value, list):
            comments = sum(1 for action in objects(value) if action.get("type") == "commentCard")
        if path not in (("cards", "*"), ("checklists", "*")) or value is END:
            continue
        if not isinstance(value, dict):
            yield Problem(line, "This card is no JSON object.")
        elif path[0] == "cards":
            if value.get("closed") is True:
                archived += 1
                archived_cards.add(text(value.get("id")))
                continue
            yield _card(value, line, board.key, columns, options)
        else:
            yield from _checklist(value, line, board.key, archived_cards)
    if archived:
        yield Problem(0, f"{archived} archived cards were left out.")
    if comments:
        yield Problem(0, f"{comments} comments were left out.")


def _read_names(source: Source) -> tuple[ImportedList, dict[str, str]]:
    head: dict[str, Any] = {}
    columns: dict[str, str] = {}
    for path, _, value in walk(source, _DESCEND):
        if path in (("id",), ("name",)):
            head[path[0]] = value
        elif path == ("lists", "*") and isinstance(value, dict):
            columns[text(value.get("id"))] = text(value.get("name"))
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
    if objects(card.get("attachments")):
        notes = (*notes, "Attachments were left out.")
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
    checklist: dict[str, Any], line: int, list_key: str, archived: set[str]
) -> Iterator[ImportedTodo]:
    card = text(checklist.get("idCard"))
    if card in archived:
        return
    for item in objects(checklist.get("checkItems")):
        key = text(item.get("id"))
        yield ImportedTodo(
            list_key=list_key,
            ref=key or f"line {line}",
            key=key,
            parent_ref=card or None,
            title=text(item.get("name")),
            line=line,
            status="completed" if item.get("state") == "complete" else "pending",
        )
