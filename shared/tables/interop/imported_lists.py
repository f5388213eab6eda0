"""Which list of a user came from which list of an imported file, so that it is created once."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key


class ImportedListRow(Base):
    __tablename__ = "imported_lists"

    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    # A hash of the kind of file and of the list's key in it.
    source_key: Mapped[str] = mapped_column(Key, primary_key=True)
    list_id: Mapped[str] = mapped_column(
        Key, ForeignKey("lists.id", ondelete="CASCADE"), index=True
    )
