"""Super Productivity: the backup as JSON ("Settings", "Sync & Export", "Export data").

src/app/features/tasks/task.model.ts of johannesjo/super-productivity; NgRx keeps entities by id.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from shared.languages.texts import translator
from shared.reminders.rules import ReminderTrigger
from worker.imports import losses
from worker.imports.fields import (
    MAX_NAME,
    check_name_count,
    due_of_instant,
    due_or_note,
    objects,
    parse_milliseconds,
    text,
    texts,
)
from worker.imports.items import (
    Due,
    ImportedList,
    ImportedPlace,
    ImportedTodo,
    Item,
    Options,
    Problem,
)
from worker.imports.json_walker import END, walk
from worker.imports.source import Source

_LOST = {
    "repeatCfgId": losses.REPETITION, "attachments": losses.ATTACHMENTS,
    "timeSpent": losses.TIME_SPENT, "issueId": losses.LINKS, "timeEstimate": losses.DURATION,
}  # fmt: skip
LOSSES = (*_LOST.values(), losses.REMINDERS, losses.DUE, losses.DEEP_PROJECTS)
_INBOX = "INBOX_PROJECT"
_ROOTS: tuple[tuple[str, ...], ...] = ((), ("data",))
_NAMES = ("project", "tag")
_DESCEND = tuple(
    path
    for root in _ROOTS
    for path in (
        root,
        (*root, "reminders"),
        *((*root, name) for name in (*_NAMES, "task", "taskArchive", "archiveYoung", "archiveOld")),
        *((*root, name, "entities") for name in (*_NAMES, "task", "taskArchive")),
        *((*root, name, "task") for name in ("archiveYoung", "archiveOld")),
        *((*root, name, "task", "entities") for name in ("archiveYoung", "archiveOld")),
    )
)
_TASKS = ("task", "taskArchive", "archiveYoung", "archiveOld")
# The member `k` of a node of the menu, or `kind` in older files.
_FOLDERS = ("f", "folder")


class _Names(NamedTuple):
    """What tasks refer to: names of projects and tags, and the instants of reminders, by id.

    `folder` has the names of the folders of projects, by the ids of these, and `deep` the ids of those that
    are in a folder of a folder.
    """

    project: dict[str, str]
    tag: dict[str, str]
    reminders: dict[str, datetime]
    folder: dict[str, str]
    deep: set[str]


def read(source: Source, options: Options) -> Iterator[Item]:
    names = _read_names(source)
    seen: set[str] = set()
    t = translator(options.language)
    for path, line, value in walk(source, _DESCEND):
        kind = _kind_of(path)
        if kind not in ("project", *_TASKS) or value is END:
            continue
        if not isinstance(value, dict):
            yield Problem(line, "This task is no JSON object.")
            continue
        project, order = text(value.get("projectId")) or _INBOX, texts(value.get("subTaskIds"))
        if kind == "project":
            project = text(value.get("id"))[:MAX_NAME]
            order = [*texts(value.get("taskIds")), *texts(value.get("backlogTaskIds"))]
        if project not in seen and (order or kind != "project"):
            seen.add(project)
            name = names.project.get(project) or t("Inbox")
            yield ImportedList(project, name, folder=names.folder.get(project, ""))
        if kind != "project":
            yield _task(value, line, project, names, options)
        for place, task_id in enumerate(order):
            yield ImportedPlace(project, task_id, place)
    if deep := names.deep & seen:
        yield Problem(0, losses.DEEP_PROJECTS.counted(len(deep)))


def _read_names(source: Source) -> _Names:
    names = _Names({}, {}, {}, {}, set())
    for path, _, value in walk(source, _DESCEND):
        if not isinstance(value, dict):
            continue
        kind, key = _kind_of(path), text(value.get("id"))[:MAX_NAME]
        if kind in _NAMES:
            found = names.project if kind == "project" else names.tag
            found[key] = text(value.get("title"))[:MAX_NAME]
            check_name_count(found)
        elif path[-2:] == ("reminders", "*"):
            if at := parse_milliseconds(value.get("remindAt")):
                names.reminders[key] = at
            check_name_count(names.reminders)
        elif path[-1:] == ("menuTree",):
            _read_folders(value, names)
    return names


def _read_folders(menu: dict[str, Any], names: _Names) -> None:
    """Read which project is in which folder at the top: a tree of folders and projects."""
    waiting = [(node, "", 0) for node in objects(menu.get("projectTree"))]
    while waiting:
        node, folder, depth = waiting.pop()
        if (node.get("k") or node.get("kind")) in _FOLDERS:
            name = folder or text(node.get("name"))[:MAX_NAME]
            waiting += [(each, name, depth + 1) for each in objects(node.get("children"))]
        elif folder:
            key = text(node.get("id"))[:MAX_NAME]
            names.folder[key] = folder
            check_name_count(names.folder)
            if depth > 1:
                names.deep.add(key)


def _kind_of(path: tuple[str, ...]) -> str:
    """Return of what kind the entity at the path is; empty if none is there."""
    path = path[1:] if path[:1] == ("data",) else path
    is_entity = len(path) >= 3 and path[-2] == "entities"
    return path[0] if is_entity else ""


def _task(
    task: dict[str, Any], line: int, project: str, names: _Names, options: Options
) -> ImportedTodo:
    notes: tuple[str, ...] = ()
    due: Due | None = None
    at = parse_milliseconds(task.get("dueWithTime"))
    if at is not None:
        due = due_of_instant(at, options.zone)
    elif task.get("dueDay"):
        due, notes = due_or_note(task.get("dueDay"))
    notes = (*notes, *(loss.sentence for name, loss in _LOST.items() if task.get(name)))
    is_done = task.get("isDone") is True
    # Older releases keep the instant beside the tasks.
    remind_at = parse_milliseconds(task.get("remindAt")) or names.reminders.get(
        text(task.get("reminderId"))
    )
    has_reminder = not is_done and (remind_at or task.get("reminderId") or task.get("remindAt"))
    if has_reminder and not remind_at:
        notes = (*notes, losses.REMINDERS.sentence)
    labels = [names.tag.get(tag, "") for tag in texts(task.get("tagIds"))]
    key = text(task.get("id"))
    return ImportedTodo(
        list_key=project,
        ref=key or f"line {line}",
        key=key,
        parent_ref=text(task.get("parentId")) or None,
        title=text(task.get("title")),
        line=line,
        description=text(task.get("notes")),
        status="completed" if is_done else "pending",
        completed_at=parse_milliseconds(task.get("doneOn")) if is_done else None,
        due=due,
        reminders=(ReminderTrigger(at=remind_at),) if has_reminder and remind_at else (),
        labels=tuple(label for label in labels if label and label != "Today"),
        notes=notes,
    )
