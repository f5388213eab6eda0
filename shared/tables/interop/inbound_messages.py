"""Mails that were received, until they are a todo or a comment; without their content for a week more."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key, UtcDateTime


class InboundMessageRow(Base):
    """A message for one recipient. A reply names the todo; any other becomes a todo of the list.

    `id` is a hash of recipient and Message-ID, so that a message that is handed over again is known.
    `content` is the message, encrypted; None once it is a todo or a comment.
    """

    __tablename__ = "inbound_messages"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(Key, ForeignKey("users.id", ondelete="CASCADE"))
    list_id: Mapped[str] = mapped_column(
        Key, ForeignKey("lists.id", ondelete="CASCADE"), index=True
    )
    todo_id: Mapped[str | None] = mapped_column(
        Key, ForeignKey("todos.id", ondelete="CASCADE"), index=True
    )
    state: Mapped[str] = mapped_column(Key)
    failure: Mapped[str] = mapped_column(String(500), default="")
    size: Mapped[int] = mapped_column(Integer)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (
        CheckConstraint("state IN ('stored', 'done', 'failed')", name="state"),
        # How much an account received in the last hour.
        Index("ix_inbound_messages_user_id_received_at", "user_id", "received_at"),
    )
