"""Attachments of todos. The bytes are in the object storage (shared/object_storage/store.py).

    state      delete_at        todo_id
    uploading  two hours later  ·           the bytes arrive, or broke off
    ready      null             ·           members see it
    removed    an hour later    ·           may be restored until then
    uploading  two hours later  null        a file of a mail, whose todo is not made yet
    uploading  with the import  null        an archive to import; two hours later until its bytes are there
    removed    now              null        an archive whose import is over (shared/imports/)
    any        ·                null        its todo was deleted for good

The row is written before the bytes and deleted after them (worker/cleanup/attachments.py). So every object
in the storage has a row, and no clean-up needs to list the storage.
"""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key, UtcDateTime

_WITHOUT_TODO = text("todo_id IS NULL")
_TO_DELETE = text("delete_at IS NOT NULL")


class AttachmentRow(Base):
    __tablename__ = "attachments"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    todo_id: Mapped[str | None] = mapped_column(Key, ForeignKey("todos.id", ondelete="SET NULL"))
    uploader_id: Mapped[str | None] = mapped_column(
        Key, ForeignKey("users.id", ondelete="SET NULL")
    )
    state: Mapped[str] = mapped_column(Key)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(127))
    # Of an upload under way the size that it announced, or the largest allowed one.
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    has_thumbnail: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    delete_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("state IN ('uploading', 'ready', 'removed')", name="state"),
        CheckConstraint("(delete_at IS NULL) = (state = 'ready')", name="delete_at"),
        Index("ix_attachments_todo_id", "todo_id", "id"),
        # For the quota, for exports in the order of their pages, and for the deletion of accounts.
        Index("ix_attachments_uploader_id", "uploader_id", "id"),
        Index(
            "ix_attachments_without_todo", "id",
            postgresql_where=_WITHOUT_TODO, sqlite_where=_WITHOUT_TODO,
        ),
        Index(
            "ix_attachments_delete_at", "delete_at",
            postgresql_where=_TO_DELETE, sqlite_where=_TO_DELETE,
        ),
    )  # fmt: skip
