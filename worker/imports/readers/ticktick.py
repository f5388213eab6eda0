"""TickTick: the backup as CSV, which begins with some lines about the file.

Columns as pkg/modules/migration/ticktick/ticktick.go of go-vikunja/vikunja reads them.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from shared.contract.shapes import DueDate, DueTime
from shared.reminders.rules import ALL_DAY_TIME, ReminderTrigger
from worker.imports import losses
from worker.imports.fields import (
    due_in_zone_or_note,
    instant_or_note,
    number_of,
    reminders_or_notes,
    slug,
)
from worker.imports.items import (
    Due,
    FileRefused,
    ImportedList,
    ImportedTodo,
    Item,
    Options,
    Problem,
)
from worker.imports.source import Source

# 0 normal, 1 completed, 2 archived, which is a completed one that was put away; -1 given up.
_STATUSES = {"0": "pending", "1": "completed", "2": "completed", "-1": "cancelled"}
_PRIORITIES = {"1": 2, "3": 3, "5": 5}
LOSSES = (
    losses.NOTES, losses.TODO_COLUMNS, losses.REMINDERS, losses.START, losses.STATUS, losses.PRIORITY,
    losses.REPETITION, losses.DUE, losses.TIME_ZONE, losses.COMPLETED_AT,
)  # fmt: skip
_NEEDED = {"Title", "List Name", "Status"}
_TRIGGER = re.compile(
    r"(?:TRIGGER:)?(?P<sign>[+-]?)P(?:(?P<days>\d{1,4})D)?"
    r"(?:T(?:(?P<hours>\d{1,4})H)?(?:(?P<minutes>\d{1,6})M)?(?:\d{1,2}S)?)?"
)
_ITEM = re.compile("([▫▪])")
# The header comes after at most these rows.
MAX_PREAMBLE = 20


def read(source: Source, options: Options) -> Iterator[Item]:
    columns: dict[str, int] | None = None
    # By name and folder. The key of the first list of a name is the name alone, as in files without folders.
    keys: dict[tuple[str, str], str] = {}
    names: set[str] = set()
    in_columns = 0
    for count, (line, row) in enumerate(source.rows()):
        if columns is None:
            if not isinstance(row, Problem) and set(row) >= _NEEDED:
                columns = {name: index for index, name in enumerate(row)}
            elif count > MAX_PREAMBLE:
                break
        elif isinstance(row, Problem):
            yield row
        else:
            cells = {
                name: row[index].strip() for name, index in columns.items() if index < len(row)
            }
            if cells.get("Kind") == "NOTE":
                yield Problem(line, losses.NOTES.sentence)
                continue
            in_columns += bool(cells.get("Column Name"))
            name = cells.get("List Name", "") or "TickTick"
            folder = cells.get("Folder Name", "")
            place = (slug(name), slug(folder))
            if place not in keys:
                # No name has a line break.
                keys[place] = "\n".join(place) if place[0] in names else place[0]
                names.add(place[0])
                yield ImportedList(keys[place], name, folder=folder)
            yield _todo_of(cells, line, keys[place], options)
    if in_columns:
        yield Problem(0, losses.TODO_COLUMNS.counted(in_columns))
    if columns is None:
        raise FileRefused("The columns are not those of a TickTick backup.")


def _reminders(cell: str, due: Due | None, notes: list[str]) -> tuple[ReminderTrigger, ...]:
    """Return the reminders: as durations before the due time, or from the beginning of the day that is due.

    The sign is left out of some: there are no reminders after a time.
    """
    wanted: list[Mapping[str, Any] | None] = []
    for each in cell.replace(",", " ").split():
        found = _TRIGGER.fullmatch(each)
        if found is None or due is None:
            wanted.append(None)
            continue
        days, hours, minutes = (int(found[name] or 0) for name in ("days", "hours", "minutes"))
        total = (days * 24 + hours) * 60 + minutes
        if isinstance(due, DueDate):
            after_midnight = -total if found["sign"] == "-" else total
            total = ALL_DAY_TIME.hour * 60 - after_midnight
        wanted.append({"minutes_before": total})
    return reminders_or_notes(wanted, notes)


def _content(cells: dict[str, str]) -> str:
    """Return the text; of a checklist, its items as a task list of Markdown."""
    content = cells.get("Content", "").replace("\r", "\n")
    if cells.get("Kind") != "CHECKLIST" and cells.get("Is Check list") != "Y":
        return content
    first, *rest = _ITEM.split(content)
    items = zip(rest[::2], rest[1::2], strict=True)
    lines = (f"- [{'x' if mark == '▪' else ' '}] {item.strip()}" for mark, item in items)
    return "\n".join([first.strip(), *lines]).strip()


def _is_other_start(cells: dict[str, str]) -> bool:
    return cells.get("Start Date", "") not in ("", cells["Due Date"])


def _todo_of(cells: dict[str, str], line: int, list_key: str, options: Options) -> ImportedTodo:
    zone = cells.get("Timezone", "")
    due, due_notes = due_in_zone_or_note(
        cells.get("Due Date") or cells.get("Start Date"), zone, account_zone=options.zone
    )
    if isinstance(due, DueTime) and cells.get("Is All Day", "").lower() == "true":
        due = DueDate.model_validate({"date": due.at[:10]})
    notes = list(due_notes)
    status = _STATUSES.get(cells.get("Status", "0"))
    for is_lost, loss in (
        (status is None, losses.STATUS),
        (cells.get("Due Date") and _is_other_start(cells), losses.START),
        (cells.get("Priority", "0") not in ("", "0", *_PRIORITIES), losses.PRIORITY),
        (cells.get("Repeat") and due is None, losses.REPETITION),
    ):
        if is_lost:
            notes.append(loss.sentence)
    key = cells.get("taskId", "")
    reminders = (
        _reminders(cells.get("Reminder", ""), due, notes) if status in ("pending", None) else ()
    )
    labels = [label.strip() for label in cells.get("Tags", "").split(",")]
    return ImportedTodo(
        list_key=list_key,
        ref=key or f"line {line}",
        key=key,
        parent_ref=cells.get("parentId") or None,
        title=cells.get("Title", ""),
        line=line,
        description=_content(cells),
        status=status or "pending",
        completed_at=(
            instant_or_note(cells.get("Completed Time"), notes) if status == "completed" else None
        ),
        priority=_PRIORITIES.get(cells.get("Priority", ""), 0),
        due=due,
        reminders=reminders,
        repeat=cells.get("Repeat", "") if due else "",
        labels=tuple(label for label in labels if label),
        position=(0, number_of(cells.get("Order"))),
        notes=tuple(notes),
    )
