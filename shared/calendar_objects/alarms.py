"""VALARM and our reminders. Pure.

Ours count from the due time, and from 09:00 of an all-day due date. RFC 5545, 3.8.6.3, counts from the
due time too, but from 00:00 of a day: the difference is added, so that both fire at the same time.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from shared.calendar_objects.calendar_todo import CalendarAlarm
from shared.calendar_objects.content_lines import Component, Line, escape, not_acceptable
from shared.calendar_objects.values import (
    duration_text,
    instant_text,
    read_duration,
    read_instant,
)
from shared.contract.shapes import DueDate
from shared.reminders.rules import ALL_DAY_TIME, MAX_OFFSET_MINUTES, ReminderTrigger
from shared.todos.rules.due import FIRST_YEAR
from shared.todos.rules.repeat_series import Due

_ALL_DAY_MINUTES = ALL_DAY_TIME.hour * 60 + ALL_DAY_TIME.minute
# The alarms that show or send something. NONE is a mark of Apple's that there is no alarm.
_ACTIONS = ("DISPLAY", "AUDIO", "EMAIL")


def alarm_rows(alarm: CalendarAlarm, due: Due | None, summary: str) -> Iterator[str]:
    """Yield the lines of a VALARM."""
    yield "BEGIN:VALARM"
    yield _trigger_row(alarm.trigger, due)
    others = alarm.other.split("\n") if alarm.other else []
    names = {row.partition(":")[0].partition(";")[0] for row in others}
    if "ACTION" not in names:
        yield "ACTION:DISPLAY"
        if "DESCRIPTION" not in names:
            yield f"DESCRIPTION:{escape(summary)}"
    yield from others
    yield "END:VALARM"


def _trigger_row(trigger: ReminderTrigger, due: Due | None) -> str:
    if trigger.at is not None:
        return f"TRIGGER;VALUE=DATE-TIME:{instant_text(trigger.at)}"
    minutes = (_ALL_DAY_MINUTES if isinstance(due, DueDate) else 0) - (trigger.minutes_before or 0)
    return f"TRIGGER;RELATED=END:{duration_text(timedelta(minutes=minutes))}"


def read_alarm(
    component: Component, due: Due | None, start: Due | None, summary: str,
    aliases: Mapping[str, str],
) -> CalendarAlarm | None:  # fmt: skip
    """Return the reminder of a VALARM; None if it is valid but ours cannot say it. Raise Invalid."""
    trigger_line = component.first("TRIGGER")
    if trigger_line is None:
        raise not_acceptable("VALARM", "trigger", "has no TRIGGER.")
    action = component.first("ACTION")
    trigger = _read_trigger(trigger_line, due, start, aliases)
    if trigger is None or (action and action.value.strip().upper() not in _ACTIONS):
        return None
    ours = {"ACTION:DISPLAY", f"DESCRIPTION:{escape(summary)}"}
    is_default = action is not None and action.text == "ACTION:DISPLAY"
    others = [
        line.text
        for line in component.lines
        if line is not trigger_line and not (is_default and line.text in ours)
    ]
    inner = [row for part in component.components for row in part.texts()]
    return CalendarAlarm(trigger, "\n".join([*others, *inner]))


def _read_trigger(
    line: Line, due: Due | None, start: Due | None, aliases: Mapping[str, str]
) -> ReminderTrigger | None:
    if line.parameter("VALUE") == "DATE-TIME" or line.value.strip()[:1].isdigit():
        return _read_instant_trigger(line, aliases)
    offset = read_duration(line)
    # RELATED=START is the default, but programs leave it out in todos that have no start.
    is_from_start = (line.parameter("RELATED") or "START").upper() == "START"
    if is_from_start and start is not None and start != due:
        return None
    base = _ALL_DAY_MINUTES if isinstance(due, DueDate) else 0
    minutes, rest = divmod(timedelta(minutes=base) - offset, timedelta(minutes=1))
    if rest or abs(minutes) > MAX_OFFSET_MINUTES:
        return None
    return ReminderTrigger(minutes_before=minutes)


def _read_instant_trigger(line: Line, aliases: Mapping[str, str]) -> ReminderTrigger | None:
    # Apple marks "no alarm" with an instant of 1976.
    if line.value.strip()[:4] < f"{FIRST_YEAR}":
        return None
    return ReminderTrigger(at=read_instant(line, aliases))
