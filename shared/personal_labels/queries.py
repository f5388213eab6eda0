"""Read the personal labels of a user, and the todos that have them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.own_lists.colours import Colour
from shared.contract.own_lists.personal_labels import LabelledTodo, PersonalLabelShape
from shared.ids import PersonalLabelId, UserId
from shared.tables.labels import PersonalLabelRow, TodoPersonalLabelRow
from shared.unit_of_work import ReadTransaction

_LABELS = select(
    PersonalLabelRow.id, PersonalLabelRow.name, PersonalLabelRow.name_key, PersonalLabelRow.colour
)


async def read_personal_labels(
    read: ReadTransaction, actor: Actor
) -> tuple[PersonalLabelShape, ...]:
    """Return the actor's labels in alphabetical order, in one statement."""
    of_actor = _LABELS.where(PersonalLabelRow.user_id == actor.user_id)
    rows = (await read.connection.execute(of_actor)).all()
    # Sorted here: the two databases do not sort text alike.
    return tuple(_shape_of(row) for row in sorted(rows, key=lambda row: (row.name_key, row.id)))


async def read_personal_label(
    read: ReadTransaction, user_id: UserId, label_id: PersonalLabelId
) -> PersonalLabelShape | None:
    """Return a label of the user; None when the user has no such label."""
    one = _LABELS.where(PersonalLabelRow.user_id == user_id, PersonalLabelRow.id == label_id)
    row = (await read.connection.execute(one)).one_or_none()
    return None if row is None else _shape_of(row)


async def read_labelled_todos(read: ReadTransaction, actor: Actor) -> list[LabelledTodo]:
    """Return the todos that have labels of the actor, also those in the trash, in one statement."""
    gate.reader(actor, Action.READ_LIST)
    rows = await read.connection.execute(
        select(TodoPersonalLabelRow.todo_id, TodoPersonalLabelRow.label_id).where(
            TodoPersonalLabelRow.user_id == actor.user_id
        )
    )
    return labelled_todos((row.todo_id, row.label_id) for row in rows)


def labelled_todos(pairs: Iterable[tuple[str, str]]) -> list[LabelledTodo]:
    """Return the shapes of pairs of a todo and a label, sorted by the ids."""
    labels: dict[str, list[str]] = {}
    for todo_id, label_id in sorted(pairs):
        labels.setdefault(todo_id, []).append(label_id)
    return [LabelledTodo(todo_id=todo_id, personal_labels=ids) for todo_id, ids in labels.items()]


def _shape_of(row: Row[*tuple[Any, ...]]) -> PersonalLabelShape:
    return PersonalLabelShape(id=row.id, name=row.name, colour=Colour(row.colour))
