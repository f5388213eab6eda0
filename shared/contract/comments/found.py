"""Shapes of what a search finds."""

from pydantic import Field

from shared.contract.base import Shape
from shared.contract.shapes import TodoStatus


class FoundShape(Shape):
    """A todo whose title or description has the words, or one of its comments that has them."""

    todo_id: str
    list_id: str
    title: str = Field(description="Of the todo.")
    status: TodoStatus
    comment_id: str | None = Field(description="null: the todo itself was found.")
    snippet: str | None = Field(
        description="Of a comment: the part around the words, in one line. `@…` is a mention."
    )


class SearchShape(Shape):
    items: list[FoundShape]
    is_approximate: bool = Field(
        description="true: nothing has the words as they were sent; these have one typo in a word."
    )
