"""Saved responses, so that a retried write gets the first response and is not repeated."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key, UtcDateTime


class IdempotencyRow(Base):
    __tablename__ = "idempotency_keys"

    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    # SHA-256 of method, path, query, If-Match and body (api/http/idempotency.py).
    request_hash: Mapped[str] = mapped_column(Key)
    status: Mapped[int] = mapped_column(Integer)
    headers: Mapped[str] = mapped_column(String(2000), default="{}")
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
