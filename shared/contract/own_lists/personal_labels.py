"""Labels that a user keeps, and the todos that have them. Nobody else sees either."""

from pydantic import Field

from shared.contract.base import Shape
from shared.contract.own_lists.colours import Colour


class PersonalLabelShape(Shape):
    """A label of one user, for todos of any list that the user may read."""

    id: str
    name: str
    colour: Colour


class LabelledTodo(Shape):
    """The personal labels that the user put on a todo."""

    todo_id: str
    personal_labels: list[str] = Field(description="Ids, sorted. Empty: none any more.")
