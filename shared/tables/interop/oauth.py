"""OAuth 2.1: programs that registered, what users allowed them, and the secrets of both. docs/oauth.md.

    client        a program that registered itself (RFC 7591); livelist-cli is built in and has no row
    grant         what a user allowed a client: the connected application
    ├─ api_tokens          its access tokens (shared/tables/accounts.py)
    ├─ code                used once, within a minute
    └─ refresh token       rotates
    device code   a program without a browser that waits for a user (RFC 8628)

Every secret is stored as a hash.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, JsonObject, Key, UtcDateTime


class OAuthClientRow(Base):
    """A program that registered itself. Everything in it was written by a stranger."""

    __tablename__ = "oauth_clients"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    redirect_uris: Mapped[list[str]] = mapped_column(JsonObject)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When a user last allowed it something; null: never.
    allowed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OAuthGrantRow(Base):
    """What a user allowed a client. Ending it deletes the row, with its codes and tokens."""

    __tablename__ = "oauth_grants"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    # No foreign key: the client that is built in has no row.
    client_id: Mapped[str] = mapped_column(Key, index=True)
    # As the user saw them.
    client_name: Mapped[str] = mapped_column(String(100))
    redirect_host: Mapped[str] = mapped_column(String(255))
    scope: Mapped[str] = mapped_column(Key)
    audience: Mapped[str] = mapped_column(Key)
    # The ids of the only lists that it reaches; null: all.
    list_ids: Mapped[list[str] | None] = mapped_column(JsonObject)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When it last got tokens; null: its code was not used yet.
    refreshed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # That of its newest code or refresh token.
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (
        CheckConstraint("scope IN ('read', 'write', 'admin')", name="scope"),
        CheckConstraint("audience IN ('api', 'mcp')", name="audience"),
    )


class OAuthCodeRow(Base):
    """An authorization code. A used one is kept for a day: its second use ends the grant."""

    __tablename__ = "oauth_codes"

    hash: Mapped[str] = mapped_column(Key, primary_key=True)
    grant_id: Mapped[str] = mapped_column(
        Key, ForeignKey("oauth_grants.id", ondelete="CASCADE"), index=True
    )
    redirect_uri: Mapped[str] = mapped_column(String(1000))
    # BASE64URL(SHA-256(verifier)), RFC 7636.
    challenge: Mapped[str] = mapped_column(Key)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OAuthRefreshTokenRow(Base):
    """A refresh token of a grant. `used_at` is set at its first use; a later one ends the grant."""

    __tablename__ = "oauth_refresh_tokens"

    hash: Mapped[str] = mapped_column(Key, primary_key=True)
    grant_id: Mapped[str] = mapped_column(
        Key, ForeignKey("oauth_grants.id", ondelete="CASCADE"), index=True
    )
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class OAuthDeviceCodeRow(Base):
    """A program that asks for its tokens until a user enters its user code and decides."""

    __tablename__ = "oauth_device_codes"

    hash: Mapped[str] = mapped_column(Key, primary_key=True)
    # An HMAC: a user code is short enough to be guessed from a plain hash.
    user_code_hash: Mapped[str] = mapped_column(Key, unique=True)
    client_id: Mapped[str] = mapped_column(Key)
    scope: Mapped[str] = mapped_column(Key)
    audience: Mapped[str] = mapped_column(Key)
    # From where the program asked.
    address: Mapped[str] = mapped_column(String(64))
    interval_seconds: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    polled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    denied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Set when a user allows it.
    grant_id: Mapped[str | None] = mapped_column(
        Key, ForeignKey("oauth_grants.id", ondelete="CASCADE"), index=True
    )

    __table_args__ = (
        CheckConstraint("scope IN ('read', 'write', 'admin')", name="scope"),
        CheckConstraint("audience IN ('api', 'mcp')", name="audience"),
    )
