"""Read comments with their authors, in one statement."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, or_, select

from shared.contract.shapes import CommentShape, TodoShape, UserShape
from shared.database.json_text import octets
from shared.ids import CommentId, TodoId
from shared.tables.accounts import UserRow
from shared.tables.comments import CommentRow
from shared.tables.members import MemberRow
from shared.unit_of_work import ReadTransaction

# As a page of todos (api/http/large_answers.py): 100 comments of four-byte characters have 4 MB.
MAX_PAGE_BYTES = 1024 * 1024

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


@dataclass(frozen=True)
class CommentPage:
    """Comments, the number of all comments of the todo, and whether more follow on another page."""

    comments: list[CommentShape]
    total: int
    has_more: bool


async def read_comments(
    read: ReadTransaction, todo_id: TodoId, after: CommentId | None, limit: int
) -> CommentPage:
    """Return at most `limit` comments of a todo after the given one, oldest first.

    They have about MAX_PAGE_BYTES: the page ends with the first comment that reaches it.
    """
    of_todo = CommentRow.todo_id == todo_id
    total = await read.connection.scalar(
        select(func.count()).select_from(CommentRow).where(of_todo)
    )
    statement = _COMMENTS.where(of_todo).order_by(CommentRow.id).limit(limit + 1)
    if after is not None:
        statement = statement.where(CommentRow.id > after)
    page = statement.subquery()
    size = octets(page.c.body)
    through = func.sum(size).over(order_by=page.c.id)
    sized = select(page, (through - size).label("before"), func.count().over().label("found"))
    rows = sized.subquery()
    fitting = select(rows).where(rows.c.before < MAX_PAGE_BYTES).order_by(rows.c.id).limit(limit)
    found = (await read.connection.execute(fitting)).all()
    has_more = bool(found) and found[0].found > len(found)
    return CommentPage([_shape_of(row) for row in found], total or 0, has_more)


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
