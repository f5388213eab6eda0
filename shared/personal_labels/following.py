"""Remove personal labels from todos that their users may not read any more.

Called in the transaction of the change. The caller locks the streams of the users concerned, in one call
with those of other users, after the streams of the lists. While a list's stream is locked nobody can put
another label on its todos.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, delete, select

from shared.actor import Actor
from shared.contract.own_lists.events import LabelledTodosSet
from shared.contract.own_lists.personal_labels import LabelledTodo
from shared.ids import ListId, StreamId, TodoId, UserId, user_stream
from shared.tables.labels import TodoPersonalLabelRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import ReadTransaction, UnitOfWork


def on_todos(todo_ids: Sequence[TodoId]) -> ColumnElement[bool]:
    return TodoPersonalLabelRow.todo_id.in_(todo_ids)


def in_lists(list_ids: Sequence[ListId]) -> ColumnElement[bool]:
    todo_ids = select(TodoRow.id).where(TodoRow.list_id.in_(list_ids))
    return TodoPersonalLabelRow.todo_id.in_(todo_ids)


def of_user(user_id: UserId) -> ColumnElement[bool]:
    return TodoPersonalLabelRow.user_id == user_id


def of_others_than(user_ids: Collection[UserId]) -> ColumnElement[bool]:
    return TodoPersonalLabelRow.user_id.not_in(user_ids)


async def read_labelling_streams(
    read: ReadTransaction, *conditions: ColumnElement[bool]
) -> list[StreamId]:
    """Return the own streams of the users with personal labels that meet all conditions."""
    users = select(TodoPersonalLabelRow.user_id).where(*conditions).distinct()
    return [user_stream(UserId(user_id)) for user_id in await read.connection.scalars(users)]


async def forget(work: UnitOfWork, actor: Actor | None, *conditions: ColumnElement[bool]) -> None:
    """Remove the personal labels that meet all conditions from their todos.

    The caller holds the locks of the lists, and of the streams that `read_labelling_streams` returns.
    """
    removed = await work.connection.execute(
        delete(TodoPersonalLabelRow)
        .where(*conditions)
        .returning(TodoPersonalLabelRow.user_id, TodoPersonalLabelRow.todo_id)
    )
    todo_ids: dict[UserId, set[str]] = {}
    for row in removed:
        todo_ids.setdefault(UserId(row.user_id), set()).add(row.todo_id)
    for user_id in sorted(todo_ids):
        todos = [
            LabelledTodo(todo_id=each, personal_labels=[]) for each in sorted(todo_ids[user_id])
        ]
        work.record(user_stream(user_id), LabelledTodosSet(todos=todos), actor)
