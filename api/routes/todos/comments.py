"""Comments on a todo, their earlier texts, and reactions to them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import AfterValidator, Field, StringConstraints

from api.http.command_runner import Runner
from api.http.dependencies import CurrentActor, OpenResources, PathId
from api.http.large_answers import OpenPageReader
from api.http.problems import problem_responses
from api.routes.query_types import QueryInteger
from shared.comments import commands, queries, reactions
from shared.comments.emoji import MAX_EMOJI_LENGTH
from shared.comments.rules import MAX_COMMENT_LENGTH
from shared.contract.base import Body, Id
from shared.contract.comments.shapes import CommentShape, CommentVersionsShape
from shared.contract.shapes import Page
from shared.ids import CommentId, TodoId
from shared.text import clean
from shared.unit_of_work import UnitOfWork

router = APIRouter(tags=["comments"], responses=problem_responses(401, 404, 422))
_REFUSED = problem_responses(403, 409)

_Text = Annotated[
    str,
    StringConstraints(max_length=MAX_COMMENT_LENGTH),
    AfterValidator(clean),
    StringConstraints(min_length=1),
]


class CommentBody(Body):
    body: _Text = Field(description="Plain text. `@[user_id]` mentions a member.")


@router.get(
    "/todos/{todo_id}/comments",
    response_model=Page[CommentShape],
    responses=problem_responses(429),
)
async def list_comments(
    resources: OpenResources,
    pages: OpenPageReader,
    actor: CurrentActor,
    todo_id: PathId,
    cursor: Annotated[Id | None, Query()] = None,
    limit: Annotated[QueryInteger, Query(ge=1, le=100)] = 50,
) -> Response:
    """List the comments of a todo, oldest first. A page has about 1 MiB at most."""
    after = CommentId(cursor) if cursor else None
    async with resources.single_read() as read:
        found = await queries.read_comments(read, actor, TodoId(todo_id), after, limit)
    following = found.comments[-1].id if found.has_more else None
    page = Page[CommentShape](items=found.comments, next_cursor=following, total=found.total)
    return pages.response(actor, page.model_dump_json().encode())


@router.post(
    "/todos/{todo_id}/comments", status_code=201, response_model=CommentShape, responses=_REFUSED
)
async def add_comment(runner: Runner, todo_id: PathId, body: CommentBody) -> Response:
    """Add a comment and notify the members it concerns."""

    async def add(work: UnitOfWork) -> CommentShape:
        return await commands.add_comment(work, runner.actor, TodoId(todo_id), body.body)

    return await runner.run(add, status=201)


@router.patch(
    "/todos/{todo_id}/comments/{comment_id}", response_model=CommentShape, responses=_REFUSED
)
async def edit_comment(
    runner: Runner, todo_id: PathId, comment_id: PathId, body: CommentBody
) -> Response:
    """Change your own comment."""

    async def edit(work: UnitOfWork) -> CommentShape:
        return await commands.edit_comment(
            work, runner.actor, TodoId(todo_id), CommentId(comment_id), body.body
        )

    return await runner.run(edit)


@router.delete("/todos/{todo_id}/comments/{comment_id}", status_code=204, responses=_REFUSED)
async def delete_comment(runner: Runner, todo_id: PathId, comment_id: PathId) -> Response:
    """Delete your own comment; an owner of the list may delete any."""

    async def delete(work: UnitOfWork) -> None:
        await commands.delete_comment(work, runner.actor, TodoId(todo_id), CommentId(comment_id))

    return await runner.run(delete)


@router.get(
    "/todos/{todo_id}/comments/{comment_id}/versions",
    response_model=CommentVersionsShape,
    responses=problem_responses(403, 429),
)
async def list_versions(
    resources: OpenResources,
    pages: OpenPageReader,
    actor: CurrentActor,
    todo_id: PathId,
    comment_id: PathId,
) -> Response:
    """List the earlier texts of a comment, the oldest first: the newest 50, of 256 KiB at most.

    Guests of share links do not see them, like the activity.
    """
    async with resources.single_read() as read:
        found = await queries.read_versions(read, actor, TodoId(todo_id), CommentId(comment_id))
    return pages.response(actor, found.model_dump_json().encode())


_Emoji = Annotated[str, Path(max_length=MAX_EMOJI_LENGTH, description="One emoji.")]


@router.put(
    "/todos/{todo_id}/comments/{comment_id}/reactions/{emoji}",
    response_model=CommentShape,
    responses=_REFUSED,
)
async def react(runner: Runner, todo_id: PathId, comment_id: PathId, emoji: _Emoji) -> Response:
    """React to a comment with an emoji. It stays as it is if you did already."""

    async def add(work: UnitOfWork) -> CommentShape:
        return await reactions.react(
            work, runner.actor, TodoId(todo_id), CommentId(comment_id), emoji
        )

    return await runner.run(add)


@router.delete(
    "/todos/{todo_id}/comments/{comment_id}/reactions/{emoji}", status_code=204, responses=_REFUSED
)
async def take_back_reaction(
    runner: Runner, todo_id: PathId, comment_id: PathId, emoji: _Emoji
) -> Response:
    """Take your reaction back. Without one, nothing changes."""

    async def remove(work: UnitOfWork) -> None:
        await reactions.take_back_reaction(
            work, runner.actor, TodoId(todo_id), CommentId(comment_id), emoji
        )

    return await runner.run(remove)
