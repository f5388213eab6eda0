"""The iCalendar format (RFC 5545): a VTODO for each todo, for calendar programs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.calendar_objects.calendar_todo import CalendarAlarm, CalendarTodo
from shared.calendar_objects.content_lines import escape, fold
from shared.calendar_objects.encode import calendar_head, todo_rows, zone_years
from shared.calendar_objects.from_todo import calendar_todo
from shared.contract.shapes import TodoShape
from shared.list_exports.reading import ExportedFile, ExportedList
from shared.reminders.rules import ReminderTrigger

# The name of the list of a todo: a calendar has no lists.
LIST_PROPERTY = "X-LIVELIST-LIST"
# A zone is written once, before its first use, when the years of later todos are not known yet.
_FIRST_YEAR, _LAST_YEAR = 2000, 2060


class CalendarEncoder:
    media_type = "text/calendar"
    extension = "ics"
    has_reminders, has_details = True, False

    def __init__(self) -> None:
        self._list: ExportedList | None = None
        self._zones: set[str] = set()

    def begin(self, site_url: str, now: datetime) -> str:
        return calendar_head({}).decode()

    def begin_list(self, exported: ExportedList) -> str:
        self._list = exported
        return ""

    def todos(
        self,
        todos: list[TodoShape],
        reminders: Mapping[str, Sequence[ReminderTrigger]],
        files: Mapping[str, Sequence[ExportedFile]],
    ) -> str:
        assert self._list is not None
        made = [_calendar_todo(todo, self._list, reminders.get(todo.id, ())) for todo in todos]
        rows = (row for todo in made for row in todo_rows(todo))
        return self._new_zones(made) + fold(rows).decode()

    def _new_zones(self, todos: list[CalendarTodo]) -> str:
        new = {
            zone: (min(first, _FIRST_YEAR), max(last, _LAST_YEAR))
            for zone, (first, last) in zone_years(todos).items()
            if zone not in self._zones
        }
        self._zones |= new.keys()
        return calendar_head(new).removeprefix(calendar_head({})).decode()

    def comments(self, rows: Sequence[Any]) -> str:
        return ""

    def occurrences(self, rows: Sequence[Any]) -> str:
        return ""

    def end_list(self) -> str:
        return ""

    def end(self) -> str:
        return "END:VCALENDAR\r\n"


def _calendar_todo(
    todo: TodoShape, exported: ExportedList, reminders: Sequence[ReminderTrigger]
) -> CalendarTodo:
    labels = sorted(
        exported.labels[label].name for label in todo.labels if label in exported.labels
    )
    alarms = [CalendarAlarm(trigger) for trigger in reminders]
    made = calendar_todo(todo, labels=labels, parent_uid=todo.parent_id, alarms=alarms)
    values = {**vars(made), "unknown": f"{LIST_PROPERTY}:{escape(exported.name)}"}
    return CalendarTodo(**values)
