"""The devices on which the users of accounts have signed in before."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key, UtcDateTime


class KnownDeviceRow(Base):
    """A device of one account. Accounts that share a device have different hashes for it."""

    __tablename__ = "known_devices"

    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    hash: Mapped[str] = mapped_column(Key, primary_key=True)
    # The session that began on it last. Signing that session out from elsewhere deletes this row.
    session_id: Mapped[str] = mapped_column(Key)
    first_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
