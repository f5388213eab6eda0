"""Microsoft To Do: lists with their tasks as JSON, as Microsoft Graph and the exporters of it write them.

    [{"id": …, "displayName": …, "tasks": [todoTask…]}]      or the same array under "value" or "lists"

https://learn.microsoft.com/en-us/graph/api/resources/todotask
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from shared.calendar_objects.values import zone_named
from shared.contract.shapes import DueDate
from shared.errors import Invalid
from shared.reminders.rules import ReminderTrigger
from shared.todos.rules.due import parse_due_date
from shared.zones import instant_of, zone_or_utc
from worker.html_markdown import html_to_markdown
from worker.imports import losses
from worker.imports.fields import (
    MAX_NAME,
    check_list_count,
    objects,
    parse_instant,
    reminders_or_notes,
    shortened_html,
    text,
    texts,
)
from worker.imports.items import FileRefused, ImportedList, ImportedTodo, Item, Options, Problem
from worker.imports.json_walker import END, walk
from worker.imports.source import Source

_ROOTS = ((), ("value",), ("lists",))
_STATUSES = {"completed": "completed", "inProgress": "in_progress", "notStarted": "pending"}
_PRIORITIES = {"high": 4, "low": 1}
_LOST = {
    "hasAttachments": losses.ATTACHMENTS, "attachments": losses.ATTACHMENTS,
    "startDateTime": losses.START,
    "linkedResources": losses.LINKS,
}  # fmt: skip
LOSSES = (
    *dict.fromkeys(_LOST.values()), losses.REMINDERS, losses.STATUS, losses.DUE, losses.COMPLETED_AT,
    losses.REPETITION, losses.REPETITION_END,
)  # fmt: skip
_FREQUENCIES = {
    "daily": "DAILY", "weekly": "WEEKLY", "absoluteMonthly": "MONTHLY", "absoluteYearly": "YEARLY",
}  # fmt: skip


def read(source: Source, options: Options) -> Iterator[Item]:
    root = _root_of(source)
    of_list = (*root, "*")
    descend = (*_ROOTS, of_list, (*of_list, "tasks"))
    names: list[dict[str, Any]] = [{}]
    for path, _, value in walk(source, descend):
        if path == of_list and value is END:
            names.append({})
            check_list_count(len(names))
        elif len(path) == len(of_list) + 1 and path[-1] in ("id", "displayName", "title", "name"):
            names[-1][path[-1]] = text(value)[:MAX_NAME]
    index, is_announced = 0, False
    for path, line, value in walk(source, descend):
        if path[: len(of_list)] != of_list:
            continue
        head = names[index]
        name = text(head.get("displayName")) or text(head.get("title")) or text(head.get("name"))
        key = text(head.get("id")) or name
        if not is_announced:
            is_announced = True
            yield ImportedList(key, name)
        if path == of_list and value is END:
            index, is_announced = index + 1, False
        elif path == (*of_list, "tasks", "*") and value is not END:
            if isinstance(value, dict):
                yield from _task(value, line, key, options)
            else:
                yield Problem(line, "This task is no JSON object.")


def _root_of(source: Source) -> tuple[str, ...]:
    for path, _, value in walk(source, _ROOTS):
        if path and path[-1] == "*" and isinstance(value, dict):
            return path[:-1]
    raise FileRefused("The file has no lists of Microsoft To Do.")


def _task(
    task: dict[str, Any], line: int, list_key: str, options: Options
) -> Iterator[ImportedTodo]:
    notes = [loss.sentence for name, loss in _LOST.items() if task.get(name)]
    status, importance = text(task.get("status")), task.get("importance")
    if status and status not in _STATUSES:
        notes.append(losses.STATUS.sentence)
    body = task.get("body")
    body = body if isinstance(body, dict) else {"content": body}
    content = text(body.get("content"))
    if body.get("contentType") == "html":
        content = html_to_markdown(shortened_html(content, notes))
    key = text(task.get("id")) or f"line {line}"
    due = _due(task.get("dueDateTime"), options.zone, notes)
    is_done = status == "completed"
    yield ImportedTodo(
        list_key=list_key,
        ref=key,
        key=text(task.get("id")),
        title=text(task.get("title")),
        line=line,
        description=content,
        status=_STATUSES.get(status, "pending"),
        completed_at=_completed_at(task.get("completedDateTime"), notes),
        priority=_PRIORITIES.get(text(importance), 0),
        due=due,
        reminders=() if is_done else _reminders(task, notes),
        repeat=_rule(task.get("recurrence"), due, notes),
        labels=tuple(texts(task.get("categories"))),
        notes=tuple(notes),
    )
    for item in objects(task.get("checklistItems")):
        yield ImportedTodo(
            list_key=list_key,
            ref=text(item.get("id")),
            key=text(item.get("id")),
            parent_ref=key,
            title=text(item.get("displayName")),
            line=line,
            status="completed" if item.get("isChecked") is True else "pending",
        )


def _due(value: Any, zone: str, notes: list[str]) -> DueDate | None:
    """Return the day: To Do has days only, and sends each as midnight of a zone.

    That is the zone of the file, or for an instant in UTC that of the account of To Do. The nearest
    midnight of `zone` is meant, as that of the account may be another hour.
    """
    value = value if isinstance(value, dict) else {"dateTime": value}
    at = text(value.get("dateTime"))
    if not at:
        return None
    instant = parse_instant(_with_offset(at)) if value.get("timeZone") in ("UTC", None) else None
    if instant is not None and instant.time() != time.min:
        at = (instant.astimezone(zone_or_utc(zone)) + timedelta(hours=12)).date().isoformat()
    try:
        return parse_due_date(at[:10])
    except Invalid:
        notes.append(losses.DUE.sentence)
        return None


def _reminders(task: dict[str, Any], notes: list[str]) -> tuple[ReminderTrigger, ...]:
    value = task.get("reminderDateTime")
    if not value or task.get("isReminderOn") is False:
        return ()
    value = value if isinstance(value, dict) else {"dateTime": value}
    instant = _instant(value)
    return reminders_or_notes([{"at": instant} if instant else None], notes)


def _instant(value: dict[str, Any]) -> datetime | None:
    """Return the instant of a local time in a zone, which has the name of Windows or of IANA; or None."""
    instant = parse_instant(_with_offset(text(value.get("dateTime"))))
    zone = zone_named(text(value.get("timeZone")) or "UTC", {})
    return instant_of(instant.replace(tzinfo=None), zone) if instant and zone else None


def _with_offset(at: str) -> str:
    """Return a time of Graph, which writes seven digits of a second and no offset, as an instant in UTC."""
    return at if at.endswith("Z") else f"{at.partition('.')[0]}Z"


def _completed_at(value: Any, notes: list[str]) -> datetime | None:
    """Return the instant, or add a note that it cannot be read."""
    if not isinstance(value, dict):
        return None
    instant = _instant(value)
    if instant is None:
        notes.append(losses.COMPLETED_AT.sentence)
    return instant


def _rule(recurrence: Any, due: DueDate | None, notes: list[str]) -> str:
    pattern = recurrence.get("pattern") if isinstance(recurrence, dict) else None
    if not isinstance(pattern, dict):
        return ""
    frequency = _FREQUENCIES.get(text(pattern.get("type")))
    if frequency is None or due is None:
        notes.append(losses.REPETITION.sentence)
        return ""
    parts = [f"FREQ={frequency}", f"INTERVAL={text(pattern.get('interval')) or 1}"]
    days = [day[:2].upper() for day in texts(pattern.get("daysOfWeek"))]
    if frequency == "WEEKLY" and days:
        parts.append("BYDAY=" + ",".join(days))
    ends = recurrence.get("range")
    ends = ends if isinstance(ends, dict) else {}
    until = text(ends.get("endDate")).replace("-", "")
    if ends.get("type") == "endDate" and until > f"{due.date:%Y%m%d}":
        parts.append(f"UNTIL={until}")
    elif ends.get("type") not in (None, "noEnd"):
        # It counts from the first date, which the present task does not have.
        notes.append(losses.REPETITION_END.sentence)
    return ";".join(parts)
