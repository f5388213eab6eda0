"""Our own JSON, as `GET /lists/{list_id}/export` writes it, alone or in an archive.

docs/import-and-export.md describes both.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from shared.attachments.archives import DOCUMENT
from shared.comments.rules import MAX_VERSIONS
from shared.contract.shapes import DueDate, DueTime
from shared.errors import Invalid
from shared.languages.texts import Translator, message, translator
from shared.reminders.rules import ReminderTrigger
from shared.todos.rules.due import parse_due_date, parse_due_time
from worker.imports import archive, losses
from worker.imports.fields import instant_or_note, objects, parse_instant, text, texts
from worker.imports.items import (
    FileRefused,
    ImportedComment,
    ImportedFile,
    ImportedList,
    ImportedOccurrence,
    ImportedTodo,
    Item,
    Options,
    Problem,
)
from worker.imports.json_walker import BROKEN, END, walk
from worker.imports.source import Source

FORMAT = "livelist-lists/1"
# Completed once a minute for two years. A number in the database has 32 bits.
MAX_OCCURRENCE = 1_000_000
_LIST = ("lists", "*")
_TODOS = (*_LIST, "todos")
_HEAD = ("id", "name", "colour", "icon", "folder", "archived", "is_inbox", "labels")
# The Inbox of the file, which is a list here: beside the own Inbox a second "Inbox" could not be told apart.
_INBOX = message("Inbox (imported)")
LOSSES = (
    losses.DUE, losses.PRIORITY, losses.STATUS, losses.REPETITION, losses.COMPLETED_AT,
    losses.REMINDERS, losses.METADATA, losses.FILES,
)  # fmt: skip
_COMMENTS, _OCCURRENCES = (*_LIST, "comments"), (*_LIST, "past_occurrences")
_DESCEND = ((), ("lists",), _LIST, _TODOS, _COMMENTS, _OCCURRENCES)
_NO_OBJECT = {
    "todos": message("This todo is no JSON object."),
    "comments": message("This comment is no JSON object."),
    "past_occurrences": message("This past occurrence is no JSON object."),
}


def read_archive(source: Source, options: Options) -> Iterator[Item]:
    """Read the document of an archive, with its files. Raise FileRefused for an archive without one."""
    members = archive.own_members(source)
    if DOCUMENT not in members:
        raise FileRefused(message("The archive holds no {name}.", name=DOCUMENT))
    document = Source(DOCUMENT, members[DOCUMENT].open)
    yield from _read(document, options, {path: each.size for path, each in members.items()})


def read(source: Source, options: Options) -> Iterator[Item]:
    yield from _read(source, options, {})


def _read(source: Source, options: Options, sizes: dict[str, int]) -> Iterator[Item]:
    """Read the document. `sizes` are those of the files of the archive, by path; each is taken once."""
    head: dict[str, Any] = {}
    is_announced = False
    for path, line, value in walk(source, _DESCEND):
        if path == ("format",) and value != FORMAT:
            raise FileRefused("The file is of another version of the export.")
        if path[:2] != _LIST:
            continue
        if not is_announced and (path in _ELEMENTS or path == _LIST):
            yield _list_of(head, translator(options.language))
            is_announced = True
        if path in _ELEMENTS:
            if isinstance(value, dict):
                yield _ELEMENTS[path](value, line, _key_of(head))
                yield from _files_of(value, line, _key_of(head), sizes)
            elif value is not END:
                yield Problem(line, _NO_OBJECT[path[2]])
        elif path == _LIST and value is END:
            head, is_announced = {}, False
        elif len(path) == 3 and path[2] in _HEAD and value is not END and value is not BROKEN:
            head[path[2]] = value


def _list_of(head: dict[str, Any], t: Translator) -> ImportedList:
    colours = {
        text(label.get("name")): text(label.get("colour")) for label in objects(head.get("labels"))
    }
    return ImportedList(
        key=_key_of(head),
        name=t.of(_INBOX) if head.get("is_inbox") is True else text(head.get("name")),
        colour=text(head.get("colour")) or None,
        icon=text(head.get("icon")),
        label_colours=colours,
        archived=head.get("archived") is True,
        folder=text(head.get("folder")),
    )


def _key_of(head: dict[str, Any]) -> str:
    return text(head.get("id")) or text(head.get("name"))


def _todo_of(value: dict[str, Any], line: int, list_key: str) -> ImportedTodo:
    notes: list[str] = []
    repeat = value.get("repeat")
    repeat = repeat if isinstance(repeat, dict) else {}
    priority, metadata = value.get("priority", 0), value.get("metadata", {})
    wanted = (("labels", str), ("assignees", dict), ("reminders", dict))
    if not isinstance(metadata, dict) or any(
        not isinstance(each, kind) for name, kind in wanted for each in _array(value.get(name))
    ):
        notes.append(losses.METADATA.sentence)
    if not isinstance(priority, int):
        notes.append(losses.PRIORITY.sentence)
    return ImportedTodo(
        list_key=list_key,
        ref=_ref_of(value, line),
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
        completed_at=instant_or_note(value.get("completed_at"), notes),
        metadata=metadata if isinstance(metadata, dict) else {},
        reminders=_reminders(value.get("reminders"), notes),
        occurrence=_number(repeat.get("occurrence")),
        day=_day(repeat.get("day")),
        notes=tuple(notes),
    )


def _files_of(
    value: dict[str, Any], line: int, list_key: str, sizes: dict[str, int]
) -> Iterator[ImportedFile | Problem]:
    """Yield the attached files of a todo, and a note if any is not whole in the archive.

    A document without files names none with a path: it carries none. An export names each path once: a
    file is taken from `sizes`, as a million todos that name it would each store it.
    """
    is_lost = False
    for file in objects(value.get("attachments")):
        path, size = text(file.get("path")), file.get("size_bytes")
        # A JSON number of another type is equal, but no column takes it.
        if path and type(size) is int and sizes.get(path) == size > 0:
            del sizes[path]
            yield ImportedFile(
                list_key, _ref_of(value, line), line, path, text(file.get("name")), size
            )
        elif "path" in file:
            is_lost = True
    if is_lost:
        yield Problem(line, losses.FILES.sentence)


def _ref_of(value: dict[str, Any], line: int) -> str:
    return text(value.get("id")) or f"line {line}"


def _comment_of(value: dict[str, Any], line: int, list_key: str) -> ImportedComment:
    author = value.get("author")
    author = author if isinstance(author, dict) else {}
    return ImportedComment(
        list_key=list_key,
        todo_ref=text(value.get("todo_id")),
        line=line,
        body=text(value.get("body")),
        author_id=text(author.get("id")),
        author_name=text(author.get("name")),
        created_at=parse_instant(value.get("created_at")),
        edited_at=parse_instant(value.get("edited_at")),
        earlier=tuple(
            (text(each.get("body")), parse_instant(each.get("written_at")))
            for each in objects(value.get("earlier"))[-MAX_VERSIONS:]
        ),
        reactions=tuple(_reaction(each) for each in objects(value.get("reactions"))),
    )


def _reaction(value: dict[str, Any]) -> tuple[str, str]:
    user = value.get("user")
    return text(value.get("emoji")), text(user.get("id")) if isinstance(user, dict) else ""


def _occurrence_of(value: dict[str, Any], line: int, list_key: str) -> ImportedOccurrence:
    repeat = value.get("repeat")
    return ImportedOccurrence(
        list_key=list_key,
        todo_ref=text(value.get("todo_id")),
        line=line,
        occurrence=_number(value.get("occurrence")) or 0,
        outcome=text(value.get("outcome")),
        status=text(value.get("status")),
        repeat=repeat if isinstance(repeat, dict) else {},
        due=_due(value.get("due"), []),
        ended_at=parse_instant(value.get("ended_at")),
    )


_ELEMENTS: Mapping[tuple[str, ...], Callable[[dict[str, Any], int, str], Item]] = {
    (*_TODOS, "*"): _todo_of,
    (*_COMMENTS, "*"): _comment_of,
    (*_OCCURRENCES, "*"): _occurrence_of,
}


def _reminders(value: Any, notes: list[str]) -> tuple[ReminderTrigger, ...]:
    triggers = []
    for each in objects(value):
        minutes = each.get("minutes_before")
        at = parse_instant(each.get("at"))
        try:
            if isinstance(minutes, int) and not isinstance(minutes, bool):
                triggers.append(ReminderTrigger(minutes_before=minutes))
            else:
                triggers.append(ReminderTrigger(at=at))
        except Invalid:
            notes.append(losses.REMINDERS.sentence)
    return tuple(triggers)


def _array(value: Any) -> list[Any]:
    """Return the elements of an array; anything else but null as one that is wrong."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _number(value: Any) -> int | None:
    """Return the number of an occurrence."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 < value <= MAX_OCCURRENCE else None


def _day(value: Any) -> date | None:
    with suppress(Invalid):
        return parse_due_date(text(value)).date if value else None
    return None


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
    notes.append(losses.DUE.sentence)
    return None
