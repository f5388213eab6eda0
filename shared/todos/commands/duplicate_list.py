"""Duplicate a list with its labels and open todos, for one user."""

from sqlalchemy import func, insert, select

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.shapes import MyListShape
from shared.database.json_text import octets
from shared.errors import Invalid
from shared.ids import ListId, new_id
from shared.lists.commands import create_list
from shared.lists.queries import read_my_list
from shared.lists.ranks import ranks_between
from shared.tables.labels import LabelRow
from shared.tables.todos import TodoRow
from shared.todos.commands.duplicate import copies_of, open_todos
from shared.todos.persistence import mail_marks, rows
from shared.todos.queries import shapes
from shared.unit_of_work import UnitOfWork

# Of descriptions and metadata, which have no other bound together: all of it is in memory at once, and in
# one transaction. With the rate limit of copies (api/http/rate_limits.py) 640 MiB an hour for an account.
MAX_COPIED_BYTES = 8 * 1024 * 1024


async def duplicate_list(work: UnitOfWork, actor: Actor, list_id: ListId, name: str) -> MyListShape:
    """Create a list of the actor with the labels and open todos of another one, and return it.

    Left out are members, finished todos, comments and reminders; todos are assigned to nobody but the
    actor. Raise NotFound, Forbidden, Conflict `too_many_lists`, Invalid `list_too_large`.

    The stream of the new list has no event of its todos: nobody has read it before.
    """
    await gate.authorize_read(work, actor, list_id, Action.READ_LIST)
    source = await read_my_list(work, actor.user_id, list_id)
    chosen = open_todos(TodoRow.list_id == list_id)
    texts = octets(TodoRow.description) + octets(TodoRow.extra)
    size = select(func.coalesce(func.sum(texts), 0)).where(*chosen)
    if (await work.connection.scalar(size) or 0) > MAX_COPIED_BYTES:
        raise Invalid(
            "The descriptions and metadata of this list are too large to copy.",
            code="list_too_large",
        )

    async def fill(new_list: ListId) -> None:
        labels = await _copy_labels(work, list_id, new_list)
        await _copy_todos(work, actor, list_id, new_list, labels)

    return await create_list(work, actor, name, source.colour, source.icon, fill=fill)


async def _copy_labels(work: UnitOfWork, source: ListId, target: ListId) -> dict[str, str]:
    """Return the copy of each label, by id."""
    found = await work.connection.execute(
        select(LabelRow.id, LabelRow.name, LabelRow.name_key, LabelRow.colour).where(
            LabelRow.list_id == source
        )
    )
    labels = found.all()
    copies = {label.id: str(new_id()) for label in labels}
    values = [
        {
            "id": copies[label.id],
            "list_id": target,
            "name": label.name,
            "name_key": label.name_key,
            "colour": label.colour,
            "created_at": work.now,
        }
        for label in labels
    ]
    if values:
        await work.connection.execute(insert(LabelRow), values)
    return copies


async def _copy_todos(
    work: UnitOfWork, actor: Actor, source: ListId, target: ListId, labels: dict[str, str]
) -> None:
    found = await work.connection.execute(
        shapes.select_shapes()
        .where(*open_todos(TodoRow.list_id == source))
        .order_by(TodoRow.rank, TodoRow.id)
    )
    originals = [shapes.shape_of(row) for row in found]
    ids = {todo.id for todo in originals}
    placed = [
        todo.model_copy(
            update={
                "list_id": target,
                # An open subtask of a finished todo is a todo of its own in the copy.
                "parent_id": todo.parent_id if todo.parent_id in ids else None,
                "assignees": [user for user in todo.assignees if user == actor.user_id],
                "labels": sorted(labels[label] for label in todo.labels if label in labels),
            }
        )
        for todo in originals
    ]
    ranks = ranks_between(None, None, len(placed)) if placed else []
    copies = copies_of(placed, ranks, actor.user_id, work)
    # A parent before its subtasks, to which the foreign key refers.
    in_order = sorted(copies, key=lambda todo: todo.parent_id is not None)
    await rows.insert_todos(work, in_order)
    await mail_marks.copy_marks(work, originals, copies, TodoRow.list_id == source)
