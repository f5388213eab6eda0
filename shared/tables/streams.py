"""Streams and their events, in order and without gaps.

streams   id = "<list id>" | "user:<user id>"
          ┌ floor ┬─────── retained ───────┬ head ┐
     seq: │ …     │ floor+1 … head          │      │   a resume needs floor <= since <= head
"""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key, UtcDateTime


class StreamRow(Base):
    __tablename__ = "streams"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    epoch: Mapped[str] = mapped_column(Key)
    head: Mapped[int] = mapped_column(BigInteger, default=0)
    floor: Mapped[int] = mapped_column(BigInteger, default=0)

    __table_args__ = (CheckConstraint("floor <= head", name="floor_below_head"),)


class EventRow(Base):
    __tablename__ = "events"

    stream_id: Mapped[str] = mapped_column(
        Key, ForeignKey("streams.id", ondelete="CASCADE"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event: Mapped[str] = mapped_column(Key)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The frame exactly as sockets send it, encoded once, when the event was recorded.
    frame: Mapped[str] = mapped_column(Text)
    # JSON of what the frame does not say and the activity of a list needs (shared/activity): the values
    # before the change. NULL for events that need none, and for those recorded before the column.
    context: Mapped[str | None] = mapped_column(Text)
    # The head of the stream after the event was undone.
    undone_by: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_events_at", "at"),)
