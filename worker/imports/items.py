"""What readers return: the lists and todos of a file, and what of it cannot be read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from shared.clock import SystemClock
from shared.contract.shapes import DueDate, DueTime
from shared.languages.catalogues import ENGLISH
from shared.reminders.rules import ReminderTrigger

if TYPE_CHECKING:
    from worker.imports.source import Source

Due = DueDate | DueTime
# What the todos of a list are sorted by, as numbers before texts: that of their column, and that in it.
Position = tuple[float | str, float | str]


@dataclass(frozen=True, slots=True)
class ImportedList:
    """A list of the file, which comes before its todos. `key` names it in every file of this kind."""

    key: str
    name: str
    colour: str | None = None
    label_colours: Mapping[str, str] = field(default_factory=dict)
    archived: bool = False
    icon: str = ""
    folder: str = ""


@dataclass(frozen=True, slots=True)
class ImportedTodo:
    """A todo of the file.

    `ref` names it within the file, for `parent_ref` of its subtasks, which may come before it. `key`
    names it in every file of this kind, so that it is imported once; empty: it is known by its texts.
    `line` is the line where it begins. `notes` say what of it is left out. `date_in_words` is what `due`
    was read from, if that depends on the day of the import: the words, not the date, are then of its texts.
    """

    list_key: str
    ref: str
    title: str
    line: int
    key: str = ""
    parent_ref: str | None = None
    description: str = ""
    status: str = "pending"
    priority: int = 0
    due: Due | None = None
    repeat: str = ""
    counts_from: str = "schedule"
    anchor: Due | None = None
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    completed_at: datetime | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    reminders: tuple[ReminderTrigger, ...] = ()
    # Of a series in the middle: the number and the day of the present occurrence.
    occurrence: int | None = None
    day: date | None = None
    date_in_words: str = ""
    position: Position = (0, 0)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedPlace:
    """The place of the todo `todo_ref` among others, for files that keep it beside the todos.

    It is used instead of the todo's `position`. Todos without one come after those with one.
    """

    list_key: str
    todo_ref: str
    place: float


@dataclass(frozen=True, slots=True)
class ImportedComment:
    """A comment on the todo `todo_ref`, which comes before it or after it."""

    list_key: str
    todo_ref: str
    line: int
    body: str
    author_id: str = ""
    author_name: str = ""
    created_at: datetime | None = None
    edited_at: datetime | None = None
    # Its earlier texts with their instants, the oldest first; the emoji and the ids of those who reacted.
    earlier: tuple[tuple[str, datetime | None], ...] = ()
    reactions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedOccurrence:
    """A past occurrence of the todo `todo_ref`. `repeat` is the series as it was, a RepeatShape."""

    list_key: str
    todo_ref: str
    line: int
    occurrence: int
    outcome: str
    status: str
    repeat: Mapping[str, Any]
    due: Due | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A file that is attached to the todo `todo_ref`, and has this path in the archive."""

    list_key: str
    todo_ref: str
    line: int
    path: str
    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Problem:
    """What cannot be imported, as a sentence without text of the file. Line 0: of the whole file."""

    line: int
    text: str


class FileRefused(Exception):
    """Nothing of the file can be imported. `sentence` says why, to its user."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


Detail = ImportedComment | ImportedOccurrence | ImportedFile
Item = ImportedList | ImportedTodo | ImportedPlace | Detail | Problem


@dataclass(frozen=True)
class Options:
    """What the user chose: for CSV which column is which field. `zone` is that of the user's account."""

    columns: Mapping[str, str] = field(default_factory=dict)
    zone: str = "UTC"
    user_id: str = ""
    # When the file is read.
    now: datetime = field(default_factory=SystemClock().now)
    # Of the account, for names that the file lacks, and for what cannot be imported.
    language: str = ENGLISH


Reader = Callable[["Source", Options], Iterator[Item]]
