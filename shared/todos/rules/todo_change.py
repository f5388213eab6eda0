"""The result of an edit on one todo, before it is written. Pure."""

from dataclasses import dataclass
from typing import Any

from shared.contract.events import OccurrenceEnd
from shared.contract.shapes import Ending, TodoShape


@dataclass(frozen=True)
class TodoChange:
    """A todo after an edit, as it `was`, and the names of the fields that differ.

    `overwrote` and `ended` are passed on to the todo.edited event.
    """

    todo: TodoShape
    was: TodoShape
    fields: tuple[str, ...]
    overwrote: dict[str, Any] | None = None
    ended: OccurrenceEnd | None = None
    # How the occurrence had ended that is open again.
    reopened: Ending | None = None

    def context(self) -> dict[str, Any]:
        """Return the values of the changed fields before the change."""
        before = {name: getattr(self.was, name) for name in self.fields}
        if self.reopened is not None:
            return {"before": before, "outcome": self.reopened}
        return {"before": before} if before else {}
