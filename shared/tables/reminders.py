"""Reminders: one row per reminder of one user. The row is the timer; no queue holds reminders.

state          scheduled → sending → sent | failed | missed     (cancelled when no longer wanted)
next_fire_at   the UTC instant at which it fires; null if none is known (a relative reminder on a
               todo without a due date waits until the todo gets one)
"""

from datetime import datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key, UtcDateTime


class ReminderRow(Base):
    __tablename__ = "reminders"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    todo_id: Mapped[str] = mapped_column(
        Key, ForeignKey("todos.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    # Exactly one of the two: an instant, or signed minutes before the due time.
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    minutes_before: Mapped[int | None] = mapped_column(Integer)
    # Set by a snooze: replaces the trigger until the due date changes.
    snoozed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_fire_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The number of the schedule (shared/reminders/rules.py), not of an occurrence of the todo.
    occurrence: Mapped[int] = mapped_column(Integer, default=1)
    state: Mapped[str] = mapped_column(Key, default="scheduled")
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    detail: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("(at IS NULL) <> (minutes_before IS NULL)", name="one_kind"),
        CheckConstraint(
            "state IN ('scheduled', 'sending', 'sent', 'failed', 'missed', 'cancelled')",
            name="state",
        ),
        # Scheduled reminders only: past ones stay in the table and must not slow down the sweep.
        Index(
            "ix_reminders_next_fire_at",
            "next_fire_at",
            postgresql_where=text("state = 'scheduled'"),
            sqlite_where=text("state = 'scheduled'"),
        ),
    )


# A literal, as in the condition of the partial index above: see shared/tables/jobs.py.
IS_SCHEDULED = literal_column("reminders.state = 'scheduled'", Boolean)
