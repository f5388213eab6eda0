"""Create, edit and delete personal labels, and put them on todos.

Events go to the user's own stream. Its lock orders these commands; where todos are concerned, the streams
of their lists are locked first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, delete, func, insert, select, update

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.own_lists.colours import Colour
from shared.contract.own_lists.events import (
    LabelledTodosSet,
    PersonalLabelRemoved,
    PersonalLabelSet,
)
from shared.contract.own_lists.personal_labels import LabelledTodo, PersonalLabelShape
from shared.errors import Conflict, Invalid, Moved, NotFound
from shared.ids import ListId, PersonalLabelId, TodoId, list_stream, new_id, user_stream
from shared.languages.texts import message
from shared.personal_labels.queries import labelled_todos, read_personal_label
from shared.tables.labels import PersonalLabelRow, TodoPersonalLabelRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.todos import TodoRow
from shared.text import name_key
from shared.unit_of_work import UnitOfWork

# The snapshot of an account carries all labels, and which of them are on which todos.
MAX_LABELS_PER_USER = 100
MAX_LABELS_PER_TODO = 10
MAX_LABELS_ON_TODOS = 2_000
# Each todo of a request is authorized in one transaction.
MAX_TODOS_PER_REQUEST = 100

_TODOS_WITH_ROLES = (
    select(
        TodoRow.id,
        TodoRow.list_id,
        TodoRow.deleted_at,
        MemberRow.role,
        ListRow.deleted_at.is_not(None).label("list_in_trash"),
    )
    .join(ListRow, ListRow.id == TodoRow.list_id)
    .join(MemberRow, and_(MemberRow.list_id == TodoRow.list_id, gate.IS_READER))
    .where(TodoRow.id.in_(bindparam("todo_ids", expanding=True)))
)


@dataclass(frozen=True)
class PersonalLabelEdit:
    """The fields to change; None leaves a field as it is."""

    name: str | None = None
    colour: Colour | None = None


async def create_personal_label(
    work: UnitOfWork, actor: Actor, name: str, colour: Colour = Colour.GREY
) -> PersonalLabelShape:
    """Add a label of the actor. Raise Forbidden, Conflict `label_exists` or `too_many_labels`."""
    await _lock_own_stream(work, actor)
    count = select(func.count()).where(PersonalLabelRow.user_id == actor.user_id)
    if (await work.connection.execute(count)).scalar_one() >= MAX_LABELS_PER_USER:
        raise Conflict(
            message("You can have at most {limit} labels of your own.", limit=MAX_LABELS_PER_USER),
            code="too_many_labels",
        )
    await _require_unique_name(work, actor, name)
    label = PersonalLabelShape(id=new_id(), name=name, colour=colour)
    values = {"id": label.id, "user_id": actor.user_id, **_values(label)}
    await work.connection.execute(insert(PersonalLabelRow).values(values))
    work.record(user_stream(actor.user_id), PersonalLabelSet(label=label), actor)
    return label


async def edit_personal_label(
    work: UnitOfWork, actor: Actor, label_id: PersonalLabelId, edit: PersonalLabelEdit
) -> PersonalLabelShape:
    """Change a label of the actor. Raise Forbidden, NotFound, Conflict `label_exists`."""
    await _lock_own_stream(work, actor)
    before = await read_personal_label(work, actor.user_id, label_id)
    if before is None:
        raise NotFound
    after = PersonalLabelShape(
        id=before.id,
        name=before.name if edit.name is None else edit.name,
        colour=before.colour if edit.colour is None else edit.colour,
    )
    if after == before:
        return before
    await _require_unique_name(work, actor, after.name, except_for=label_id)
    of_label = update(PersonalLabelRow).where(PersonalLabelRow.id == label_id)
    await work.connection.execute(of_label.values(_values(after)))
    work.record(user_stream(actor.user_id), PersonalLabelSet(label=after), actor)
    return after


async def delete_personal_label(work: UnitOfWork, actor: Actor, label_id: PersonalLabelId) -> None:
    """Delete a label of the actor, also from all todos that have it. Raise Forbidden, NotFound."""
    await _lock_own_stream(work, actor)
    deleted = await work.connection.execute(
        delete(PersonalLabelRow)
        .where(PersonalLabelRow.id == label_id, PersonalLabelRow.user_id == actor.user_id)
        .returning(PersonalLabelRow.id)
    )
    if deleted.one_or_none() is None:
        raise NotFound
    work.record(user_stream(actor.user_id), PersonalLabelRemoved(label_id=label_id), actor)


async def label_todos(
    work: UnitOfWork, actor: Actor, wanted: Mapping[TodoId, Sequence[PersonalLabelId]]
) -> list[LabelledTodo]:
    """Replace the actor's labels on these todos, on all or on none, and return them.

    Raise NotFound, Forbidden, Invalid for a label that is not the actor's, Conflict `in_trash` or
    `too_many_labels`, or Moved if a todo changed its list while the transaction waited.
    """
    await work.lock_streams_of_todos(list(wanted), [])
    await _authorize_todos(work, actor, list(wanted))
    await work.lock_streams([user_stream(actor.user_id)])
    await _require_own_labels(work, actor, {each for ids in wanted.values() for each in ids})
    of_actor = TodoPersonalLabelRow.user_id == actor.user_id
    on_todos = TodoPersonalLabelRow.todo_id.in_(list(wanted))
    found = await work.connection.execute(
        select(TodoPersonalLabelRow.todo_id, TodoPersonalLabelRow.label_id).where(
            of_actor, on_todos
        )
    )
    before = {(row.todo_id, row.label_id) for row in found}
    after = {(str(todo_id), str(each)) for todo_id, ids in wanted.items() for each in ids}
    changed = {todo_id for todo_id, _ in before ^ after}
    if changed:
        await work.connection.execute(delete(TodoPersonalLabelRow).where(of_actor, on_todos))
        await _require_room(work, actor, len(after))
        values = [
            {"user_id": actor.user_id, "todo_id": todo_id, "label_id": label_id}
            for todo_id, label_id in sorted(after)
        ]
        if values:
            await work.connection.execute(insert(TodoPersonalLabelRow), values)
    shapes = {todo.todo_id: todo for todo in labelled_todos(after)}
    todos = [
        shapes.get(todo_id, LabelledTodo(todo_id=todo_id, personal_labels=[]))
        for todo_id in sorted(wanted)
    ]
    if changed:
        event = LabelledTodosSet(todos=[todo for todo in todos if todo.todo_id in changed])
        work.record(user_stream(actor.user_id), event, actor)
    return todos


async def _lock_own_stream(work: UnitOfWork, actor: Actor) -> None:
    # As for folders: an API token of some lists reaches nothing that is about all lists.
    gate.authorize_new_list(actor)
    await work.lock_streams([user_stream(actor.user_id)])


async def _authorize_todos(work: UnitOfWork, actor: Actor, todo_ids: Sequence[TodoId]) -> None:
    values = gate.reader(actor, Action.LABEL_PRIVATELY) | {"todo_ids": list(todo_ids)}
    rows = (await work.connection.execute(_TODOS_WITH_ROLES, values)).all()
    for row in rows:
        gate.authorize_row(row.role, bool(row.list_in_trash), Action.LABEL_PRIVATELY)
        if not work.has_locked(list_stream(ListId(row.list_id))):
            raise Moved
    if len(rows) < len(todo_ids):
        raise NotFound
    if any(row.deleted_at is not None for row in rows):
        raise gate.in_trash()


async def _require_own_labels(
    work: UnitOfWork, actor: Actor, label_ids: set[PersonalLabelId]
) -> None:
    if not label_ids:
        return
    own = select(func.count()).where(
        PersonalLabelRow.user_id == actor.user_id, PersonalLabelRow.id.in_(sorted(label_ids))
    )
    if await work.connection.scalar(own) != len(label_ids):
        raise Invalid.field("personal_labels", "unknown_label", "Every label must be one of yours.")


async def _require_room(work: UnitOfWork, actor: Actor, new: int) -> None:
    counted = select(func.count()).where(TodoPersonalLabelRow.user_id == actor.user_id)
    if (await work.connection.scalar(counted) or 0) + new > MAX_LABELS_ON_TODOS:
        raise Conflict(
            message(
                "Your own labels can be on todos at most {limit} times.", limit=MAX_LABELS_ON_TODOS
            ),
            code="too_many_labels",
        )


async def _require_unique_name(
    work: UnitOfWork, actor: Actor, name: str, *, except_for: PersonalLabelId | None = None
) -> None:
    same = select(PersonalLabelRow.id).where(
        PersonalLabelRow.user_id == actor.user_id, PersonalLabelRow.name_key == name_key(name)
    )
    found = await work.connection.scalar(same)
    if found is not None and found != except_for:
        raise Conflict("You have a label of that name already.", code="label_exists")


def _values(label: PersonalLabelShape) -> dict[str, str]:
    return {"name": label.name, "name_key": name_key(label.name), "colour": label.colour.value}
