"""What the object of a calendar app changes in a todo. Pure."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from shared.actor import Actor
from shared.caldav.mapping import repeat_spec
from shared.caldav.occurrence_parts import ended_days
from shared.calendar_objects.calendar_todo import CalendarOccurrence, CalendarTodo
from shared.contract.shapes import OPEN, Ending, TodoShape, TodoStatus
from shared.errors import Invalid
from shared.reminders.rules import ReminderTrigger
from shared.text import NotAcceptableError, clean
from shared.todos.persistence.early_endings import EarlyEnding
from shared.todos.rules.repeat_series import advance_past
from shared.todos.rules.todo_edits import EditableFields

Fields = TypeVar("Fields", bound=EditableFields)

# Of the name of a label (shared/text.py, Line50).
_MAX_LABEL_LENGTH = 50
# What an app that left the title empty gets: a todo of ours has one.
_UNTITLED = "…"
_TEXTS = ("title", "description", "priority")
_NAMES = {"title": "SUMMARY", "description": "DESCRIPTION"}


def fields_of_new(new: CalendarTodo) -> dict[str, Any]:
    """Return the fields of a todo to create, without those that name other rows."""
    return {
        "title": _title(new),
        "description": new.description,
        "status": new.status,
        "priority": new.priority,
        "due": new.due,
        "repeat": new.repeat,
    }


def changed_fields(todo: TodoShape, new: CalendarTodo, now: datetime, zone: str) -> dict[str, Any]:
    """Return the fields in which the object differs from the todo, without those that name other rows.

    An app that completes a repeating todo by moving its date to the next one completes the occurrence.
    """
    wanted = fields_of_new(new)
    is_completed = _is_next_occurrence(todo, new, now, zone)
    compared = _TEXTS if is_completed else (*_TEXTS, "status", "due")
    fields = {name: wanted[name] for name in compared if wanted[name] != getattr(todo, name)}
    if is_completed:
        return {**fields, "status": TodoStatus.COMPLETED}
    if new.repeat != repeat_spec(todo):
        fields["repeat"] = new.repeat
    elif "due" in fields and new.repeat is not None and new.repeat.anchor is None:
        # To a calendar app the series begins at DUE.
        fields["repeat"] = new.repeat
    return fields


def _is_next_occurrence(todo: TodoShape, new: CalendarTodo, now: datetime, zone: str) -> bool:
    if todo.repeat is None or new.repeat is None or todo.status not in OPEN:
        return False
    present = repeat_spec(todo)
    if present is None or new.status not in OPEN or new.repeat.rule != present.rule:
        return False
    passed, following = advance_past(todo.repeat, now, zone, ended_days(new))
    return any(step is not None and step[1] == new.due for step in (*passed, following))


def completed_at(new: CalendarTodo | CalendarOccurrence, now: datetime) -> datetime | None:
    """Return when an app completed it, perhaps offline; None if it does not say, or a time to come."""
    instant = new.completed_at
    return instant if instant is not None and instant <= now else None


def early_endings(
    new: CalendarTodo, before: Mapping[date, EarlyEnding], actor: Actor, now: datetime
) -> dict[date, EarlyEnding]:
    """Return the ends of occurrences that parts of the object say, by day.

    One that the object said `before` is as it was then: apps send all parts with each change.
    """
    endings = {}
    for day, part in ended_days(new).items():
        is_completed = part.status is TodoStatus.COMPLETED
        outcome = Ending.COMPLETED if is_completed else Ending.SKIPPED
        known = before.get(day)
        if known is None or known.outcome is not outcome:
            known = EarlyEnding(outcome, completed_at(part, now) or now, actor.user_id)
        endings[day] = known
    return endings


def validated(model: type[Fields], fields: dict[str, Any]) -> Fields:
    """Return the input of a command. Raise Invalid for a text that is too long or not acceptable."""
    try:
        return model(**fields)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        name = _NAMES.get(field, field)
        raise Invalid.field(name, "not_acceptable", f"{name}: is too long or not text.") from None


def label_name(text: str) -> str:
    """Return the name of a label that a category becomes. Raise Invalid."""
    try:
        name = clean(" ".join(text.split()))
    except NotAcceptableError as error:
        raise Invalid.field("CATEGORIES", "not_acceptable", f"CATEGORIES: {error}.") from None
    return name[:_MAX_LABEL_LENGTH].strip() or _UNTITLED


def triggers(new: CalendarTodo) -> list[ReminderTrigger]:
    """Return the reminders that the object asks for, each once."""
    return list(dict.fromkeys(alarm.trigger for alarm in new.alarms))


def _title(new: CalendarTodo) -> str:
    try:
        return clean(" ".join(new.summary.split())) or _UNTITLED
    except NotAcceptableError as error:
        raise Invalid.field("SUMMARY", "not_acceptable", f"SUMMARY: {error}.") from None
