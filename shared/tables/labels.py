"""Labels of a list."""

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
