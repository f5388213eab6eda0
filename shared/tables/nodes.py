"""The table of live API processes. That of live workers is in tables/jobs.py."""

from datetime import datetime

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key, UtcDateTime


class ApiNodeRow(Base):
    """An API process that was alive at `seen_at`, by the database's clock."""

    __tablename__ = "api_nodes"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    host: Mapped[str] = mapped_column(String(255))
    version: Mapped[str] = mapped_column(String(64))
    # How late its event loop ran the last heartbeat.
    lag_milliseconds: Mapped[int] = mapped_column(Integer, default=0)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
