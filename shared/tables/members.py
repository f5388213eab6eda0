"""Who shares a list, and who was asked to."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key, UtcDateTime

_ROLES = "role IN ('owner', 'editor', 'commenter', 'viewer')"
_OPEN = text("accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL")


class MemberRow(Base):
    __tablename__ = "members"

    list_id: Mapped[str] = mapped_column(
        Key, ForeignKey("lists.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str] = mapped_column(Key)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint(_ROLES, name="role"), Index("ix_members_user_id", "user_id"))


class InvitationRow(Base):
    """Open until one of the three ends is set, or it expires. One open invitation a list and address.

    Rows are kept a day at least, however they ended: they are what the daily quotas count.
    """

    __tablename__ = "invitations"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    list_id: Mapped[str] = mapped_column(
        Key, ForeignKey("lists.id", ondelete="CASCADE"), index=True
    )
    email: Mapped[str] = mapped_column(String(320))
    email_key: Mapped[str] = mapped_column(String(640), index=True)
    role: Mapped[str] = mapped_column(Key)
    invited_by: Mapped[str | None] = mapped_column(Key, ForeignKey("users.id", ondelete="SET NULL"))
    nonce: Mapped[str] = mapped_column(Key)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    declined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint(_ROLES, name="role"),
        Index(
            "uq_invitations_open",
            "list_id",
            "email_key",
            unique=True,
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
        Index("ix_invitations_invited_by", "invited_by", "created_at"),
    )
