"""Notifications of users, their notification preferences, and their push subscriptions.

A notification holds ids, and never a title or a text: rows outlive the right to read their subject.
The two names in a row were readable for its user when it was written.
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
    # No foreign keys: deleting a todo or list must not delete notifications without an event.
    list_id: Mapped[str | None] = mapped_column(Key)
    todo_id: Mapped[str | None] = mapped_column(Key)
    comment_id: Mapped[str | None] = mapped_column(Key)
    invitation_id: Mapped[str | None] = mapped_column(Key)
    list_name: Mapped[str | None] = mapped_column(String(200))
    # False if the user wants this kind by mail or push only.
    in_app: Mapped[bool] = mapped_column(default=True)
    # True while a mail about it is still to be written.
    mail_due: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint(
            "kind IN ('assigned', 'mentioned', 'commented', 'invited', 'removed', 'reminded')",
            name="kind",
        ),
        Index("ix_notifications_user_id", "user_id", "id"),
        # Every account snapshot reads the unread count.
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
    """The notification preferences of a user; inserted when they first differ from the defaults."""

    __tablename__ = "preferences"

    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    # {kind: {channel: bool}}, only values that differ from the defaults of
    # shared/notifications/rules.py. Kinds and channels added later have their default for all users.
    channels: Mapped[dict[str, Any]] = mapped_column(JsonObject, default=dict)
    # Signed into the unsubscribe links in mails; a new nonce invalidates all links mailed before.
    mail_nonce: Mapped[str] = mapped_column(Key)
    digest: Mapped[bool] = mapped_column(default=False)
    # The local hour of the digest, in the time zone of the account.
    digest_hour: Mapped[int] = mapped_column(Integer, default=8)
    # When the next digest is to be written; null for users without a digest.
    next_digest_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (CheckConstraint("digest_hour BETWEEN 0 AND 23", name="digest_hour"),)


class PushSubscriptionRow(Base):
    """The push subscription of one browser. Endpoint and keys are secret: they allow to push to it."""

    __tablename__ = "push_subscriptions"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    # The session that subscribed. Once it ends, nothing is pushed to this browser.
    session_id: Mapped[str] = mapped_column(
        Key, ForeignKey("sessions.id", ondelete="CASCADE"), index=True
    )
    endpoint: Mapped[str] = mapped_column(String(1000))
    # SHA-256 of the endpoint, which is too long for an index. Unique: one user per browser at a time.
    endpoint_hash: Mapped[str] = mapped_column(Key, unique=True)
    p256dh: Mapped[str] = mapped_column(String(100))
    auth: Mapped[str] = mapped_column(String(100))
    # Our public VAPID key at that time: the push service rejects requests signed with another key.
    server_key: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
