"""A todo as calendar programs see it: what a VTODO holds, in our own types. Pure.

`encode.encode_todo` writes one, `decode.decode_todo` reads one, and `decode_todo(encode_todo(x)) == x`
for every `x` whose texts are clean (shared/text.py) and whose instants are whole seconds.
docs/calendar-objects.md lists each property.
"""

from dataclasses import dataclass
from datetime import datetime

from shared.contract.shapes import TodoStatus
from shared.reminders.rules import ReminderTrigger
from shared.todos.rules.repeat_series import Due, RepeatSpec


@dataclass(frozen=True)
class CalendarAlarm:
    """A reminder. `other` holds its other properties, such as ACTION and UID, one a line."""

    trigger: ReminderTrigger
    other: str = ""


@dataclass(frozen=True)
class CalendarOccurrence:
    """One occurrence of a repeating todo that differs from the rest (RECURRENCE-ID).

    `recurrence_id` is when the series places it. `other` holds everything else that differs, one
    property a line.
    """

    recurrence_id: Due
    status: TodoStatus = TodoStatus.PENDING
    completed_at: datetime | None = None
    other: str = ""


@dataclass(frozen=True)
class CalendarTodo:
    """One todo. `priority` is ours: 0 none to 5 most urgent. `labels` and `parent_uid` are names.

    `repeat` counts from `due`: its rule has the occurrences that are left as COUNT, and its anchor is
    None unless the present occurrence was moved. `completed_at` may be None for a completed todo,
    since clients leave it out. `unknown` holds the properties and components that a todo of ours has
    no field for, one property a line and unfolded; store it as text, and give it back.
    """

    uid: str
    summary: str = ""
    description: str = ""
    due: Due | None = None
    priority: int = 0
    status: TodoStatus = TodoStatus.PENDING
    percent: int | None = None
    completed_at: datetime | None = None
    repeat: RepeatSpec | None = None
    occurrences: tuple[CalendarOccurrence, ...] = ()
    labels: tuple[str, ...] = ()
    parent_uid: str | None = None
    alarms: tuple[CalendarAlarm, ...] = ()
    created_at: datetime | None = None
    modified_at: datetime | None = None
    sequence: int = 0
    url: str = ""
    unknown: str = ""
