"""Read comments with their authors, in one statement."""

from typing import Any

from sqlalchemy import Row, func, or_, select

from shared.contract.shapes import CommentShape, TodoShape, UserShape
from shared.ids import CommentId, TodoId
from shared.tables.accounts import UserRow
from shared.tables.comments import CommentRow
from shared.tables.members import MemberRow
from shared.unit_of_work import ReadTransaction

_COMMENTS = select(
    CommentRow.id,
    CommentRow.todo_id,
    CommentRow.author_id,
    CommentRow.body,
    CommentRow.mentions,
    CommentRow.created_at,
    CommentRow.edited_at,
    UserRow.name,
    UserRow.avatar_url,
).outerjoin(UserRow, UserRow.id == CommentRow.author_id)


def _shape_of(row: Row[*tuple[Any, ...]]) -> CommentShape:
    author = None
    if row.author_id is not None:
        author = UserShape(id=row.author_id, name=row.name, avatar_url=row.avatar_url)
    return CommentShape(
        id=row.id,
        todo_id=row.todo_id,
        author=author,
        body=row.body,
        mentions=row.mentions,
        created_at=row.created_at,
        edited_at=row.edited_at,
    )


async def read_comments(
    read: ReadTransaction, todo_id: TodoId, after: CommentId | None, limit: int
) -> tuple[list[CommentShape], int]:
    """Return a todo's comments after the given one, oldest first, and the number of all comments."""
    of_todo = CommentRow.todo_id == todo_id
    total = await read.connection.scalar(
        select(func.count()).select_from(CommentRow).where(of_todo)
    )
    statement = _COMMENTS.where(of_todo).order_by(CommentRow.id).limit(limit)
    if after is not None:
        statement = statement.where(CommentRow.id > after)
    rows = await read.connection.execute(statement)
    return [_shape_of(row) for row in rows], total or 0


async def read_comment(
    read: ReadTransaction, todo_id: TodoId, comment_id: CommentId
) -> CommentShape | None:
    """Return the comment; None when the todo has no such comment."""
    row = (
        await read.connection.execute(
            _COMMENTS.where(CommentRow.id == comment_id, CommentRow.todo_id == todo_id)
        )
    ).one_or_none()
    return None if row is None else _shape_of(row)


async def read_concerned_members(read: ReadTransaction, todo: TodoShape) -> list[str]:
    """Return the ids of the members who created the todo, are assigned to it or commented on it."""
    commenters = select(CommentRow.author_id).where(CommentRow.todo_id == todo.id)
    known = [*todo.assignees, *([todo.created_by] if todo.created_by else [])]
    members = await read.connection.scalars(
        select(MemberRow.user_id)
        .where(
            MemberRow.list_id == todo.list_id,
            or_(MemberRow.user_id.in_(known), MemberRow.user_id.in_(commenters)),
        )
        .order_by(MemberRow.user_id)
    )
    return list(members)
