"""Make a todo of the file one that we can store: shorten, leave out, and say what was left out. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from shared.clock import as_rfc3339
from shared.contract.shapes import CountsFrom, TodoStatus
from shared.errors import Invalid
from shared.languages.texts import message
from shared.text import normalized, without_bidi_controls
from shared.todos.rules.repeat_dates import first_day_from
from shared.todos.rules.repeat_rule import RepeatRule, parse_rule
from shared.todos.rules.repeat_series import RepeatSpec, begin_series, day_of
from shared.todos.rules.todo_edits import NewTodo
from shared.todos.rules.todo_rules import MAX_ASSIGNEES_PER_TODO, MAX_LABELS_PER_TODO
from worker.imports.items import ImportedTodo

MAX_TITLE, MAX_DESCRIPTION, MAX_LABEL, MAX_LIST_NAME = 500, 50_000, 50, 200
MAX_FOLDER_NAME = 50
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_SPACE = re.compile(r"\s+")
_KEPT_IN = {
    "description": message("The description cannot be stored and was left out."),
    "metadata": message("The metadata cannot be stored and were left out."),
    "status": message("The status is unknown; the todo is open."),
    "priority": message("The priority is unknown and was left out."),
}
_EMPTY: Mapping[str, Any] = {"description": "", "metadata": {}, "status": "pending", "priority": 0}


class Unusable(Exception):
    """The todo cannot be imported. `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def prepare(todo: ImportedTodo) -> tuple[dict[str, Any], list[str]]:
    """Return the fields as a page stores them, and notes about what is left out. Raise Unusable."""
    notes = list(todo.notes)
    title = line_of(todo.title)
    description = _CONTROL.sub("", todo.description.replace("\r\n", "\n")).strip()
    if len(title) > MAX_TITLE:
        description = f"{title}\n\n{description}".strip()
        title = title[: MAX_TITLE - 1] + "…"
        notes.append(message("The title was shortened; the description has the whole."))
    if len(description) > MAX_DESCRIPTION:
        description = description[:MAX_DESCRIPTION]
        notes.append(message("The description was shortened to 50,000 characters."))
    fields = _validated(
        {
            "title": title,
            "description": description,
            "status": todo.status,
            "priority": todo.priority,
            "metadata": dict(todo.metadata),
        },
        notes,
    )
    whole = [label for each in todo.labels if (label := line_of(each))]
    labels = list(dict.fromkeys(label[:MAX_LABEL].strip() for label in whole))
    if any(len(label) > MAX_LABEL for label in whole):
        notes.append(message("A label was shortened to {limit} characters.", limit=MAX_LABEL))
    assignees = list(dict.fromkeys(todo.assignees))
    if len(assignees) > MAX_ASSIGNEES_PER_TODO:
        notes.append(message("Only {limit} assignees were kept.", limit=MAX_ASSIGNEES_PER_TODO))
    if len(labels) > MAX_LABELS_PER_TODO:
        notes.append(message("Only {limit} labels were kept.", limit=MAX_LABELS_PER_TODO))
    return fields | {
        "due": None if todo.due is None else todo.due.model_dump(mode="json"),
        **_repeat(todo, notes),
        "reminders": [
            {"at": as_rfc3339(each.at) if each.at else None, "minutes_before": each.minutes_before}
            for each in todo.reminders
        ],
        "labels": labels[:MAX_LABELS_PER_TODO],
        "assignees": assignees[:MAX_ASSIGNEES_PER_TODO],
        "completed_at": None
        if todo.completed_at is None or fields["status"] != TodoStatus.COMPLETED.value
        else as_rfc3339(todo.completed_at),
    }, notes


def line_of(text: str) -> str:
    """Return the text as one line without characters that we do not store."""
    text = _CONTROL.sub("", _SPACE.sub(" ", text))
    return normalized("NFC", without_bidi_controls(text)).strip()


def _validated(fields: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    """Return the fields with those emptied that we cannot store. Raise Unusable for the title."""
    for _ in range(len(_EMPTY) + 1):
        try:
            stored = NewTodo(**fields)
        except ValidationError as error:
            wrong = {str(each["loc"][0]) for each in error.errors() if each["loc"]}
        except Invalid as error:
            wrong = {each.field.partition(".")[0] for each in error.errors}
        else:
            return fields | {"title": stored.title, "status": stored.status.value}
        if "title" in wrong or not wrong & _EMPTY.keys():
            break
        for name in wrong & _EMPTY.keys():
            fields[name] = _EMPTY[name]
            notes.append(_KEPT_IN[name])
    if not fields["title"]:
        raise Unusable("It has no title.")
    raise Unusable("The title cannot be stored.")


def _repeat(todo: ImportedTodo, notes: list[str]) -> dict[str, Any]:
    nothing = {"repeat": "", "counts_from": "schedule", "anchor": None}
    if not todo.repeat:
        return nothing
    try:
        counts_from = CountsFrom(todo.counts_from)
        rule = parse_rule(todo.repeat)
        present = _present_occurrence(todo, rule, counts_from)
        if not present:
            begin_series(RepeatSpec(rule, counts_from, todo.anchor), todo.due)
    except (Invalid, ValueError):
        notes.append(message("How it repeats was left out."))
        return nothing
    anchor = None if todo.anchor is None else todo.anchor.model_dump(mode="json")
    fields = {"repeat": rule.text, "counts_from": counts_from.value, "anchor": anchor}
    return fields | present


def _present_occurrence(
    todo: ImportedTodo, rule: RepeatRule, counts_from: CountsFrom
) -> dict[str, Any]:
    """Return number and day of the present occurrence, if the file has them and the rule has that day."""
    if todo.occurrence is None or todo.day is None or todo.anchor is None or todo.due is None:
        return {}
    if counts_from is CountsFrom.COMPLETION:
        is_of_rule = rule.is_plain
    else:
        is_of_rule = todo.day == first_day_from(rule, day_of(todo.anchor), todo.day)
    return {"occurrence": todo.occurrence, "day": todo.day.isoformat()} if is_of_rule else {}
