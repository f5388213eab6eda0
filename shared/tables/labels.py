"""Labels of a list, and personal labels: those that a user keeps, for that user alone."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key, UtcDateTime


class LabelRow(Base):
    __tablename__ = "labels"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    list_id: Mapped[str] = mapped_column(Key, ForeignKey("lists.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(50))
    # One letter can become 18 when folded (U+FDFA), so 50 can become 900.
    name_key: Mapped[str] = mapped_column(String(1000))
    colour: Mapped[str] = mapped_column(Key, default="grey")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("list_id", "name_key"),)


class PersonalLabelRow(Base):
    __tablename__ = "personal_labels"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(Key, ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(50))
    name_key: Mapped[str] = mapped_column(String(1000))
    colour: Mapped[str] = mapped_column(Key)

    __table_args__ = (UniqueConstraint("user_id", "name_key"),)


class TodoPersonalLabelRow(Base):
    """A label that its user put on a todo. `user_id` is that of the label."""

    __tablename__ = "todo_personal_labels"

    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    # Indexed: purging a todo, or deleting a label, deletes these rows.
    todo_id: Mapped[str] = mapped_column(
        Key, ForeignKey("todos.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    label_id: Mapped[str] = mapped_column(
        Key, ForeignKey("personal_labels.id", ondelete="CASCADE"), primary_key=True, index=True
    )
