"""How calendar apps show lists (CalDAV)."""

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key
from shared.tables.interop.calendar_objects import MAX_NAME_LENGTH


class CalendarPreferencesRow(Base):
    """How a user's calendar apps call and show a list: for all apps of the user, and nobody else.

    `name` is the last segment of the address that the app chose, if it made the list.
    """

    __tablename__ = "calendar_preferences"

    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    list_id: Mapped[str] = mapped_column(
        Key, ForeignKey("lists.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    name: Mapped[str | None] = mapped_column(String(MAX_NAME_LENGTH))
    # As the app wrote it, such as #FF2968FF; our own colours are names.
    colour: Mapped[str | None] = mapped_column(Key)
    position: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (UniqueConstraint("user_id", "name"),)
