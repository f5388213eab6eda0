"""The result of an edit on one todo, before it is written. Pure."""

from dataclasses import dataclass
from typing import Any

from shared.contract.events import OccurrenceEnd
from shared.contract.shapes import TodoShape


@dataclass(frozen=True)
class TodoChange:
    """A todo after an edit, and the names of the fields that differ from before.

    `overwrote` and `ended` are passed on to the todo.edited event.
    """

    todo: TodoShape
    fields: tuple[str, ...]
    overwrote: dict[str, Any] | None = None
    ended: OccurrenceEnd | None = None
