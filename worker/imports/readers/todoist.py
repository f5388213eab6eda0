"""Todoist: a project as CSV, and the backup, a ZIP with a CSV for each project.

https://www.todoist.com/help/articles/format-a-csv-file-to-import-into-todoist-UVUXTmm6
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from shared.languages.texts import message, sentence_of
from shared.zones import is_zone, zone_or_utc
from worker.imports import losses
from worker.imports.archive import members
from worker.imports.fields import due_in_zone_or_note, is_zone_lost, slug
from worker.imports.items import FileRefused, ImportedList, ImportedTodo, Item, Options, Problem
from worker.imports.readers.todoist_comments import comment_of
from worker.imports.readers.todoist_dates import read_words
from worker.imports.source import Source

# 1 is the most urgent of four; 4, the default, is none.
_PRIORITIES = {"1": 5, "2": 4, "3": 2}
# An empty duration is written as "None".
_LEFT_OUT = {
    "RESPONSIBLE": losses.PEOPLE,
    "DURATION": losses.DURATION,
    "DEADLINE": losses.DEADLINE,
}
LOSSES = (
    losses.PROJECT_COMMENTS, losses.ATTACHMENTS, *_LEFT_OUT.values(), losses.DUE_WORDS,
    losses.DUE_DAY, losses.DUE_YEAR, losses.TIME_ZONE, losses.PRIORITY,
)  # fmt: skip
_LABEL = re.compile(r"(?:^|\s)@([^\s@]+)")
# "Home [2203306141]": a backup adds the id of the project.
_PROJECT_ID = re.compile(r"(?<!\s)\s*+\[\w+\]$")


def read_backup(source: Source, options: Options) -> Iterator[Item]:
    projects = [member for member in members(source) if member.name.lower().endswith(".csv")]
    if not projects:
        raise FileRefused("The archive holds no CSV file.")
    for project in projects:
        try:
            yield from read(project, options)
        except FileRefused as error:
            yield Problem(
                0,
                message(
                    "A file of the archive was left out. {sentence}",
                    sentence=sentence_of(error),
                ),
            )


def read(source: Source, options: Options) -> Iterator[Item]:
    name = _PROJECT_ID.sub("", source.stem) or source.stem
    rows = source.rows()
    columns: dict[str, int] | None = None
    for _, row in rows:
        if not isinstance(row, Problem):
            columns = {cell.strip().upper(): index for index, cell in enumerate(row)}
            break
    if columns is None or not {"TYPE", "CONTENT"} <= columns.keys():
        raise FileRefused("The columns are not those of Todoist.")
    # With the id of the project: a backup may hold two of the same name.
    list_key = slug(source.stem)
    yield ImportedList(list_key, name)
    yield from _read_rows(rows, columns, f"{source.name} line", list_key, options)


def _read_rows(
    rows: Iterator[tuple[int, list[str] | Problem]],
    columns: dict[str, int],
    ref_prefix: str,
    list_key: str,
    options: Options,
) -> Iterator[Item]:
    # References of the todos that the next one may be below, by indent.
    above: list[str] = []
    # The task that a comment is of; none after a row that cannot be read, which may have been one.
    commented: str | None = None
    section, project_comments, files = "", 0, 0
    for line, row in rows:
        if isinstance(row, Problem):
            yield row
            commented = None
            continue
        cells = {key: row[index].strip() for key, index in columns.items() if index < len(row)}
        match cells.get("TYPE", ""):
            case "task":
                indent = cells.get("INDENT", "")
                del above[int(indent) - 1 if indent in ("2", "3", "4", "5") else 0 :]
                parent = above[-1] if above else None
                ref = f"{ref_prefix} {line}"
                labels = (section,) if section else ()
                yield replace(
                    _todo_of(cells, line, list_key, labels, options), ref=ref, parent_ref=parent
                )
                above.append(ref)
                commented = ref
            case "section":
                section, above, commented = cells.get("CONTENT", ""), [], None
            case "note" if commented:
                comment, file_count = comment_of(cells, line, list_key, commented, options)
                files += file_count
                yield comment
            case "note":
                project_comments += 1
            case "" | "meta":
                pass
            case _:
                yield Problem(line, "The type of this row is neither task, section nor note.")
                commented = None
    if project_comments:
        yield Problem(0, losses.PROJECT_COMMENTS.counted(project_comments))
    if files:
        yield Problem(0, losses.ATTACHMENTS.counted(files))


def _todo_of(
    cells: dict[str, str],
    line: int,
    list_key: str,
    added_labels: tuple[str, ...],
    options: Options,
) -> ImportedTodo:
    content, description = cells.get("CONTENT", ""), cells.get("DESCRIPTION", "")
    dated, notes = _date_of(cells, options)
    if losses.DUE_WORDS.sentence in notes:
        # Kept as text, where its user can read it.
        description = f"{description}\n\n{cells['DATE']}".strip()
    notes += [
        loss.sentence
        for column, loss in _LEFT_OUT.items()
        if cells.get(column) not in (None, "", "None")
    ]
    if cells.get("PRIORITY", "") not in ("", "4", *_PRIORITIES):
        notes.append(losses.PRIORITY.sentence)
    return ImportedTodo(
        list_key=list_key,
        ref="",
        title=_LABEL.sub("", content).strip() or content,
        line=line,
        description=description,
        priority=_PRIORITIES.get(cells.get("PRIORITY", ""), 0),
        **dated,
        labels=(*_LABEL.findall(content), *added_labels),
        notes=tuple(notes),
    )


def _date_of(cells: dict[str, str], options: Options) -> tuple[dict[str, Any], list[str]]:
    """Return the fields of the todo that the date is, and notes about what of it is lost or assumed."""
    words, zone = cells.get("DATE", ""), cells.get("TIMEZONE", "")
    due, notes = due_in_zone_or_note(words, zone, account_zone=options.zone)
    if losses.DUE.sentence not in notes:
        return {"due": due}, list(notes)
    local = options.now.astimezone(zone_or_utc(zone if is_zone(zone) else options.zone))
    meant = read_words(words, cells.get("DATE_LANG", ""), zone, local.replace(tzinfo=None))
    if meant is None:
        return {}, [losses.DUE_WORDS.sentence]
    assumed = {
        losses.DUE_DAY: meant.is_day_open,
        losses.DUE_YEAR: meant.is_year_open,
        losses.TIME_ZONE: is_zone_lost(meant.due, zone),
    }
    fields = {
        "due": meant.due,
        "repeat": meant.repeat,
        "counts_from": meant.counts_from,
        "date_in_words": words,
    }
    return fields, [loss.sentence for loss, is_true in assumed.items() if is_true]
