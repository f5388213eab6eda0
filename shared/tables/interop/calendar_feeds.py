"""Calendar feeds: addresses at which calendar programs read todos without signing in."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, JsonObject, Key, UtcDateTime


class CalendarFeedRow(Base):
    """A feed of one list, or of all lists of the user (`list_id` is null).

    The secret in its address is not in the database: `hash` is the SHA-256 of it.
    """

    __tablename__ = "calendar_feeds"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    list_id: Mapped[str | None] = mapped_column(
        Key, ForeignKey("lists.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(100))
    content: Mapped[str] = mapped_column(Key)
    include_completed: Mapped[bool] = mapped_column(Boolean)
    # A FeedFilter of shared/contract/calendar_feeds.py; null: all todos.
    filter: Mapped[dict[str, Any] | None] = mapped_column(JsonObject)
    hash: Mapped[str] = mapped_column(Key, unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Written at most once an hour; null: never read.
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("content IN ('todos', 'events')", name="content"),)
