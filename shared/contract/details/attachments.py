"""Attachments as clients see them."""

from pydantic import Field

from shared.contract.base import Instant, Shape
from shared.contract.shapes import UserShape


class AttachmentShape(Shape):
    """A file that is attached to a todo. Its bytes: `GET /attachments/{id}/content`."""

    id: str
    todo_id: str
    uploader: UserShape | None = Field(description="Null when the account was deleted.")
    name: str = Field(description="As the user called the file. Never a path.")
    media_type: str = Field(
        description="Found in the content: `application/octet-stream` for what a browser could run."
    )
    size_bytes: int
    width: int | None = Field(description="Of a picture with a thumbnail, in pixels.")
    height: int | None
    has_thumbnail: bool
    created_at: Instant
