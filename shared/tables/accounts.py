"""People, their sign-ins, the one-time links we mail them, and what they did."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, JsonObject, Key, SearchText, UtcDateTime


class UserRow(Base):
    __tablename__ = "users"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    email: Mapped[str] = mapped_column(String(320))
    email_key: Mapped[str] = mapped_column(String(640), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(100))
    bio: Mapped[str] = mapped_column(String(1000), default="")
    avatar_url: Mapped[str | None] = mapped_column(String(500))
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    locale: Mapped[str] = mapped_column(String(35), default="en")
    # Name and address as searches compare them (shared/text.py).
    search_key: Mapped[str] = mapped_column(SearchText, default="")
    site_role: Mapped[str] = mapped_column(Key, default="user")
    status: Mapped[str] = mapped_column(Key, default="pending")
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Since when a mail server refuses the address, and its codes; null and "": mail is tried.
    mail_refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail_refusal: Mapped[str] = mapped_column(String(32), default="")
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("site_role IN ('user', 'moderator', 'admin')", name="site_role"),
        CheckConstraint("status IN ('pending', 'active', 'disabled')", name="status"),
        Index("ix_users_created_at", "created_at", "id"),
    )


class SessionRow(Base):
    """One sign-in on one device. Revoked means dead at once, whatever its tokens say."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RefreshTokenRow(Base):
    """Opaque and kept hashed. `used_at` set: spent; seen again much later: stolen."""

    __tablename__ = "refresh_tokens"

    hash: Mapped[str] = mapped_column(Key, primary_key=True)
    session_id: Mapped[str] = mapped_column(
        Key, ForeignKey("sessions.id", ondelete="CASCADE"), index=True
    )
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class TicketRow(Base):
    """Opens one socket, once, within 30 s. Kept hashed."""

    __tablename__ = "tickets"

    hash: Mapped[str] = mapped_column(Key, primary_key=True)
    session_id: Mapped[str] = mapped_column(Key, ForeignKey("sessions.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class LinkRow(Base):
    """A one-time link in a mail. The token is HMAC(key, purpose | id | nonce), made when sending."""

    __tablename__ = "links"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    purpose: Mapped[str] = mapped_column(Key)
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    # The address it was made for: a link to an old address must not verify a new one.
    email: Mapped[str] = mapped_column(String(320))
    nonce: Mapped[str] = mapped_column(Key)
    # verify_email: the password of that registration, in force once the link is followed. Otherwise
    # whoever registers somebody else's address would own the account that the other one verifies.
    password_hash: Mapped[str | None] = mapped_column(String(255))
    # change_email: the session that asked, which is not signed out when the link is followed.
    session_id: Mapped[str | None] = mapped_column(Key)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint(
            "purpose IN ('verify_email', 'reset_password', 'change_email')", name="purpose"
        ),
    )


class AdminMessageRow(Base):
    """A mail an admin wrote to one account; kept here because jobs carry ids only."""

    __tablename__ = "admin_messages"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    sent_by: Mapped[str] = mapped_column(Key)
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditRow(Base):
    """Who did what, when, from where. Never deleted with the account it speaks of."""

    __tablename__ = "audit"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    action: Mapped[str] = mapped_column(Key)
    actor_id: Mapped[str | None] = mapped_column(Key)
    user_id: Mapped[str | None] = mapped_column(Key, index=True)
    list_id: Mapped[str | None] = mapped_column(Key)
    address: Mapped[str] = mapped_column(String(64), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JsonObject, default=dict)
