"""Todos, their assignees, labels and past occurrences.

A due date is one of three things (docs/protocol.md, "Due dates and reminders"):
  due_kind   due_date     due_local              due_zone        due_at
  date       2026-12-24   -                      -               -
  floating   -            2026-12-24T09:00:00    -               -
  fixed      -            2026-12-24T09:00:00    Europe/Berlin   2026-12-24 08:00 UTC
`due_sort` is the due date of any kind read as UTC: an index of it bounds what is due for a reader in any
zone (shared/todos/queries/due_scale.py).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, JsonObject, Key, RankText, SearchText, UtcDateTime

_LIVE = "deleted_at IS NULL"


def _index(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


class TodoRow(Base):
    __tablename__ = "todos"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    list_id: Mapped[str] = mapped_column(Key, ForeignKey("lists.id", ondelete="CASCADE"))
    parent_id: Mapped[str | None] = mapped_column(Key, ForeignKey("todos.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(500))
    description: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[str] = mapped_column(Key, default="pending")
    priority: Mapped[int] = mapped_column(Integer, default=0)
    due_kind: Mapped[str | None] = mapped_column(Key)
    due_date: Mapped[str | None] = mapped_column(String(10))
    due_local: Mapped[str | None] = mapped_column(String(19))
    due_zone: Mapped[str | None] = mapped_column(String(64))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_sort: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # A complete RepeatShape: no query searches in it.
    repeat: Mapped[dict[str, Any] | None] = mapped_column(JsonObject)
    # The highest occurrence number that was retired; a new series begins after it.
    last_occurrence: Mapped[int | None] = mapped_column(Integer)
    # "metadata" in the protocol and the database: SQLAlchemy's base class reserves that attribute.
    extra: Mapped[dict[str, Any]] = mapped_column("metadata", JsonObject, default=dict)
    rank: Mapped[str] = mapped_column(RankText)
    comment_count: Mapped[int] = mapped_column(Integer, default=0)
    attachment_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_by: Mapped[str | None] = mapped_column(
        Key, ForeignKey("users.id", ondelete="SET NULL")
    )
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    search_text: Mapped[str] = mapped_column(SearchText, default="")
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_by: Mapped[str | None] = mapped_column(Key, ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The address that the mail claims of which the todo was made; null: no mail.
    from_mail: Mapped[str | None] = mapped_column(String(254))

    __table_args__ = (
        CheckConstraint(
            "status IN ('pending', 'in_progress', 'completed', 'cancelled')", name="status"
        ),
        CheckConstraint("priority BETWEEN 0 AND 5", name="priority"),
        CheckConstraint("due_kind IN ('date', 'floating', 'fixed')", name="due_kind"),
        CheckConstraint("(completed_at IS NOT NULL) = (status = 'completed')", name="completed_at"),
        # No index has `updated_at` or `version`, which every edit changes: Postgres then updates the
        # row in place and writes no index. To sort the 10,000 todos of a full list takes 2 ms.
        Index("ix_todos_list_id_rank", "list_id", "rank", "id"),
        _index("ix_todos_list_id_due_sort", "list_id", "due_sort", "id", where=_LIVE),
        _index("ix_todos_list_id_created_at", "list_id", "created_at", "id", where=_LIVE),
        _index("ix_todos_list_id_priority", "list_id", "priority", "id", where=_LIVE),
        _index("ix_todos_in_trash", "deleted_at", where="deleted_at IS NOT NULL"),
        _index("ix_todos_subtasks", "parent_id", where="parent_id IS NOT NULL"),
        # For exports, in the order of their pages, and for the deletion of accounts and guests, which
        # read the whole table without these. Completing a todo writes every index for the second.
        Index("ix_todos_created_by", "created_by", "id"),
        _index("ix_todos_completed_by", "completed_by", where="completed_by IS NOT NULL"),
    )


class OccurrenceRow(Base):
    """A past occurrence of a repeating todo. `number` counts them in the order in which they ended."""

    __tablename__ = "todo_occurrences"

    todo_id: Mapped[str] = mapped_column(
        Key, ForeignKey("todos.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    occurrence: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[str] = mapped_column(Key)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Indexed: deleting an account sets these to null.
    ended_by: Mapped[str | None] = mapped_column(
        Key, ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    # The todo and its subtasks before the end, to undo it (shared/todos/commands/occurrences.py).
    before: Mapped[dict[str, Any]] = mapped_column(JsonObject)

    __table_args__ = (CheckConstraint("outcome IN ('completed', 'skipped')", name="outcome"),)


class AssigneeRow(Base):
    __tablename__ = "todo_assignees"

    todo_id: Mapped[str] = mapped_column(
        Key, ForeignKey("todos.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class TodoLabelRow(Base):
    __tablename__ = "todo_labels"

    todo_id: Mapped[str] = mapped_column(
        Key, ForeignKey("todos.id", ondelete="CASCADE"), primary_key=True
    )
    label_id: Mapped[str] = mapped_column(
        Key, ForeignKey("labels.id", ondelete="CASCADE"), primary_key=True, index=True
    )
