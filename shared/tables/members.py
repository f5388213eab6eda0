"""Members of lists, and invitations."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, JsonObject, Key, RankText, UtcDateTime

_ROLES = "role IN ('owner', 'editor', 'commenter', 'viewer')"
_UNCLOSED = text("accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL")


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
    # Where the member keeps the list: among the own lists, as a favourite, in a folder. Without a rank
    # the order is that of the lists' ids (shared/lists/placement.py).
    rank: Mapped[str | None] = mapped_column(RankText)
    favourite: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    folder_id: Mapped[str | None] = mapped_column(
        Key, ForeignKey("list_folders.id", ondelete="SET NULL")
    )

    # How the member looks at the list: shared/contract/own_lists/views.py. None: as it is.
    view: Mapped[dict[str, Any] | None] = mapped_column(JsonObject)

    __table_args__ = (
        CheckConstraint(_ROLES, name="role"),
        Index("ix_members_user_id", "user_id"),
        Index(
            "ix_members_folder_id",
            "folder_id",
            postgresql_where=text("folder_id IS NOT NULL"),
            sqlite_where=text("folder_id IS NOT NULL"),
        ),
    )


class InvitationRow(Base):
    """An invitation of an address to a list; at most one that is not closed per list and address.

    Closed once `accepted_at`, `declined_at` or `withdrawn_at` is set; open if neither closed nor
    expired. Rows are kept for at least a day in any state, since the daily limits count them.
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
    # Why its mail could not be delivered, as a sentence for the list's owners; "" otherwise.
    mail_failure: Mapped[str] = mapped_column(String(200), default="", server_default=text("''"))

    __table_args__ = (
        CheckConstraint(_ROLES, name="role"),
        Index(
            "uq_invitations_open",
            "list_id",
            "email_key",
            unique=True,
            postgresql_where=_UNCLOSED,
            sqlite_where=_UNCLOSED,
        ),
        Index("ix_invitations_invited_by", "invited_by", "created_at"),
    )
