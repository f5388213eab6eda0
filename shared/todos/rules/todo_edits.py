"""The input of commands: a new todo, an edit, a placement in the list's order. Pure."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Self

from shared.contract.base import construct
from shared.contract.shapes import DueDate, DueTime
from shared.contract.todo_fields import TodoFields, empty_value
from shared.errors import Invalid
from shared.ids import LabelId, TodoId, UserId
from shared.text import Line500
from shared.todos.rules.repeat_series import RepeatSpec


class EditableFields(TodoFields):
    """All fields that a user writes, with values as TodoShape has them, except for `repeat`.

    None clears a field. The constructor validates; a caller that has validated its own body calls
    `from_validated` instead.
    """

    due: DueDate | DueTime | None = None
    repeat: RepeatSpec | None = None
    assignees: tuple[UserId, ...] | None = None
    labels: tuple[LabelId, ...] | None = None
    parent_id: TodoId | None = None

    @classmethod
    def from_validated(cls, body: TodoFields) -> Self:
        """Return the fields that `body` names, and nothing else of it, without validating again."""
        given, named = vars(body), body.model_fields_set & cls.model_fields.keys()
        values = {
            name: given[name] if name in named else default for name, default in _defaults(cls)
        }
        return construct(cls, values, named)


class TodoEdit(EditableFields):
    """The fields to change. A field that was not named keeps its value."""

    @classmethod
    def replacing(cls, body: TodoFields) -> "TodoEdit":
        """Return the edit that gives every field the value of `body`, without validating again."""
        values = {name: getattr(body, name) for name in cls.model_fields}
        return TodoEdit.model_construct(set(values), **values)

    def names(self, *fields: str) -> bool:
        """Return True if the edit names one of these fields."""
        return not self.model_fields_set.isdisjoint(fields)

    def values(self) -> dict[str, Any]:
        """Return the new value of each named field, in the order of declaration."""
        named = self.model_fields_set
        return {
            name: _normalize(name, value) for name, value in vars(self).items() if name in named
        }

    def without(self, field: str) -> "TodoEdit":
        """Return the edit with `field` not named."""
        return TodoEdit.model_construct(self.model_fields_set - {field}, **dict(self))


class NewTodo(EditableFields):
    """The fields of a todo to create. A field that was not named is empty."""

    title: Line500

    def values(self) -> dict[str, Any]:
        """Return the value of every field."""
        return {name: _normalize(name, value) for name, value in self}


def empty_fields() -> dict[str, Any]:
    """Return every editable field with its value in a todo that has nothing in it."""
    return NewTodo.model_construct(title="").values()


@dataclass(frozen=True)
class Placement:
    """Before or after which other todo of the list; at its end when neither is given."""

    before_id: TodoId | None = None
    after_id: TodoId | None = None

    def __post_init__(self) -> None:
        if self.before_id is not None and self.after_id is not None:
            raise Invalid.field("after_id", "one_of", "Give before_id or after_id, not both.")


@cache
def _defaults(model: type[EditableFields]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, field.default) for name, field in model.model_fields.items())


_SETS = ("assignees", "labels")


def _normalize(name: str, value: Any) -> Any:
    if value is None:
        # A new value each time: a list or dict that todos shared could be changed in place.
        return empty_value(name)
    return sorted(set(value)) if name in _SETS else value
