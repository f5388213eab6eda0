"""Check that the assignees, labels and parent of a todo belong to its list. Raise Invalid.

The id of something outside the list is refused exactly like an id that does not exist.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select

from shared.contract.shapes import TodoShape
from shared.errors import Invalid
from shared.ids import LabelId, TodoId, UserId
from shared.languages.texts import message
from shared.lists.list_members import IS_NO_GUEST
from shared.tables.labels import LabelRow
from shared.tables.members import MemberRow
from shared.tables.todos import TodoRow
from shared.todos.rules.todo_rules import MAX_SUBTASKS_PER_TODO
from shared.unit_of_work import ReadTransaction


async def check_assignees(
    read: ReadTransaction, lists: Collection[str], user_ids: Sequence[UserId]
) -> None:
    """Raise Invalid unless all are members of each list."""
    if not user_ids:
        return
    expected = len(set(user_ids)) * len(lists)
    found = await read.connection.scalar(
        select(func.count())
        .select_from(MemberRow)
        .where(MemberRow.list_id.in_(lists), MemberRow.user_id.in_(user_ids), IS_NO_GUEST)
    )
    if found != expected:
        raise Invalid.field(
            "assignees", "not_a_member", "Only members of the list can be assigned."
        )


async def check_labels(
    read: ReadTransaction, lists: Collection[str], labels: Sequence[LabelId]
) -> None:
    """Raise Invalid unless all are labels of the one list: no label belongs to several lists."""
    if not labels:
        return
    found = await read.connection.scalar(
        select(func.count())
        .select_from(LabelRow)
        .where(LabelRow.list_id.in_(lists), LabelRow.id.in_(labels))
    )
    if found != len(set(labels)) or len(lists) != 1:
        raise Invalid.field(
            "labels", "unknown_label", "Every label must be one of the todo's list."
        )


async def check_new_parent(
    read: ReadTransaction, list_id: str, parent_id: TodoId, joining: int
) -> None:
    """Raise Invalid unless `joining` new todos of the list may become subtasks of `parent_id`."""
    await _check_parent(read, [list_id], parent_id, joining)


async def check_parent(
    read: ReadTransaction, todos: Sequence[TodoShape], parent_id: TodoId
) -> None:
    """Raise Invalid unless the todos may become subtasks of `parent_id`.

    The parent must be in the same list and at the top level, and form no cycle with them.
    """
    joining = [todo for todo in todos if todo.parent_id != parent_id]
    if not joining:
        return
    ids = [todo.id for todo in joining]
    await _check_parent(read, {todo.list_id for todo in joining}, parent_id, len(joining))
    children = await read.connection.scalar(
        select(TodoRow.id).where(TodoRow.parent_id.in_(ids), TodoRow.deleted_at.is_(None)).limit(1)
    )
    if parent_id in ids or children is not None:
        raise _invalid_parent("too_deep", "A todo with subtasks cannot become a subtask.")


async def _check_parent(
    read: ReadTransaction, lists: Collection[str], parent_id: TodoId, joining: int
) -> None:
    parent = (
        await read.connection.execute(
            select(TodoRow.list_id, TodoRow.parent_id).where(
                TodoRow.id == parent_id, TodoRow.deleted_at.is_(None)
            )
        )
    ).one_or_none()
    if parent is None or set(lists) != {parent.list_id}:
        raise _invalid_parent("unknown_parent", "The parent must be a todo of the same list.")
    if parent.parent_id is not None:
        raise _invalid_parent("too_deep", "Subtasks are one level deep.")
    current = await read.connection.scalar(
        select(func.count()).select_from(TodoRow).where(TodoRow.parent_id == parent_id)
    )
    if (current or 0) + joining > MAX_SUBTASKS_PER_TODO:
        raise _invalid_parent(
            "too_many", message("A todo has at most {limit} subtasks.", limit=MAX_SUBTASKS_PER_TODO)
        )


def _invalid_parent(code: str, detail: str) -> Invalid:
    return Invalid.field("parent_id", code, detail)
