"""Lists, and the folders that users keep them in. A list's id is also the id of its stream."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key, RankText, UtcDateTime


class ListRow(Base):
    __tablename__ = "lists"

    id: Mapped[str] = mapped_column(
        Key, ForeignKey("streams.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(200))
    colour: Mapped[str] = mapped_column(Key, default="blue")
    # One emoji; empty without one.
    icon: Mapped[str] = mapped_column(String(16), default="", server_default=text("''"))
    # Set on the Inbox of a user, of which there is exactly one.
    inbox_of: Mapped[str | None] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), unique=True
    )
    # Indexed: deleting an account sets these to null.
    created_by: Mapped[str | None] = mapped_column(
        Key, ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ListFolderRow(Base):
    """A folder in which one user keeps lists; the rows of members say which."""

    __tablename__ = "list_folders"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(50))
    rank: Mapped[str] = mapped_column(RankText)
