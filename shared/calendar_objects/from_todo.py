"""Make the calendar todo of a todo. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from shared.calendar_objects.calendar_todo import CalendarAlarm, CalendarTodo
from shared.contract.shapes import RepeatShape, TodoShape
from shared.todos.rules.repeat_rule import parse_rule
from shared.todos.rules.repeat_series import Due, RepeatSpec, with_day


def calendar_todo(
    todo: TodoShape,
    *,
    uid: str | None = None,
    labels: Sequence[str] = (),
    parent_uid: str | None = None,
    alarms: Sequence[CalendarAlarm] = (),
) -> CalendarTodo:
    """Return the todo with the names of its labels; `uid` is its id unless a client chose another.

    SEQUENCE is the version: it grows with each change, as RFC 5545, 3.8.7.4, asks.
    """
    completed_at = todo.completed_at
    return CalendarTodo(
        uid=uid or todo.id,
        summary=todo.title,
        description=todo.description,
        due=todo.due,
        priority=todo.priority,
        status=todo.status,
        completed_at=completed_at and completed_at.replace(microsecond=0),
        repeat=None if todo.repeat is None or todo.due is None else series(todo.repeat, todo.due),
        labels=tuple(labels),
        parent_uid=parent_uid,
        alarms=tuple(alarms),
        created_at=todo.created_at.replace(microsecond=0),
        modified_at=todo.updated_at.replace(microsecond=0),
        sequence=todo.version,
    )


def series(repeat: RepeatShape, due: Due) -> RepeatSpec:
    """Return what is left of a series whose present occurrence is due at `due`."""
    rule = replace(parse_rule(repeat.rule), count=repeat.left)
    is_moved = with_day(repeat.anchor, repeat.day) != due
    return RepeatSpec(rule, repeat.counts_from, repeat.anchor if is_moved else None)
