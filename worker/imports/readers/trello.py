"""Trello: a board as JSON ("Print, export, and share", "Export as JSON").

The board is a list, its columns are labels, cards are todos and the items of checklists subtasks.
https://support.atlassian.com/trello/docs/exporting-data-from-trello/
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from shared.reminders.rules import ReminderTrigger
from worker.imports import losses
from worker.imports.fields import (
    MAX_NAME,
    check_name_count,
    due_or_note,
    instant_or_note,
    number_of,
    objects,
    parse_instant,
    reminders_or_notes,
    text,
)
from worker.imports.items import (
    Due,
    ImportedComment,
    ImportedList,
    ImportedTodo,
    Item,
    Options,
    Problem,
)
from worker.imports.json_walker import END, walk
from worker.imports.source import Source

_DESCEND = ((), ("lists",), ("cards",), ("checklists",), ("actions",))
# Of a copied card, the comments are of another type.
_COMMENTS = ("commentCard", "copyCommentCard")
_ELEMENTS = {(name, "*") for name in ("actions", "cards", "checklists")}
_LEFT_OUT = {
    "attachments": losses.ATTACHMENTS,
    "idMembers": losses.PEOPLE,
    "start": losses.START,
    "customFieldItems": losses.CUSTOM_FIELDS,
}
LOSSES = (
    losses.ARCHIVED_CARDS, losses.COMMENTS, *_LEFT_OUT.values(), losses.REMINDERS,
    losses.CHECKLIST_NAMES, losses.DUE, losses.COMPLETED_AT,
)  # fmt: skip


class _Columns(NamedTuple):
    names: dict[str, str]
    # Where they are on the board, from the left.
    places: dict[str, float]
    # A card of an archived column is not archived itself.
    archived: set[str]


def read(source: Source, options: Options) -> Iterator[Item]:
    board, columns = _read_names(source)
    yield board
    counts: Counter[losses.Loss] = Counter()
    archived_cards: set[str] = set()
    for path, line, value in walk(source, _DESCEND):
        if path not in _ELEMENTS or value is END:
            continue
        if path[0] == "actions":
            yield from _comments(value, line, board.key, counts)
        elif not isinstance(value, dict):
            yield Problem(line, "This card is no JSON object.")
        elif path[0] == "cards":
            if value.get("closed") is True or text(value.get("idList")) in columns.archived:
                counts[losses.ARCHIVED_CARDS] += 1
                archived_cards.add(text(value.get("id"))[:MAX_NAME])
                check_name_count(archived_cards)
                continue
            yield _card(value, line, board.key, columns, options)
        elif text(value.get("idCard")) not in archived_cards:
            counts[losses.CHECKLIST_NAMES] += bool(text(value.get("name")))
            yield from _checklist(value, line, board.key, options)
    for loss, count in counts.items():
        if count:
            yield Problem(0, loss.counted(count))


def _read_names(source: Source) -> tuple[ImportedList, _Columns]:
    head: dict[str, Any] = {}
    columns = _Columns({}, {}, set())
    for path, _, value in walk(source, _DESCEND):
        if path in (("id",), ("name",)):
            head[path[0]] = value
        elif path == ("lists", "*") and isinstance(value, dict):
            key = text(value.get("id"))[:MAX_NAME]
            columns.names[key] = text(value.get("name"))[:MAX_NAME]
            columns.places[key] = number_of(value.get("pos"))
            if value.get("closed") is True:
                columns.archived.add(key)
            check_name_count(columns.names)
    name = text(head.get("name")) or source.stem
    return ImportedList(text(head.get("id")) or name, name), columns


def _card(
    card: dict[str, Any], line: int, list_key: str, columns: _Columns, options: Options
) -> ImportedTodo:
    due, due_notes = due_or_note(card.get("due"), account_zone=options.zone)
    labels = [
        text(label.get("name")) or text(label.get("color")) for label in objects(card.get("labels"))
    ]
    column = text(card.get("idList"))
    labels.insert(0, columns.names.get(column, ""))
    notes = [*due_notes, *(loss.sentence for name, loss in _LEFT_OUT.items() if card.get(name))]
    is_done = card.get("dueComplete") is True
    reminders = () if is_done else _reminders(card.get("dueReminder"), due, notes)
    return ImportedTodo(
        list_key=list_key,
        ref=text(card.get("id")) or f"line {line}",
        key=text(card.get("id")),
        title=text(card.get("name")),
        line=line,
        description=text(card.get("desc")),
        status="completed" if is_done else "pending",
        completed_at=instant_or_note(card.get("dateCompleted"), notes) if is_done else None,
        due=due,
        reminders=reminders,
        labels=tuple(label for label in labels if label),
        position=(columns.places.get(column, 0), number_of(card.get("pos"))),
        notes=tuple(notes),
    )


def _reminders(minutes: Any, due: Due | None, notes: list[str]) -> tuple[ReminderTrigger, ...]:
    """Return the reminder so many minutes before the due time; -1 is none."""
    if isinstance(minutes, int) and minutes >= 0:
        return reminders_or_notes([None if due is None else {"minutes_before": minutes}], notes)
    return ()


def _comments(
    action: Any, line: int, list_key: str, counts: Counter[losses.Loss]
) -> Iterator[ImportedComment]:
    """Yield the comment that an action is, if it is one."""
    if not isinstance(action, dict) or action.get("type") not in _COMMENTS:
        return
    data, author = action.get("data"), action.get("memberCreator")
    card = data.get("card") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(card, dict) or not text(data.get("text")):
        counts[losses.COMMENTS] += 1
        return
    author = author if isinstance(author, dict) else {}
    yield ImportedComment(
        list_key=list_key,
        todo_ref=text(card.get("id")),
        line=line,
        body=text(data["text"]),
        author_name=text(author.get("fullName")) or text(author.get("username")),
        created_at=parse_instant(action.get("date")),
        edited_at=parse_instant(data.get("dateLastEdited")),
    )


def _checklist(
    checklist: dict[str, Any], line: int, list_key: str, options: Options
) -> Iterator[ImportedTodo]:
    card = text(checklist.get("idCard"))
    for item in objects(checklist.get("checkItems")):
        key = text(item.get("id"))
        due, notes = due_or_note(item.get("due"), account_zone=options.zone)
        if item.get("idMember"):
            notes = (*notes, losses.PEOPLE.sentence)
        yield ImportedTodo(
            list_key=list_key,
            ref=key or f"line {line}",
            key=key,
            parent_ref=card or None,
            title=text(item.get("name")),
            line=line,
            status="completed" if item.get("state") == "complete" else "pending",
            due=due,
            position=(number_of(checklist.get("pos")), number_of(item.get("pos"))),
            notes=notes,
        )
