"""Exports of all data of an account, the bytes of finished ones, and accounts to be deleted."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, JsonObject, Key, UtcDateTime

_UNFINISHED = text("state IN ('queued', 'running')")


class DataExportRow(Base):
    """An export of an account. A worker writes it a page at a time, and may die after any page."""

    __tablename__ = "data_exports"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    state: Mapped[str] = mapped_column(Key, default="queued")
    # What is written up to now: the position after it, and the number of pages. A worker writes the
    # next page only if `step` is still the one it read.
    position: Mapped[dict[str, Any] | None] = mapped_column(JsonObject)
    step: Mapped[int] = mapped_column(Integer, default=0)
    chunk_count: Mapped[int] = mapped_column(Integer, default=0)
    # Of the document, before compression.
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_done: Mapped[int] = mapped_column(Integer, default=0)
    # Counted when the export begins; rows may come and go while it runs.
    rows_total: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When the row and its chunks are deleted.
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state"),
        # One at a time for each account.
        Index(
            "uq_data_exports_unfinished",
            "user_id",
            unique=True,
            postgresql_where=_UNFINISHED,
            sqlite_where=_UNFINISHED,
        ),
    )


class DataExportChunkRow(Base):
    """A part of an export's document, at most 256 KiB of it, compressed with zlib."""

    __tablename__ = "data_export_chunks"

    export_id: Mapped[str] = mapped_column(
        Key, ForeignKey("data_exports.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class AccountDeletionRow(Base):
    """An account whose user asked for its deletion. Its status is `disabled` until `delete_at`.

    Older code of a rolling upgrade treats it as a disabled account, and so does everything that has
    no reason to tell them apart.
    """

    __tablename__ = "account_deletions"

    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    delete_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # An administrator disabled the account meanwhile: its user can no longer sign in to keep it.
    blocked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
