"""Carry the mark of a todo that was made of a mail over to its copies: the text stays that of the mail."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, bindparam, select, update

from shared.contract.shapes import TodoShape
from shared.tables.todos import TodoRow
from shared.unit_of_work import UnitOfWork

_MARK = (
    update(TodoRow)
    .where(TodoRow.id == bindparam("the_id"))
    .values(from_mail=bindparam("the_address"))
)


async def copy_marks(
    work: UnitOfWork,
    originals: Sequence[TodoShape],
    copies: Sequence[TodoShape],
    are_originals: ColumnElement[bool],
) -> None:
    """Mark each copy like its original. `are_originals` is a condition that all of them meet."""
    found = await work.connection.execute(
        select(TodoRow.id, TodoRow.from_mail).where(are_originals, TodoRow.from_mail.is_not(None))
    )
    marks = {row.id: row.from_mail for row in found}
    marked = [
        {"the_id": copy.id, "the_address": marks[original.id]}
        for original, copy in zip(originals, copies, strict=True)
        if original.id in marks
    ]
    work.connection.defer(_MARK, marked)
