"""The bytes of imports: parts of the uploaded file, and pages of todos that the preview made of it."""

from sqlalchemy import CheckConstraint, ForeignKey, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key


class ImportChunkRow(Base):
    """At most 256 KiB of the file, or 100 todos of one list; compressed with zlib."""

    __tablename__ = "import_chunks"

    import_id: Mapped[str] = mapped_column(
        Key, ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True
    )
    part: Mapped[str] = mapped_column(Key, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (CheckConstraint("part IN ('file', 'page')", name="part"),)
