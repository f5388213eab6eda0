"""Webhooks: addresses to which the events of a list, or of an account's lists, are sent."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, JsonObject, Key, UtcDateTime

DISABLED_REASONS = ("user", "gone", "failing", "crashed", "secret", "")


class WebhookRow(Base):
    """A webhook of `user_id`: of one list, or with `list_id` NULL of all lists that the user may read.

    That of a list is deleted with the membership of the user, by the composite foreign key.
    """

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    list_id: Mapped[str | None] = mapped_column(Key)
    name: Mapped[str] = mapped_column(String(100))
    url: Mapped[str] = mapped_column(String(1000))
    # Names of events; empty: all.
    events: Mapped[list[str]] = mapped_column(JsonObject)
    encrypted_secret: Mapped[str] = mapped_column(String(200))
    key_id: Mapped[str] = mapped_column(Key)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_reason: Mapped[str] = mapped_column(Key, default="")
    # Consecutive failures, since when, and when the next attempt is due.
    failures: Mapped[int] = mapped_column(Integer, default=0)
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(String(200), default="")
    last_delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The newest job that delivers. No foreign key: jobs are deleted when they end.
    job_id: Mapped[str | None] = mapped_column(Key)

    __table_args__ = (
        CheckConstraint(
            f"disabled_reason IN ({', '.join(map(repr, DISABLED_REASONS))})",
            name="disabled_reason",
        ),
        ForeignKeyConstraint(
            ["list_id", "user_id"],
            ["members.list_id", "members.user_id"],
            ondelete="CASCADE",
            name="fk_webhooks_list_id_members",
        ),
        Index("ix_webhooks_list_id", "list_id", "user_id"),
    )
