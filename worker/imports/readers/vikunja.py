"""Vikunja: "Export your Vikunja data", a ZIP whose data.json has all projects with their tasks.

https://vikunja.io/docs/migration/ and pkg/models/export.go of go-vikunja/vikunja
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from shared.contract.shapes import DueTime
from shared.reminders.rules import ReminderTrigger
from worker.html_markdown import markdown_of
from worker.imports import losses
from worker.imports.archive import members
from worker.imports.fields import (
    due_or_note,
    instant_or_note,
    number_of,
    objects,
    parse_instant,
    reminders_or_notes,
    shortened_html,
    text,
)
from worker.imports.items import (
    Due,
    FileRefused,
    ImportedComment,
    ImportedList,
    ImportedPlace,
    ImportedTodo,
    Item,
    Options,
    Problem,
)
from worker.imports.json_walker import END, walk
from worker.imports.readers.vikunja_projects import (
    DESCEND,
    LOST_OF_PROJECT,
    PROJECT,
    lost_of,
    put_into_folders,
    read_projects,
    title_of,
)
from worker.imports.source import Source

_LOST = {
    "attachments": losses.ATTACHMENTS, "assignees": losses.PEOPLE, "start_date": losses.START,
    "end_date": losses.END, "is_favorite": losses.FAVOURITE, "percent_done": losses.PROGRESS,
    "hex_color": losses.COLOUR,
}  # fmt: skip
LOSSES = (
    losses.COMMENTS, losses.REMINDERS, *_LOST.values(), losses.RELATIONS, losses.REPETITION,
    losses.DUE, losses.COMPLETED_AT, *LOST_OF_PROJECT.values(), losses.DEEP_PROJECTS,
    losses.SAVED_FILTERS,
)  # fmt: skip
# The zero of Go's time, for none.
_NO_TIME = "0001-01-01T00:00:00Z"


def read(source: Source, options: Options) -> Iterator[Item]:
    found = members(source)
    data = [member for member in found if member.base_name == "data.json"]
    if not data:
        raise FileRefused("The archive holds no data.json.")
    yield from read_data(data[0], options)
    filters = sum(_count(member) for member in found if member.base_name == "filters.json")
    if filters:
        yield Problem(0, losses.SAVED_FILTERS.counted(filters))


def _count(source: Source) -> int:
    """Return the number of elements of an array; 0 for a file that is none."""
    with suppress(FileRefused):
        return sum(path == ("*",) for path, _, _ in walk(source, ((),)))
    return 0


def read_data(source: Source, options: Options) -> Iterator[Item]:
    projects = read_projects(source)
    deep = put_into_folders(projects)
    index = 0
    is_announced = False
    for path, line, value in walk(source, DESCEND):
        if path[:1] != PROJECT:
            continue
        key = text(projects[index].get("id")) or f"project {index}"
        if not is_announced and not projects[index].get("is_only_folder"):
            is_announced = True
            yield ImportedList(
                key,
                title_of(projects[index]),
                archived=projects[index].get("archived") is True,
                folder=projects[index].get("folder", ""),
            )
        if path == PROJECT:
            if value is END:
                index, is_announced = index + 1, False
            else:
                yield Problem(line, "This project is no JSON object.")
        elif path == (*PROJECT, "tasks", "*") and value is not END:
            if isinstance(value, dict):
                yield _task(value, line, key, options)
                yield from _comments(value, line, key, options)
            else:
                yield Problem(line, "This task is no JSON object.")
        elif path == (*PROJECT, "positions", "*") and isinstance(value, dict) and is_announced:
            yield from _places(value, key, projects[index].get("view", ""))
    yield from lost_of(projects)
    if deep:
        yield Problem(0, losses.DEEP_PROJECTS.counted(deep))


def _places(position: dict[str, Any], list_key: str, view: str) -> Iterator[ImportedPlace]:
    """Yield the place of a task in the view of the project that is a list. Older exports have no views."""
    if view in ("", text(position.get("project_view_id"))):
        place = number_of(position.get("position"))
        yield ImportedPlace(list_key, text(position.get("task_id")), place)


def _task(task: dict[str, Any], line: int, list_key: str, options: Options) -> ImportedTodo:
    due: Due | None = None
    due_notes: tuple[str, ...] = ()
    if task.get("due_date") not in (None, "", _NO_TIME):
        due, due_notes = due_or_note(task.get("due_date"), account_zone=options.zone)
    related = task.get("related_tasks")
    parents = objects(related.get("parenttask")) if isinstance(related, dict) else []
    notes = [*due_notes, *(loss.sentence for name, loss in _LOST.items() if _is_given(task, name))]
    if isinstance(related, dict) and related.keys() - {"parenttask", "subtask"}:
        notes.append(losses.RELATIONS.sentence)
    repeat = _rule(task, due is not None)
    if (task.get("repeat_after") or task.get("repeat_mode")) and not repeat:
        notes.append(losses.REPETITION.sentence)
    priority = task.get("priority")
    key = text(task.get("id"))
    is_done = task.get("done") is True
    reminders = () if is_done else _reminders(task.get("reminders"), due, notes)
    if _lost_comments(task):
        notes.append(losses.COMMENTS.sentence)
    description = markdown_of(shortened_html(text(task.get("description")), notes))
    return ImportedTodo(
        list_key=list_key,
        ref=key or f"line {line}",
        key=key,
        parent_ref=text(parents[0].get("id")) if parents else None,
        title=text(task.get("title")),
        line=line,
        description=description,
        status="completed" if is_done else "pending",
        completed_at=instant_or_note(task.get("done_at"), notes) if is_done else None,
        priority=min(5, max(0, priority)) if isinstance(priority, int) else 0,
        due=due,
        reminders=reminders,
        repeat=repeat,
        # Mode 2 counts from the day of completion.
        counts_from="completion" if task.get("repeat_mode") == 2 else "schedule",
        labels=tuple(text(label.get("title")) for label in objects(task.get("labels"))),
        position=(0, number_of(task.get("position"))),
        notes=tuple(notes),
    )


def _reminders(value: Any, due: Due | None, notes: list[str]) -> tuple[ReminderTrigger, ...]:
    """Return the reminders: so many seconds from the due time, or at an instant."""
    wanted: list[Mapping[str, Any] | None] = []
    for each in value if isinstance(value, list) else ():
        reminder = each if isinstance(each, dict) else {"reminder": each}
        seconds, at = reminder.get("relative_period"), parse_instant(reminder.get("reminder"))
        is_of_due = reminder.get("relative_to") == "due_date" and isinstance(due, DueTime)
        if is_of_due and isinstance(seconds, int):
            wanted.append({"minutes_before": -(seconds // 60)})
        else:
            wanted.append({"at": at} if at else None)
    return reminders_or_notes(wanted, notes)


def _lost_comments(task: dict[str, Any]) -> bool:
    """Return True if a comment has no text that can be read."""
    comments = task.get("comments")
    return any(
        not (isinstance(each, dict) and text(each.get("comment")))
        for each in (comments if isinstance(comments, list) else [])
    )


def _comments(
    task: dict[str, Any], line: int, list_key: str, options: Options
) -> Iterator[ImportedComment | Problem]:
    for comment in objects(task.get("comments")):
        if not text(comment.get("comment")):
            continue
        author = comment.get("author")
        author = author if isinstance(author, dict) else {}
        name = text(author.get("name")) or text(author.get("username"))
        notes: list[str] = []
        body = markdown_of(shortened_html(text(comment["comment"]), notes))
        yield from (Problem(line, note) for note in notes)
        created_at, edited_at = (parse_instant(comment.get(key)) for key in ("created", "updated"))
        yield ImportedComment(
            list_key=list_key,
            todo_ref=text(task.get("id")) or f"line {line}",
            line=line,
            body=body,
            # Exports leave out who wrote it; most have one writer, the exporter.
            author_id="" if name else options.user_id,
            author_name=name,
            created_at=created_at,
            edited_at=edited_at if created_at and edited_at and edited_at > created_at else None,
        )


def _is_given(task: dict[str, Any], name: str) -> bool:
    return task.get(name) not in (None, "", 0, [], {}, _NO_TIME)


def _rule(task: dict[str, Any], has_due: bool) -> str:
    """Return the rule of a number of seconds, or of a month, which is mode 1."""
    if not has_due:
        return ""
    if task.get("repeat_mode") == 1:
        return "FREQ=MONTHLY"
    seconds = task.get("repeat_after")
    with suppress(TypeError, OverflowError):
        days, rest = divmod(timedelta(seconds=seconds or 0), timedelta(days=1))
        if 0 < days <= 999 and not rest:
            return f"FREQ=DAILY;INTERVAL={days}"
    return ""
