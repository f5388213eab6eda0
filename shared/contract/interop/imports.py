"""Shapes of imports: a file, its preview, and how far it is."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.contract.base import Body, Instant, Shape


class ImportKind(StrEnum):
    """What a file is."""

    LIVELIST = "livelist"
    CSV = "csv"
    TODOIST = "todoist"
    TRELLO = "trello"
    VIKUNJA = "vikunja"
    MICROSOFT = "microsoft"
    GOOGLE = "google"
    TICKTICK = "ticktick"
    ICALENDAR = "icalendar"
    SUPER_PRODUCTIVITY = "super_productivity"
    TODO_TXT = "todo_txt"
    MARKDOWN = "markdown"


_Column = Annotated[str, Field(max_length=100)]


class ImportColumns(Body):
    """The names of the columns of a CSV file. A field without one is found by the usual names."""

    list: _Column | None = None
    title: _Column | None = None
    description: _Column | None = None
    status: _Column | None = None
    priority: _Column | None = None
    due: _Column | None = None
    time_zone: _Column | None = None
    repeat: _Column | None = None
    labels: _Column | None = None
    completed_at: _Column | None = None
    id: _Column | None = None
    parent_id: _Column | None = None


class ImportState(StrEnum):
    UPLOADING = "uploading"
    PREVIEWING = "previewing"
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ImportShape(Shape):
    """An import of a file."""

    id: str
    file_name: str
    kind: ImportKind | None = Field(description="What the file is; null until that is known.")
    state: ImportState
    list_id: str | None = Field(
        description="The list that takes all todos; null: a list for each list of the file."
    )
    size_bytes: int
    todos_total: int = Field(
        description="Todos that can be imported; 0 until the preview is ready."
    )
    todos_done: int = Field(
        description="Todos that the import has come past; while the file is read, that were read so far."
    )
    todos_created: int
    todos_skipped: int = Field(description="Todos that an earlier import of the file has created.")
    todos_failed: int = Field(description="Todos that the list could not take.")
    files_total: int = Field(description="Attached files that an archive brings along.")
    files_done: int = Field(description="Attached files that the import has come past.")
    error: str = Field(description="Why it failed, as a sentence; empty otherwise.")
    created_at: Instant
    finished_at: Instant | None
    expires_at: Instant = Field(description="When the file and the preview are deleted.")


class PreviewedList(Shape):
    name: str
    folder: str = Field(
        "", description="The name of the folder that a new list comes into, if any."
    )
    todos: int


class PreviewedTodo(Shape):
    list_name: str
    title: str
    is_subtask: bool
    line: int = Field(description="The line of the file where it begins.")


class ImportProblem(Shape):
    """What is not imported. Line 0 is about the whole file."""

    line: int
    text: str


class ImportDetail(ImportShape):
    """An import with its preview: what would be created, and what cannot be carried over."""

    lists: tuple[PreviewedList, ...] = Field(description="At most the first 100.")
    sample: tuple[PreviewedTodo, ...] = Field(description="The first todos.")
    problems: tuple[ImportProblem, ...] = Field(description="At most the first 200.")
    problem_count: int
    header: tuple[str, ...] = Field(description="The columns of a CSV file, to choose from.")
    columns: ImportColumns = Field(description="The columns that were chosen; null: found out.")
