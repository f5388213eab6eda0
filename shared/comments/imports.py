"""Add the comments of an imported file, many at once. They notify nobody: the talk is over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from shared.actor import Actor
from shared.comments import rules
from shared.comments.rules import MAX_COMMENTS_PER_TODO
from shared.contract.comments.shapes import CommentShape, ReactionShape
from shared.contract.events import CommentAdded
from shared.contract.shapes import UserShape
from shared.ids import CommentId, ListId, TodoId, UserId, list_stream, new_id
from shared.lists.list_members import IS_NO_GUEST
from shared.tables.accounts import UserRow
from shared.tables.comments import CommentReactionRow, CommentRow, CommentVersionRow
from shared.tables.members import MemberRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import ReadTransaction, UnitOfWork


@dataclass(frozen=True)
class OldComment:
    """A comment that was written earlier, somewhere else."""

    todo_id: TodoId
    body: str
    created_at: datetime
    edited_at: datetime | None
    # Texts and when they were written, the oldest first; the actor's reactions.
    earlier: Sequence[tuple[str, datetime]] = ()
    reactions: Sequence[str] = ()


async def add_old_comments(
    work: UnitOfWork, actor: Actor, list_id: ListId, comments: Sequence[OldComment]
) -> int:
    """Add comments of the actor to todos of the list; return how many found no room.

    The caller may write to the list, whose stream it has locked.
    """
    counts = await _read_counts(work, list_id, {each.todo_id for each in comments})
    author = await _read_author(work, actor.user_id)
    members = await _read_members(work, list_id, comments)
    shapes: list[CommentShape] = []
    versions: list[dict[str, Any]] = []
    # Ids of one millisecond have no order: comments are shown in that of their ids.
    for each, comment_id in zip(comments, sorted(new_id() for _ in comments), strict=True):
        count = counts.get(each.todo_id, MAX_COMMENTS_PER_TODO)
        if count >= MAX_COMMENTS_PER_TODO:
            continue
        counts[each.todo_id] = count + 1
        shape = CommentShape(
            id=CommentId(comment_id),
            todo_id=each.todo_id,
            author=author,
            body=each.body,
            mentions=rules.member_mentions(each.body, members),
            reactions=[
                ReactionShape(emoji=emoji, user_ids=[actor.user_id]) for emoji in each.reactions
            ],
            created_at=each.created_at,
            edited_at=each.edited_at,
        )
        shapes.append(shape)
        versions += [
            {"comment_id": comment_id, "number": number, "body": body, "written_at": written_at}
            for number, (body, written_at) in enumerate(each.earlier, 1)
        ]
        event = CommentAdded(comment=shape, comment_count=count + 1)
        work.record(list_stream(list_id), event, actor)
    await _save(work, actor, shapes, counts)
    if versions:
        await work.connection.execute(insert(CommentVersionRow), versions)
    return len(comments) - len(shapes)


async def _save(
    work: UnitOfWork, actor: Actor, shapes: Sequence[CommentShape], counts: Mapping[str, int]
) -> None:
    if not shapes:
        return
    left_out = {"author", "reactions"}
    rows = [
        shape.model_dump(exclude=left_out)
        | {"author_id": actor.user_id, "search_text": rules.search_text(shape.body)}
        for shape in shapes
    ]
    await work.connection.execute(insert(CommentRow), rows)
    # Their order is that of their instants.
    reactions = [
        {
            "comment_id": shape.id,
            "emoji": each.emoji,
            "user_id": actor.user_id,
            "created_at": work.now + timedelta(microseconds=number),
        }
        for shape in shapes
        for number, each in enumerate(shape.reactions)
    ]
    if reactions:
        await work.connection.execute(insert(CommentReactionRow), reactions)
    await work.connection.execute(
        update(TodoRow.__table__)  # type: ignore[arg-type]
        .where(TodoRow.id == bindparam("of_todo"))
        .values(comment_count=bindparam("count")),
        [
            {"of_todo": todo_id, "count": counts[todo_id]}
            for todo_id in dict.fromkeys(shape.todo_id for shape in shapes)
        ],
    )


async def _read_counts(
    read: ReadTransaction, list_id: ListId, todo_ids: set[TodoId]
) -> dict[str, int]:
    rows = await read.connection.execute(
        select(TodoRow.id, TodoRow.comment_count).where(
            TodoRow.id.in_(sorted(todo_ids)),
            TodoRow.list_id == list_id,
            TodoRow.deleted_at.is_(None),
        )
    )
    return {row.id: row.comment_count for row in rows}


async def _read_author(read: ReadTransaction, user_id: UserId) -> UserShape:
    rows = await read.connection.execute(
        select(UserRow.id, UserRow.name, UserRow.avatar_url).where(UserRow.id == user_id)
    )
    return UserShape(**rows.one()._asdict())


async def _read_members(
    read: ReadTransaction, list_id: ListId, comments: Sequence[OldComment]
) -> frozenset[str]:
    named = {user_id for each in comments for user_id in rules.parse_mentions(each.body)}
    if not named:
        return frozenset()
    found = await read.connection.scalars(
        select(MemberRow.user_id).where(
            MemberRow.list_id == list_id, MemberRow.user_id.in_(sorted(named)), IS_NO_GUEST
        )
    )
    return frozenset(found)
