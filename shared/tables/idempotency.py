"""Answers kept so that a retried write is answered, not repeated."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.database import Base, Key, UtcDateTime


class IdempotencyRow(Base):
    __tablename__ = "idempotency_keys"

    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    # Of method, path, query and body: the same key with another request is a mistake.
    request_hash: Mapped[str] = mapped_column(Key)
    status: Mapped[int] = mapped_column(Integer)
    headers: Mapped[str] = mapped_column(String(2000), default="{}")
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
