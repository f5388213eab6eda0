"""Share links, and the guests who use them.

A guest is a row of `users` with the status GUEST: the author of what the guest writes. While the guest
session lives, the guest has a row here and one in `members`, with the role of the link.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key, UtcDateTime

# `users.status` of a guest. Every statement about accounts asks for another status.
GUEST = "guest"


class ShareLinkRow(Base):
    """A link to one list. Its token is an HMAC of id and nonce, and so is not in the database."""

    __tablename__ = "share_links"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    list_id: Mapped[str] = mapped_column(
        Key, ForeignKey("lists.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(Key)
    nonce: Mapped[str] = mapped_column(Key)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    created_by: Mapped[str | None] = mapped_column(
        Key, ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    use_count: Mapped[int] = mapped_column(Integer, default=0)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("role IN ('editor', 'commenter', 'viewer')", name="role"),)


class GuestRow(Base):
    """The session of a guest. Deleting the row ends it."""

    __tablename__ = "guests"

    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    link_id: Mapped[str] = mapped_column(
        Key, ForeignKey("share_links.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(Key, unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
