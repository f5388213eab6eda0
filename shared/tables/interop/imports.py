"""Imports of files. A worker previews the file, and adds it to lists a page at a time."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, JsonObject, Key, UtcDateTime


class ImportRow(Base):
    __tablename__ = "imports"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    file_name: Mapped[str] = mapped_column(String(200))
    # As the user said; null: the preview finds it out and writes it here.
    kind: Mapped[str | None] = mapped_column(Key)
    state: Mapped[str] = mapped_column(Key, default="uploading")
    # Where all todos go. The gate decides when they are written; a deleted list ends the import then.
    list_id: Mapped[str | None] = mapped_column(Key)
    # What the user chose, and what the preview found.
    options: Mapped[dict[str, Any]] = mapped_column(JsonObject, default=dict)
    report: Mapped[dict[str, Any]] = mapped_column(JsonObject, default=dict)
    # Rises with each preview, so that a worker whose preview is out of date writes nothing more.
    attempt: Mapped[int] = mapped_column(Integer, default=0)
    # Pages of the preview that are added: a worker adds the next only if this is what it read.
    step: Mapped[int] = mapped_column(Integer, default=0)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    todos_total: Mapped[int] = mapped_column(Integer, default=0)
    todos_done: Mapped[int] = mapped_column(Integer, default=0)
    todos_created: Mapped[int] = mapped_column(Integer, default=0)
    todos_skipped: Mapped[int] = mapped_column(Integer, default=0)
    todos_failed: Mapped[int] = mapped_column(Integer, default=0)
    # Attached files of the archive that are to be restored, and those that the import has come past.
    files_total: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    files_done: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    error: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When the row and its chunks are deleted.
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (
        CheckConstraint(
            "state IN ('uploading', 'previewing', 'ready', 'running', 'done', 'failed', 'cancelled')",
            name="state",
        ),
    )
