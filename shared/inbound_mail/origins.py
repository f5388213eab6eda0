"""Which todos and comments were made of a mail. Whoever has an address writes them under a member's name."""

from collections.abc import Iterable
from email.utils import parseaddr

from sqlalchemy import bindparam, select, update

from shared.tables.comments import CommentRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# The longest address that SMTP carries has 254 characters; what is longer is no address.
MAX_LENGTH = 254
UNKNOWN = "unknown"
_ORIGINS = {
    table: select(table.id, table.from_mail).where(
        table.id.in_(bindparam("ids", expanding=True)), table.from_mail.is_not(None)
    )
    for table in (TodoRow, CommentRow)
}
_MARKS = {
    table: update(table).where(table.id == bindparam("the_id")).values(from_mail=bindparam("by"))
    for table in (TodoRow, CommentRow)
}


def claimed_address(sender: str) -> str:
    """Return the address of a From header; nobody has checked it."""
    address = parseaddr(sender)[1]
    shown = "".join(character for character in address if character.isprintable())
    return shown if 0 < len(shown) <= MAX_LENGTH else UNKNOWN


async def mark_todo(work: UnitOfWork, todo_id: str, address: str) -> None:
    """Note that a new todo was made of a mail from this address."""
    await work.connection.execute(_MARKS[TodoRow], {"the_id": todo_id, "by": address})


async def mark_comment(work: UnitOfWork, comment_id: str, address: str) -> None:
    """Note that a new comment was made of a mail from this address."""
    await work.connection.execute(_MARKS[CommentRow], {"the_id": comment_id, "by": address})


async def read_origins_of_todos(read: ReadTransaction, ids: Iterable[str]) -> dict[str, str]:
    """Return the claimed addresses of those todos that were made of mails. The caller has read them."""
    return await _read(read, TodoRow, ids)


async def read_origins_of_comments(read: ReadTransaction, ids: Iterable[str]) -> dict[str, str]:
    """Return the claimed addresses of those comments that were made of mails."""
    return await _read(read, CommentRow, ids)


async def _read(
    read: ReadTransaction, table: type[TodoRow | CommentRow], ids: Iterable[str]
) -> dict[str, str]:
    rows = await read.connection.execute(_ORIGINS[table], {"ids": sorted(ids)})
    return {row.id: row.from_mail for row in rows}
