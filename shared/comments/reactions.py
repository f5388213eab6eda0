"""React to comments with emoji. Who may comment may react; it notifies nobody."""

from collections.abc import Mapping

from sqlalchemy import delete, insert

from shared.access.policy import Action
from shared.actor import Actor
from shared.comments import queries, rules
from shared.comments.emoji import is_emoji
from shared.contract.comments.shapes import CommentShape, ReactionShape
from shared.contract.events import CommentReacted
from shared.contract.shapes import TodoShape
from shared.errors import Invalid
from shared.ids import CommentId, ListId, TodoId, list_stream
from shared.tables.comments import CommentReactionRow
from shared.todos.commands.loading import load_todo_for_write
from shared.unit_of_work import UnitOfWork


async def react(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, comment_id: CommentId, emoji: str
) -> CommentShape:
    """Add the actor's reaction to a comment, unless it is there.

    Raise Invalid for anything but one emoji, and Conflict `too_many_reactions`.
    """
    if not is_emoji(emoji):
        raise Invalid.field("emoji", "not_an_emoji", "A reaction is one emoji.")
    _, todo = await load_todo_for_write(work, actor, todo_id, Action.WRITE_COMMENT)
    comment = await queries.load_comment(work, todo_id, comment_id)
    reactions = rules.with_reaction(comment.reactions, emoji, actor.user_id)
    if reactions == comment.reactions:
        return comment
    row = {"comment_id": comment_id, "emoji": emoji, "user_id": actor.user_id}
    await work.connection.execute(insert(CommentReactionRow).values(row | {"created_at": work.now}))
    return _record_reactions(work, actor, todo, comment, reactions, {"after": emoji})


async def take_back_reaction(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, comment_id: CommentId, emoji: str
) -> None:
    """Remove the actor's reaction from a comment, if it is there."""
    _, todo = await load_todo_for_write(work, actor, todo_id, Action.WRITE_COMMENT)
    comment = await queries.load_comment(work, todo_id, comment_id)
    reactions = rules.without_reaction(comment.reactions, emoji, actor.user_id)
    if reactions == comment.reactions:
        return
    await work.connection.execute(
        delete(CommentReactionRow).where(
            CommentReactionRow.comment_id == comment_id,
            CommentReactionRow.emoji == emoji,
            CommentReactionRow.user_id == actor.user_id,
        )
    )
    _record_reactions(work, actor, todo, comment, reactions, {"before": emoji})


def _record_reactions(
    work: UnitOfWork,
    actor: Actor,
    todo: TodoShape,
    comment: CommentShape,
    reactions: list[ReactionShape],
    own: Mapping[str, str],
) -> CommentShape:
    """Record the reactions; `own` has the actor's reaction `before` or `after`."""
    event = CommentReacted(comment_id=comment.id, todo_id=todo.id, reactions=reactions)
    context = {name: {"reaction": own.get(name)} for name in ("before", "after")}
    work.record(list_stream(ListId(todo.list_id)), event, actor, context=context)
    return comment.model_copy(update={"reactions": reactions})
