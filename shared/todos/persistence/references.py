"""Whether what a todo points at belongs to its list: assignees, labels, parent. Raises Invalid.

An id from elsewhere is refused exactly like one that does not exist.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select

from shared.contract.shapes import TodoShape
from shared.errors import Invalid
from shared.ids import LabelId, TodoId, UserId
from shared.tables.labels import LabelRow
from shared.tables.members import MemberRow
from shared.tables.todos import TodoRow
from shared.todos.rules.todo_rules import SUBTASKS_A_TODO
from shared.unit_of_work import ReadTransaction


async def check_assignees(
    read: ReadTransaction, lists: Collection[str], people: Sequence[UserId]
) -> None:
    """All are members of each of the lists."""
    if not people:
        return
    wanted = len(set(people)) * len(lists)
    found = await read.connection.scalar(
        select(func.count())
        .select_from(MemberRow)
        .where(MemberRow.list_id.in_(lists), MemberRow.user_id.in_(people))
    )
    if found != wanted:
        raise Invalid.field(
            "assignees", "not_a_member", "Only members of the list can be assigned."
        )


async def check_labels(
    read: ReadTransaction, lists: Collection[str], labels: Sequence[LabelId]
) -> None:
    """All are labels of the list; of several lists none can be."""
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


async def check_new_parent(read: ReadTransaction, list_id: str, parent_id: TodoId) -> None:
    """A new todo of the list may become a subtask of that one."""
    await _check_parent(read, [list_id], parent_id, 1)


async def check_parent(
    read: ReadTransaction, todos: Sequence[TodoShape], parent_id: TodoId
) -> None:
    """These todos may become subtasks of that one: same list, one level deep, no cycle."""
    joining = [todo for todo in todos if todo.parent_id != parent_id]
    if not joining:
        return
    ids = [todo.id for todo in joining]
    await _check_parent(read, {todo.list_id for todo in joining}, parent_id, len(joining))
    children = await read.connection.scalar(
        select(TodoRow.id).where(TodoRow.parent_id.in_(ids), TodoRow.deleted_at.is_(None)).limit(1)
    )
    if parent_id in ids or children is not None:
        raise _bad_parent("too_deep", "A todo with subtasks cannot become a subtask.")


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
        raise _bad_parent("unknown_parent", "The parent must be a todo of the same list.")
    if parent.parent_id is not None:
        raise _bad_parent("too_deep", "Subtasks are one level deep.")
    present = await read.connection.scalar(
        select(func.count()).select_from(TodoRow).where(TodoRow.parent_id == parent_id)
    )
    if (present or 0) + joining > SUBTASKS_A_TODO:
        raise _bad_parent("too_many", f"A todo has at most {SUBTASKS_A_TODO} subtasks.")


def _bad_parent(code: str, message: str) -> Invalid:
    return Invalid.field("parent_id", code, message)
