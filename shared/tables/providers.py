"""Sign-ins by OpenID Connect providers: what is under way, and the sessions that they began."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key, UtcDateTime


class ProviderTicketRow(Base):
    """Something that works once, stored as a hash: whoever deletes its row has used it.

    state    a sign-in that was sent to the provider; with `user_id` to link it to that account
    link     an identity (`subject`) that waits until the user of the account signs in and confirms
    logout   the `jti` of a logout token; its row must be new
    """

    __tablename__ = "provider_tickets"

    hash: Mapped[str] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(Key)
    # The id of the provider in the settings.
    provider: Mapped[str] = mapped_column(Key)
    user_id: Mapped[str | None] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    subject: Mapped[str | None] = mapped_column(String(255))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (CheckConstraint("kind IN ('state', 'link', 'logout')", name="kind"),)


class ProviderSessionRow(Base):
    """Which identity began a session, and what the provider calls its own (`sid`).

    A logout token of the provider names one or both.
    """

    __tablename__ = "provider_sessions"

    session_id: Mapped[str] = mapped_column(
        Key, ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True
    )
    issuer: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(255))
    sid: Mapped[str | None] = mapped_column(String(255))

    __table_args__ = (
        Index("ix_provider_sessions_issuer_subject", "issuer", "subject"),
        Index("ix_provider_sessions_issuer_sid", "issuer", "sid"),
    )
