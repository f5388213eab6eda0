"""Add, edit and delete comments. The todo keeps its version: a comment is not an edit of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from shared.access.policy import Action
from shared.actor import Actor
from shared.comments import queries, rules, versions
from shared.comments.rules import MAX_COMMENTS_PER_TODO
from shared.contract.comments.shapes import CommentShape
from shared.contract.events import CommentAdded, CommentDeleted, CommentEdited
from shared.contract.shapes import TodoShape
from shared.errors import Conflict, Forbidden
from shared.ids import CommentId, ListId, TodoId, list_stream, new_id
from shared.languages.texts import message
from shared.lists.list_members import IS_NO_GUEST
from shared.notifications.commands import notify
from shared.tables.accounts import UserRow
from shared.tables.comments import CommentRow
from shared.tables.members import MemberRow
from shared.tables.todos import TodoRow
from shared.todos.commands.loading import load_todo_for_write
from shared.unit_of_work import ReadTransaction, UnitOfWork


async def add_comment(work: UnitOfWork, actor: Actor, todo_id: TodoId, body: str) -> CommentShape:
    """Add a comment, raise the todo's comment count and notify the users it concerns.

    Raise Conflict `in_trash` or `too_many_comments`.
    """
    _, todo = await load_todo_for_write(work, actor, todo_id, Action.WRITE_COMMENT)
    if todo.comment_count >= MAX_COMMENTS_PER_TODO:
        raise _too_many()
    comment_id = CommentId(new_id())
    await work.connection.execute(
        insert(CommentRow).values(
            id=comment_id,
            todo_id=todo_id,
            author_id=actor.user_id,
            body=body,
            search_text=rules.search_text(body),
            mentions=await _read_mentions(work, todo, body),
            created_at=work.now,
        )
    )
    count = await _change_comment_count(work, todo, 1)
    comment = await queries.load_comment(work, todo_id, comment_id)
    event = CommentAdded(comment=comment, comment_count=count)
    work.record(list_stream(ListId(todo.list_id)), event, actor)
    concerned = await queries.read_concerned_members(work, todo)
    await notify(
        work, actor, rules.comment_notifications(comment, todo, concerned, comment.mentions)
    )
    return comment


async def edit_comment(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, comment_id: CommentId, body: str
) -> CommentShape:
    """Replace the text of the actor's own comment and notify the users newly mentioned.

    The earlier text is kept (shared/comments/versions.py).
    Raise Forbidden for the comment of another user, even to an owner of the list.
    """
    _, todo = await load_todo_for_write(work, actor, todo_id, Action.WRITE_COMMENT)
    comment = await queries.load_comment(work, todo_id, comment_id)
    if not _is_by(comment, actor):
        raise Forbidden("Only its author can edit a comment.")
    if comment.body == body:
        return comment
    mentions = await _read_mentions(work, todo, body)
    await versions.keep_version(work, comment)
    await work.connection.execute(
        update(CommentRow)
        .where(CommentRow.id == comment_id)
        .values(
            body=body,
            search_text=rules.search_text(body),
            mentions=mentions,
            edited_at=work.now,
        )
    )
    changes = {"body": body, "mentions": mentions, "edited_at": work.now}
    edited = comment.model_copy(update=changes)
    before = {"before": {"body": comment.body}}
    work.record(
        list_stream(ListId(todo.list_id)), CommentEdited(comment=edited), actor, context=before
    )
    added = [user_id for user_id in mentions if user_id not in comment.mentions]
    await notify(work, actor, rules.comment_notifications(edited, todo, (), added))
    return edited


async def delete_comment(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, comment_id: CommentId
) -> None:
    """Delete the actor's own comment, or any comment if the actor owns the list.

    Raise Forbidden otherwise.
    """
    authorization, todo = await load_todo_for_write(work, actor, todo_id, Action.WRITE_COMMENT)
    comment = await queries.load_comment(work, todo_id, comment_id)
    if not _is_by(comment, actor) and not authorization.may(Action.MODERATE_COMMENT):
        raise Forbidden("Only its author, or an owner of the list, can delete a comment.")
    from_mail = await work.connection.scalar(
        delete(CommentRow).where(CommentRow.id == comment_id).returning(CommentRow.from_mail)
    )
    count = await _change_comment_count(work, todo, -1)
    event = CommentDeleted(comment_id=comment_id, todo_id=todo_id, comment_count=count)
    context = _context(comment) | {"from_mail": from_mail}
    work.record(list_stream(ListId(todo.list_id)), event, actor, context=context)


async def restore_comment(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, comment_id: CommentId, deleted: dict[str, Any]
) -> None:
    """Insert a deleted comment again, with what the context of its deletion says; notify nobody.

    Raise Forbidden as for its deletion, and Conflict as for a new comment.
    """
    authorization, todo = await load_todo_for_write(work, actor, todo_id, Action.WRITE_COMMENT)
    author_id = deleted["author_id"]
    if author_id != actor.user_id and not authorization.may(Action.MODERATE_COMMENT):
        raise Forbidden("Only its author, or an owner of the list, can restore a comment.")
    if todo.comment_count >= MAX_COMMENTS_PER_TODO:
        raise _too_many()
    author = select(UserRow.id).where(UserRow.id == author_id).scalar_subquery()
    await work.connection.execute(
        insert(CommentRow).values(
            id=comment_id,
            todo_id=todo_id,
            # NULL if the account was deleted meanwhile.
            author_id=author,
            body=deleted["body"],
            search_text=rules.search_text(deleted["body"]),
            mentions=await _read_mentions(work, todo, deleted["body"]),
            created_at=datetime.fromisoformat(deleted["created_at"]),
            edited_at=deleted["edited_at"] and datetime.fromisoformat(deleted["edited_at"]),
            from_mail=deleted.get("from_mail"),
        )
    )
    count = await _change_comment_count(work, todo, 1)
    comment = await queries.load_comment(work, todo_id, comment_id)
    event = CommentAdded(comment=comment, comment_count=count)
    work.record(list_stream(ListId(todo.list_id)), event, actor)


def _context(comment: CommentShape) -> dict[str, Any]:
    """Return what it takes to restore a comment: no name, which would outlive its account."""
    fields = {"body", "created_at", "edited_at"}
    author = {"author_id": comment.author and comment.author.id}
    return comment.model_dump(mode="json", include=fields) | author


def _too_many() -> Conflict:
    return Conflict(
        message("A todo has at most {limit} comments.", limit=MAX_COMMENTS_PER_TODO),
        code="too_many_comments",
    )


async def _read_mentions(read: ReadTransaction, todo: TodoShape, body: str) -> list[str]:
    named = rules.parse_mentions(body)
    if not named:
        return []
    members = await read.connection.scalars(
        select(MemberRow.user_id).where(
            MemberRow.list_id == todo.list_id, MemberRow.user_id.in_(named), IS_NO_GUEST
        )
    )
    return rules.member_mentions(body, set(members))


async def _change_comment_count(work: UnitOfWork, todo: TodoShape, difference: int) -> int:
    count = todo.comment_count + difference
    await work.connection.execute(
        update(TodoRow).where(TodoRow.id == todo.id).values(comment_count=count)
    )
    return count


def _is_by(comment: CommentShape, actor: Actor) -> bool:
    return comment.author is not None and comment.author.id == actor.user_id
