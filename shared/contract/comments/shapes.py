"""Shapes of comments, their earlier texts and reactions to them."""

from pydantic import Field

from shared.contract.base import Instant, Shape
from shared.contract.shapes import UserShape


class ReactionShape(Shape):
    """Who reacted to a comment with one emoji, the first of them first."""

    emoji: str
    user_ids: list[str]


class CommentShape(Shape):
    id: str
    todo_id: str
    author: UserShape | None
    body: str
    mentions: list[str]
    reactions: list[ReactionShape] = Field(description="The emoji that was used first comes first.")
    created_at: Instant
    edited_at: Instant | None


class CommentVersionShape(Shape):
    """An earlier text of a comment."""

    body: str
    written_at: Instant


class CommentVersionsShape(Shape):
    """The earlier texts of a comment, the oldest first."""

    items: list[CommentVersionShape]
