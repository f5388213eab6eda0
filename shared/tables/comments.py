"""Comments on todos."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, JsonObject, Key, UtcDateTime


class CommentRow(Base):
    __tablename__ = "comments"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    todo_id: Mapped[str] = mapped_column(Key, ForeignKey("todos.id", ondelete="CASCADE"))
    author_id: Mapped[str | None] = mapped_column(Key, ForeignKey("users.id", ondelete="SET NULL"))
    body: Mapped[str] = mapped_column(Text)
    mentions: Mapped[list[Any]] = mapped_column(JsonObject, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The address that the mail claims of which the comment was made; null: no mail.
    from_mail: Mapped[str | None] = mapped_column(String(254))

    __table_args__ = (
        Index("ix_comments_todo_id", "todo_id", "id"),
        # For exports, in the order of their pages, and for the deletion of accounts.
        Index("ix_comments_author_id", "author_id", "id"),
    )
