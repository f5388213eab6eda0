"""What calendar apps call todos (CalDAV)."""

from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, JsonObject, Key

# Of a UID, and of the last segment of an address. Clients use a UUID with an ending.
MAX_NAME_LENGTH = 255


class CalendarObjectRow(Base):
    """A todo that a calendar app wrote. A todo without a row has names made of its id.

    `kept` is an iCalendar object with what a todo has no field for; empty if there is nothing.
    `parent_uid` is set while no todo of the list can be the parent of that UID. `ended_in_advance` are the
    occurrences that `kept` says have ended, by day (shared/todos/persistence/early_endings.py); null if none.
    """

    __tablename__ = "calendar_objects"

    todo_id: Mapped[str] = mapped_column(
        Key, ForeignKey("todos.id", ondelete="CASCADE"), primary_key=True
    )
    uid: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH), index=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH), index=True)
    parent_uid: Mapped[str | None] = mapped_column(String(MAX_NAME_LENGTH), index=True)
    kept: Mapped[str] = mapped_column(Text, default="")
    ended_in_advance: Mapped[dict[str, Any] | None] = mapped_column(JsonObject)
