"""Reminders: one row each, for one person; never a timer in a queue.

state       scheduled → sending → sent | failed | missed       (cancelled when no longer wanted)
next_fire_at   the UTC instant it is due; null when nothing is to come (a relative reminder on a
               todo without a due date waits here until it gets one)
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, text
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
    # Put off by its person: until the due date changes, this stands in place of the two.
    snoozed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_fire_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Raised each time it is (re)scheduled, so that each firing has a dedupe key of its own.
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
        # Only of those to come: the past stays in the table, and must not slow down the sweep.
        Index(
            "ix_reminders_next_fire_at",
            "next_fire_at",
            postgresql_where=text("state = 'scheduled'"),
            sqlite_where=text("state = 'scheduled'"),
        ),
    )
