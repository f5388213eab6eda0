"""What each person was told, how they want to be told, and on which devices.

A notification holds ids and never a title or a text: rows outlive the right to read what they are
about. The two names in it are ones its person could read when it was written.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, JsonObject, Key, UtcDateTime

_UNREAD = text("read_at IS NULL")


class NotificationRow(Base):
    __tablename__ = "notifications"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(Key, ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Key)
    actor_id: Mapped[str | None] = mapped_column(Key, ForeignKey("users.id", ondelete="SET NULL"))
    actor_name: Mapped[str] = mapped_column(String(100), default="")
    # No foreign keys: a todo that is purged or a list that goes takes nothing away in silence here.
    list_id: Mapped[str | None] = mapped_column(Key)
    todo_id: Mapped[str | None] = mapped_column(Key)
    comment_id: Mapped[str | None] = mapped_column(Key)
    invitation_id: Mapped[str | None] = mapped_column(Key)
    list_name: Mapped[str | None] = mapped_column(String(200))
    # Whether the app shows it; false for somebody who wants this kind by another way only.
    in_app: Mapped[bool] = mapped_column(default=True)
    # Whether a mail about it is still to come.
    mail_due: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint(
            "kind IN ('assigned', 'mentioned', 'commented', 'invited', 'removed', 'reminded')",
            name="kind",
        ),
        Index("ix_notifications_user_id", "user_id", "id"),
        # The count beside the bell is asked for with every snapshot.
        Index(
            "ix_notifications_unread",
            "user_id",
            "todo_id",
            postgresql_where=_UNREAD,
            sqlite_where=_UNREAD,
        ),
        Index("ix_notifications_actor_id", "actor_id"),
    )


class PreferencesRow(Base):
    """One a person, from the first time they differ from the defaults."""

    __tablename__ = "preferences"

    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    # {kind: {channel: bool}}, only what differs from the defaults of shared/notifications/rules.py:
    # a kind or a channel that is added later has its default for everybody.
    channels: Mapped[dict[str, Any]] = mapped_column(JsonObject, default=dict)
    # Of the links in mails by which somebody who is not signed in stops them; another one, and all
    # links mailed before are void.
    mail_nonce: Mapped[str] = mapped_column(Key)
    digest: Mapped[bool] = mapped_column(default=False)
    # On their clock, in the zone of their account.
    digest_hour: Mapped[int] = mapped_column(Integer, default=8)
    # When the next one is to be written; null for those who want none.
    next_digest_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (CheckConstraint("digest_hour BETWEEN 0 AND 23", name="digest_hour"),)


class PushSubscriptionRow(Base):
    """One browser that wants pushes. Whoever knows endpoint and keys can write to its screen."""

    __tablename__ = "push_subscriptions"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    # The sign-in it was made with: once that is over, nothing is pushed there.
    session_id: Mapped[str] = mapped_column(
        Key, ForeignKey("sessions.id", ondelete="CASCADE"), index=True
    )
    endpoint: Mapped[str] = mapped_column(String(1000))
    # SHA-256 of the endpoint, which is too long for an index: one browser is one person's at a time.
    endpoint_hash: Mapped[str] = mapped_column(Key, unique=True)
    p256dh: Mapped[str] = mapped_column(String(100))
    auth: Mapped[str] = mapped_column(String(100))
    # Our public key at that time: with another one its service refuses us.
    server_key: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
