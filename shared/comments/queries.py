"""Read comments with their authors, in one statement."""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Integer, Row, bindparam, func, or_, select

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.comments.shapes import (
    CommentShape,
    CommentVersionShape,
    CommentVersionsShape,
    ReactionShape,
)
from shared.contract.shapes import TodoShape, UserShape
from shared.database.json_text import as_text, json_array, json_object, octets
from shared.errors import NotFound
from shared.ids import CommentId, TodoId
from shared.lists.list_members import IS_NO_GUEST
from shared.tables.accounts import UserRow
from shared.tables.comments import CommentReactionRow, CommentRow, CommentVersionRow
from shared.tables.members import MemberRow
from shared.unit_of_work import ReadTransaction

# As a page of todos (api/http/large_answers.py): 100 comments of four-byte characters have 4 MB.
MAX_PAGE_BYTES = 1024 * 1024

_REACTIONS = (
    select(
        json_array(
            json_object(
                {
                    "emoji": CommentReactionRow.emoji,
                    "user_id": CommentReactionRow.user_id,
                    "at": CommentReactionRow.created_at,
                }
            ),
            CommentReactionRow.created_at,
        )
    )
    .where(CommentReactionRow.comment_id == CommentRow.id)
    .correlate(CommentRow)
    .scalar_subquery()
)
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
    as_text(_REACTIONS).label("reactions"),
).outerjoin(UserRow, UserRow.id == CommentRow.author_id)


_OF_TODO = CommentRow.todo_id == gate.TODO_ID
_PAGE = (
    _COMMENTS.where(_OF_TODO, CommentRow.id > bindparam("after"))
    .order_by(CommentRow.id)
    .limit(bindparam("look_ahead", type_=Integer))
    .subquery()
)
_SIZE = octets(_PAGE.c.body) + func.coalesce(octets(_PAGE.c.reactions), 0)
_SIZED = select(
    _PAGE,
    (func.sum(_SIZE).over(order_by=_PAGE.c.id) - _SIZE).label("before"),
    func.count().over().label("found"),
).subquery()
_FITTING = (
    select(_SIZED)
    .where(_SIZED.c.before < MAX_PAGE_BYTES)
    .order_by(_SIZED.c.id)
    .limit(bindparam("limit", type_=Integer))
    .subquery("comment")
)
_VERSIONS = (
    select(CommentVersionRow.number, CommentVersionRow.body, CommentVersionRow.written_at)
    .join(CommentRow, CommentRow.id == CommentVersionRow.comment_id)
    .where(CommentRow.id == bindparam("comment_id", type_=CommentRow.id.type), _OF_TODO)
    .subquery("version")
)
_IS_COMMENT = (
    select(CommentRow.id)
    .where(CommentRow.id == bindparam("comment_id", type_=CommentRow.id.type), _OF_TODO)
    .scalar_subquery()
)
_VERSIONS_FOR_MEMBER = gate.select_for_member_of_todo(
    _VERSIONS, _IS_COMMENT.label("comment_id")
).order_by(_VERSIONS.c.number)
_COMMENTS_FOR_MEMBER = gate.select_for_member_of_todo(
    _FITTING, select(func.count()).where(_OF_TODO).scalar_subquery().label("total")
).order_by(_FITTING.c.id)


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
        reactions=_reactions_of(row.reactions),
        created_at=row.created_at,
        edited_at=row.edited_at,
    )


def _reactions_of(text: str | None) -> list[ReactionShape]:
    """Group the reactions that the database returned as a JSON array, in the order of their instants."""
    by_emoji: dict[str, list[str]] = {}
    # SQLite cannot sort inside the aggregate.
    for each in sorted(orjson.loads(text or "[]"), key=lambda each: (each["at"], each["user_id"])):
        by_emoji.setdefault(each["emoji"], []).append(each["user_id"])
    return [ReactionShape(emoji=emoji, user_ids=users) for emoji, users in by_emoji.items()]


@dataclass(frozen=True)
class CommentPage:
    """Comments, the number of all comments of the todo, and whether more follow on another page."""

    comments: list[CommentShape]
    total: int
    has_more: bool


async def read_comments(
    read: ReadTransaction, actor: Actor, todo_id: TodoId, after: CommentId | None, limit: int
) -> CommentPage:
    """Return at most `limit` comments of a todo after the given one, oldest first, in one statement.

    They have about MAX_PAGE_BYTES: the page ends with the first comment that reaches it. Raise NotFound
    when the actor may not read them.
    """
    values = gate.reader(actor, Action.READ_COMMENTS) | {
        "todo_id": todo_id, "after": after or "", "limit": limit, "look_ahead": limit + 1,
    }  # fmt: skip
    rows = (await read.connection.execute(_COMMENTS_FOR_MEMBER, values)).all()
    gate.authorize_rows(rows, Action.READ_COMMENTS)
    found = [row for row in rows if row.id is not None]
    has_more = bool(found) and found[0].found > len(found)
    return CommentPage([_shape_of(row) for row in found], rows[0].total, has_more)


async def load_comment(
    read: ReadTransaction, todo_id: TodoId, comment_id: CommentId
) -> CommentShape:
    """Return the comment. Raise NotFound when the todo has no such comment."""
    rows = await read.connection.execute(
        _COMMENTS.where(CommentRow.id == comment_id, CommentRow.todo_id == todo_id)
    )
    row = rows.one_or_none()
    if row is None:
        raise NotFound
    return _shape_of(row)


async def read_versions(
    read: ReadTransaction, actor: Actor, todo_id: TodoId, comment_id: CommentId
) -> CommentVersionsShape:
    """Return the earlier texts of a comment, in one statement.

    Raise NotFound, and Forbidden for a guest: they are part of what was done before.
    """
    values = gate.reader(actor, Action.READ_ACTIVITY) | {
        "todo_id": todo_id, "comment_id": comment_id,
    }  # fmt: skip
    rows = (await read.connection.execute(_VERSIONS_FOR_MEMBER, values)).all()
    gate.authorize_rows(rows, Action.READ_ACTIVITY)
    if rows[0].comment_id is None:
        raise NotFound
    return CommentVersionsShape(
        items=[
            CommentVersionShape(body=row.body, written_at=row.written_at)
            for row in rows
            if row.number is not None
        ]
    )


async def read_concerned_members(read: ReadTransaction, todo: TodoShape) -> list[str]:
    """Return the ids of the members who created the todo, are assigned to it or commented on it."""
    commenters = select(CommentRow.author_id).where(CommentRow.todo_id == todo.id)
    known = [*todo.assignees, *([todo.created_by] if todo.created_by else [])]
    members = await read.connection.scalars(
        select(MemberRow.user_id)
        .where(
            MemberRow.list_id == todo.list_id,
            IS_NO_GUEST,
            or_(MemberRow.user_id.in_(known), MemberRow.user_id.in_(commenters)),
        )
        .order_by(MemberRow.user_id)
    )
    return list(members)
