"""Create, edit and delete the labels of a list. Edits of todos attach them."""

from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.events import LabelCreated, LabelDeleted, LabelEdited
from shared.contract.shapes import Colour, LabelShape
from shared.errors import Conflict, NotFound
from shared.ids import LabelId, ListId, list_stream, new_id
from shared.labels.queries import read_label
from shared.languages.texts import message
from shared.tables.labels import LabelRow
from shared.tables.todos import TodoLabelRow
from shared.text import name_key
from shared.unit_of_work import UnitOfWork

# The snapshot of a list carries them all, and a user cannot tell more apart.
MAX_LABELS_PER_LIST = 200
# A deleted label that more todos had is not restored: each of them gets an event, in one transaction.
MAX_RESTORED_TODOS = 200


@dataclass(frozen=True)
class LabelEdit:
    """The fields to change; None leaves a field as it is."""

    name: str | None = None
    colour: Colour | None = None


async def create_label(
    work: UnitOfWork,
    actor: Actor,
    list_id: ListId,
    name: str,
    colour: Colour = Colour.GREY,
    *,
    label_id: LabelId | None = None,
) -> LabelShape:
    """Add a label to the list, with a new id unless it comes back after its deletion.

    Raise Conflict `label_exists` or `too_many_labels`.
    """
    await gate.authorize_write(work, actor, list_id, Action.EDIT_LABELS)
    count = select(func.count()).where(LabelRow.list_id == list_id)
    if (await work.connection.execute(count)).scalar_one() >= MAX_LABELS_PER_LIST:
        raise Conflict(
            message("A list can have at most {limit} labels.", limit=MAX_LABELS_PER_LIST),
            code="too_many_labels",
        )
    await _require_unique_name(work, list_id, name)
    shape = LabelShape(id=label_id or new_id(), list_id=list_id, name=name, colour=colour)
    await work.connection.execute(
        insert(LabelRow).values(
            id=shape.id,
            list_id=list_id,
            name=name,
            name_key=name_key(name),
            colour=colour.value,
            created_at=work.now,
        )
    )
    work.record(list_stream(list_id), LabelCreated(label=shape), actor)
    return shape


async def edit_label(
    work: UnitOfWork, actor: Actor, list_id: ListId, label_id: LabelId, edit: LabelEdit
) -> LabelShape:
    """Change the label, on all its todos too. Raise Conflict `label_exists`."""
    await gate.authorize_write(work, actor, list_id, Action.EDIT_LABELS)
    before = await _load_label(work, list_id, label_id)
    after = LabelShape(
        id=before.id,
        list_id=list_id,
        name=before.name if edit.name is None else edit.name,
        colour=before.colour if edit.colour is None else edit.colour,
    )
    if after == before:
        return before
    await _require_unique_name(work, list_id, after.name, except_for=label_id)
    await work.connection.execute(
        update(LabelRow)
        .where(LabelRow.id == label_id)
        .values(name=after.name, name_key=name_key(after.name), colour=after.colour.value)
    )
    previous = before.model_dump(mode="json", include={"name", "colour"})
    work.record(list_stream(list_id), LabelEdited(label=after), actor, context={"before": previous})
    return after


async def delete_label(work: UnitOfWork, actor: Actor, list_id: ListId, label_id: LabelId) -> None:
    """Delete the label and remove it from every todo.

    The todos keep their versions: clients remove the label from them at the event label.deleted.
    """
    await gate.authorize_write(work, actor, list_id, Action.EDIT_LABELS)
    label = await _load_label(work, list_id, label_id)
    carriers = await work.connection.scalars(
        delete(TodoLabelRow)
        .where(TodoLabelRow.label_id == label_id)
        .returning(TodoLabelRow.todo_id)
    )
    context = label.model_dump(mode="json", include={"name", "colour"})
    context["todo_ids"] = sorted(carriers)[: MAX_RESTORED_TODOS + 1]
    await work.connection.execute(delete(LabelRow).where(LabelRow.id == label_id))
    work.record(list_stream(list_id), LabelDeleted(label_id=label_id), actor, context=context)


async def _load_label(work: UnitOfWork, list_id: ListId, label_id: LabelId) -> LabelShape:
    label = await read_label(work, list_id, label_id)
    if label is None:
        raise NotFound
    return label


async def _require_unique_name(
    work: UnitOfWork, list_id: ListId, name: str, *, except_for: LabelId | None = None
) -> None:
    same = select(LabelRow.id).where(
        LabelRow.list_id == list_id, LabelRow.name_key == name_key(name)
    )
    found = await work.connection.scalar(same)
    if found is not None and found != except_for:
        raise Conflict("This list has a label of that name already.", code="label_exists")
