"""Users, their sessions and tokens, one-time links, admin messages, and the audit."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
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
    # The next three: "" as the browser or the locale says.
    language: Mapped[str] = mapped_column(Key, default="", server_default=text("''"))
    week_start: Mapped[str] = mapped_column(Key, default="", server_default=text("''"))
    hour_cycle: Mapped[str] = mapped_column(Key, default="", server_default=text("''"))
    # Name and address as searches compare them (shared/text.py).
    search_key: Mapped[str] = mapped_column(SearchText, default="")
    site_role: Mapped[str] = mapped_column(Key, default="user")
    status: Mapped[str] = mapped_column(Key, default="pending")
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Whether any second factor is set up: shared/accounts/second_factors/conditions.py.
    has_second_factor: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    # When a mail server rejected the address, and its SMTP codes; null and "" if mail is delivered.
    mail_refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail_refusal: Mapped[str] = mapped_column(String(32), default="")
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("site_role IN ('user', 'moderator', 'admin')", name="site_role"),
        # A guest (shared/tables/share_links.py) is the author of what was written by a share link.
        CheckConstraint("status IN ('pending', 'active', 'disabled', 'guest')", name="status"),
        Index("ix_users_created_at", "created_at", "id"),
    )


class SessionRow(Base):
    """A sign-in on one device. A revoked session is invalid at once, whatever its tokens say."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    # A SignInMethod. The default is for sessions that the release before it begins.
    sign_in_method: Mapped[str] = mapped_column(Key, server_default="unknown")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When the user last proved who they are; null: when they signed in (created_at).
    authenticated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RefreshTokenRow(Base):
    """An opaque refresh token, stored as a hash.

    `used_at` is set at its first use. A later use after the grace period means that it was stolen.
    """

    __tablename__ = "refresh_tokens"

    hash: Mapped[str] = mapped_column(Key, primary_key=True)
    session_id: Mapped[str] = mapped_column(
        Key, ForeignKey("sessions.id", ondelete="CASCADE"), index=True
    )
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class ApiTokenRow(Base):
    """An API token: a credential of the account for one program. Revoking it deletes the row.

    Those with a `grant_id` are the access tokens of connected applications (shared/accounts/oauth/).
    """

    __tablename__ = "api_tokens"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(100))
    hash: Mapped[str] = mapped_column(Key, unique=True)
    scope: Mapped[str] = mapped_column(Key)
    # The ids of the only lists that it reaches; null: all.
    list_ids: Mapped[list[str] | None] = mapped_column(JsonObject)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Of an access token: the grant that it belongs to, and where alone it works (an Audience).
    grant_id: Mapped[str | None] = mapped_column(
        Key, ForeignKey("oauth_grants.id", ondelete="CASCADE"), index=True
    )
    audience: Mapped[str | None] = mapped_column(Key)

    __table_args__ = (CheckConstraint("scope IN ('read', 'write', 'admin')", name="scope"),)


class ExternalIdentityRow(Base):
    """A user as a trusted issuer names them: the account that tokens of this subject speak for."""

    __tablename__ = "external_identities"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    issuer: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("issuer", "subject"),)


class TicketRow(Base):
    """A ticket that opens one socket, once, within 30 s. Stored as a hash."""

    __tablename__ = "tickets"

    hash: Mapped[str] = mapped_column(Key, primary_key=True)
    session_id: Mapped[str] = mapped_column(
        Key, ForeignKey("sessions.id", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class LinkRow(Base):
    """A one-time link in a mail. The token is HMAC(key, purpose | id | nonce), made when sending."""

    __tablename__ = "links"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    purpose: Mapped[str] = mapped_column(Key)
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    # The address that the link was mailed to: a link to an old address must not verify a new one.
    email: Mapped[str] = mapped_column(String(320))
    nonce: Mapped[str] = mapped_column(Key)
    # verify_email: the password of that registration, set when the link is followed. Otherwise an
    # attacker who registers a victim's address would own the account that the victim verifies.
    password_hash: Mapped[str | None] = mapped_column(String(255))
    # change_email: the session that asked, which is not revoked when the link is followed.
    session_id: Mapped[str | None] = mapped_column(Key)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # When it stopped working; `void_reason` says why if it was not used.
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void_reason: Mapped[str | None] = mapped_column(Key)

    __table_args__ = (
        CheckConstraint(
            "purpose IN ('verify_email', 'reset_password', 'change_email')", name="purpose"
        ),
    )


class AdminMessageRow(Base):
    """A message from an admin to one account, stored because jobs carry ids only."""

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
    """An entry of the audit: who did what, when, from where. It outlives the accounts it concerns."""

    __tablename__ = "audit"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    action: Mapped[str] = mapped_column(Key)
    actor_id: Mapped[str | None] = mapped_column(Key)
    user_id: Mapped[str | None] = mapped_column(Key)
    list_id: Mapped[str | None] = mapped_column(Key)
    address: Mapped[str] = mapped_column(String(64), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JsonObject, default=dict)

    # In the order of reading: for the account concerned, and for each filter of administrators.
    __table_args__ = (
        Index("ix_audit_user_id_id", "user_id", "id"),
        Index("ix_audit_action", "action", "id"),
        Index("ix_audit_actor_id", "actor_id", "id"),
        Index("ix_audit_address", "address", "id"),
    )
