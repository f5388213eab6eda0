"""Writes of comments. They leave the todo's version alone: a comment is no edit of it."""

from sqlalchemy import delete, insert, select, update

from shared.access.policy import Action
from shared.actor import Actor
from shared.comments import queries, rules
from shared.comments.rules import COMMENTS_A_TODO
from shared.contract.events import CommentAdded, CommentDeleted, CommentEdited
from shared.contract.shapes import CommentShape, TodoShape
from shared.errors import Conflict, Forbidden, NotFound
from shared.ids import CommentId, ListId, TodoId, list_stream, new_id
from shared.notifications.commands import notify
from shared.tables.comments import CommentRow
from shared.tables.members import MemberRow
from shared.tables.todos import TodoRow
from shared.todos.commands.loading import load_todo_for_write, require_live
from shared.unit_of_work import ReadTransaction, UnitOfWork


async def add_comment(work: UnitOfWork, actor: Actor, todo_id: TodoId, body: str) -> CommentShape:
    """The comment is under the todo, which counts one more."""
    _, todo = await load_todo_for_write(work, actor, todo_id, Action.WRITE_COMMENT)
    require_live([todo])
    if todo.comment_count >= COMMENTS_A_TODO:
        raise Conflict(f"A todo has at most {COMMENTS_A_TODO} comments.", code="too_many_comments")
    comment_id = CommentId(new_id())
    await work.connection.execute(
        insert(CommentRow).values(
            id=comment_id,
            todo_id=todo_id,
            author_id=actor.user_id,
            body=body,
            mentions=await _mentions(work, todo, body),
            created_at=work.now,
        )
    )
    count = await _count(work, todo, 1)
    comment = await _reread(work, todo_id, comment_id)
    event = CommentAdded(comment=comment, comment_count=count)
    work.record(list_stream(ListId(todo.list_id)), event, actor)
    others = await queries.people_around(work, todo)
    await notify(work, actor, rules.notices_of(comment, todo, others, comment.mentions))
    return comment


async def edit_comment(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, comment_id: CommentId, body: str
) -> CommentShape:
    """The actor's own comment says this. Somebody else's: Forbidden, even to owners."""
    _, todo = await load_todo_for_write(work, actor, todo_id, Action.WRITE_COMMENT)
    require_live([todo])
    comment = await _reread(work, todo_id, comment_id)
    if not _is_by(comment, actor):
        raise Forbidden("Only its author can edit a comment.")
    if comment.body == body:
        return comment
    mentions = await _mentions(work, todo, body)
    await work.connection.execute(
        update(CommentRow)
        .where(CommentRow.id == comment_id)
        .values(body=body, mentions=mentions, edited_at=work.now)
    )
    changes = {"body": body, "mentions": mentions, "edited_at": work.now}
    edited = comment.model_copy(update=changes)
    work.record(list_stream(ListId(todo.list_id)), CommentEdited(comment=edited), actor)
    added = [one for one in mentions if one not in comment.mentions]
    await notify(work, actor, rules.notices_of(edited, todo, (), added))
    return edited


async def delete_comment(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, comment_id: CommentId
) -> None:
    """The comment is gone: the actor's own, or as an owner anybody's."""
    entry, todo = await load_todo_for_write(work, actor, todo_id, Action.WRITE_COMMENT)
    require_live([todo])
    comment = await _reread(work, todo_id, comment_id)
    if not _is_by(comment, actor) and not entry.may(Action.MODERATE_COMMENT):
        raise Forbidden("Only its author, or an owner of the list, can delete a comment.")
    await work.connection.execute(delete(CommentRow).where(CommentRow.id == comment_id))
    count = await _count(work, todo, -1)
    event = CommentDeleted(comment_id=comment_id, todo_id=todo_id, comment_count=count)
    work.record(list_stream(ListId(todo.list_id)), event, actor)


async def _mentions(read: ReadTransaction, todo: TodoShape, body: str) -> list[str]:
    named = rules.mentioned(body)
    if not named:
        return []
    members = await read.connection.scalars(
        select(MemberRow.user_id).where(
            MemberRow.list_id == todo.list_id, MemberRow.user_id.in_(named)
        )
    )
    return rules.mentions_of(body, set(members))


async def _count(work: UnitOfWork, todo: TodoShape, by: int) -> int:
    count = todo.comment_count + by
    await work.connection.execute(
        update(TodoRow).where(TodoRow.id == todo.id).values(comment_count=count)
    )
    return count


async def _reread(read: ReadTransaction, todo_id: TodoId, comment_id: CommentId) -> CommentShape:
    comment = await queries.read_comment(read, todo_id, comment_id)
    if comment is None:
        raise NotFound
    return comment


def _is_by(comment: CommentShape, actor: Actor) -> bool:
    return comment.author is not None and comment.author.id == actor.user_id
