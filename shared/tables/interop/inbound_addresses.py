"""Secret mail addresses: a mail to one becomes a todo."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key, UtcDateTime


class InboundAddressRow(Base):
    """The address of a member for a list. The database holds the SHA-256 of its secret, in `hash`."""

    __tablename__ = "inbound_addresses"

    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    list_id: Mapped[str] = mapped_column(
        Key, ForeignKey("lists.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    hash: Mapped[str] = mapped_column(Key, unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
