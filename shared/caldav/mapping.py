"""Todos as iCalendar text, and what of it is kept for lack of a field. Pure."""

from dataclasses import replace

from shared.caldav.objects import CalendarObject
from shared.caldav.occurrence_parts import closing_parts, has_start, with_moved_start
from shared.calendar_objects.calendar_todo import CalendarAlarm, CalendarOccurrence, CalendarTodo
from shared.calendar_objects.decode import decode_own_todo
from shared.calendar_objects.encode import encode_todo
from shared.calendar_objects.from_todo import calendar_todo, series
from shared.contract.shapes import TodoShape, TodoStatus
from shared.todos.rules.repeat_series import RepeatSpec


def encode(each: CalendarObject) -> bytes:
    """Return the iCalendar text of the object."""
    kept = decode_own_todo(each.kept) if each.kept else CalendarTodo(uid=each.uid)
    others = {alarm.trigger: alarm.other for alarm in kept.alarms}
    shown = calendar_todo(
        each.todo,
        uid=each.uid,
        labels=each.label_names,
        parent_uid=each.parent_uid,
        alarms=[CalendarAlarm(trigger, others.get(trigger, "")) for trigger in each.reminders],
    )
    return encode_todo(
        replace(
            shown,
            percent=_percent(shown, kept),
            url=kept.url,
            unknown=with_moved_start(kept, shown.due) if shown.due else kept.unknown,
            occurrences=_occurrences(each.todo, kept) if shown.repeat else (),
        )
    )


def _percent(shown: CalendarTodo, kept: CalendarTodo) -> int | None:
    """Return the percentage of the status; between its ends that of the app, for its occurrence."""
    if shown.status is TodoStatus.COMPLETED:
        return 100
    is_of_another = shown.repeat is not None and kept.due not in (None, shown.due)
    return None if kept.percent == 100 or is_of_another else kept.percent


def _occurrences(todo: TodoShape, kept: CalendarTodo) -> tuple[CalendarOccurrence, ...]:
    """Return the parts without those that ended the present occurrence: it was opened again."""
    left_out = set(map(id, closing_parts(todo, kept)))
    return tuple(part for part in kept.occurrences if id(part) not in left_out)


def kept_text(new: CalendarTodo) -> str:
    """Return what a todo has no field for, as an iCalendar object; empty if there is nothing."""
    empty = CalendarTodo(uid=new.uid)
    kept = replace(
        empty,
        # That of a completed todo follows from its status.
        percent=None if new.status is TodoStatus.COMPLETED else new.percent,
        url=new.url,
        unknown=new.unknown,
        occurrences=new.occurrences,
        alarms=tuple(alarm for alarm in new.alarms if alarm.other),
    )
    if kept == empty:
        return ""
    has_dates = kept.percent is not None or has_start(kept)
    if kept.occurrences or kept.alarms or (has_dates and new.repeat is not None):
        # They are read relative to the due date.
        kept = replace(kept, due=new.due, repeat=new.repeat)
    return encode_todo(kept).decode()


def repeat_spec(todo: TodoShape) -> RepeatSpec | None:
    """Return how a calendar app sees that the todo repeats."""
    if todo.repeat is None or todo.due is None:
        return None
    return series(todo.repeat, todo.due)
