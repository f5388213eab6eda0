"""Which todo of a list came from which todo of an imported file, so that it is created once."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key


class ImportedTodoRow(Base):
    __tablename__ = "imported_todos"

    # The list that took it: moved to another list, it is not imported into this one again.
    list_id: Mapped[str] = mapped_column(
        Key, ForeignKey("lists.id", ondelete="CASCADE"), primary_key=True
    )
    # A hash of the kind of file and of the todo's key in it.
    source_key: Mapped[str] = mapped_column(Key, primary_key=True)
    todo_id: Mapped[str] = mapped_column(
        Key, ForeignKey("todos.id", ondelete="CASCADE"), index=True
    )
    # The import that created it, which adds its comments and past occurrences, too; another does not.
    # Without foreign key: imports are deleted after a week. Null in rows of earlier releases.
    import_id: Mapped[str | None] = mapped_column(Key)
