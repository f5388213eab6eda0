"""Comments on todos, their earlier texts, and reactions to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, JsonObject, Key, SearchText, UtcDateTime


class CommentRow(Base):
    __tablename__ = "comments"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    todo_id: Mapped[str] = mapped_column(Key, ForeignKey("todos.id", ondelete="CASCADE"))
    author_id: Mapped[str | None] = mapped_column(Key, ForeignKey("users.id", ondelete="SET NULL"))
    body: Mapped[str] = mapped_column(Text)
    # As searches compare it. Processes of the code before write none.
    search_text: Mapped[str] = mapped_column(SearchText, default="", server_default=text("''"))
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


class CommentVersionRow(Base):
    """An earlier text of a comment. They have numbers in the order in which they were written."""

    __tablename__ = "comment_versions"

    comment_id: Mapped[str] = mapped_column(
        Key, ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CommentReactionRow(Base):
    __tablename__ = "comment_reactions"

    comment_id: Mapped[str] = mapped_column(
        Key, ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True
    )
    emoji: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        # For exports, in the order of their pages, and for the deletion of accounts.
        Index("ix_comment_reactions_user_id", "user_id", "comment_id", "emoji"),
    )
