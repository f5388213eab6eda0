"""Find out for whom a mail is: the user and list of a secret address, or the todo of a reply.

What an address opens is decided with each mail, by the rights of its user at that moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, select

from shared.access import gate
from shared.access.policy import Action
from shared.contract.shapes import AccountStatus
from shared.errors import NotFound
from shared.ids import ListId, TodoId, UserId
from shared.inbound_mail.addresses import Mailed, ReplyAddress, check_reply, parse_address
from shared.tables.accounts import UserRow
from shared.tables.interop.inbound_addresses import InboundAddressRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.notifications import NotificationRow
from shared.tables.reminders import ReminderRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import ReadTransaction


@dataclass(frozen=True)
class Recipient:
    """Who gets what: a todo of the list by the user, or a comment on `todo_id`."""

    user_id: UserId
    list_id: ListId
    todo_id: TodoId | None = None


_IS_ACTIVE = UserRow.status == AccountStatus.ACTIVE.value
_OF_ADDRESS = (
    select(InboundAddressRow.user_id, InboundAddressRow.list_id)
    .join(UserRow, and_(UserRow.id == InboundAddressRow.user_id, _IS_ACTIVE))
    .join(ListRow, and_(ListRow.id == InboundAddressRow.list_id, ListRow.deleted_at.is_(None)))
    .join(
        MemberRow,
        and_(
            MemberRow.list_id == InboundAddressRow.list_id,
            gate.is_member_who_may(InboundAddressRow.user_id, Action.CREATE_TODO),
        ),
    )
    .where(InboundAddressRow.hash == bindparam("hash"))
)
_OF_MAILED = {
    mailed: select(table.user_id, TodoRow.list_id, TodoRow.id.label("todo_id"), UserRow.email_key)
    .select_from(table)
    .join(UserRow, and_(UserRow.id == table.user_id, _IS_ACTIVE))
    .join(TodoRow, and_(TodoRow.id == table.todo_id, TodoRow.deleted_at.is_(None)))
    .join(ListRow, and_(ListRow.id == TodoRow.list_id, ListRow.deleted_at.is_(None)))
    .join(
        MemberRow,
        and_(
            MemberRow.list_id == TodoRow.list_id,
            gate.is_member_who_may(table.user_id, Action.WRITE_COMMENT),
        ),
    )
    .where(table.id == bindparam("row_id"))
    for mailed, table in (("n", NotificationRow), ("r", ReminderRow))
}


async def find_recipient(
    read: ReadTransaction, keys: Sequence[bytes], domain: str, address: str
) -> Recipient:
    """Return for whom a mail to this address is, in at most one statement.

    Raise NotFound, always the same: for an unknown or revoked address, an expired one, an account that
    is not active, a user without the right, and a list or todo in the trash.
    """
    parsed = parse_address(address, domain)
    if parsed is None:
        raise NotFound
    if isinstance(parsed, ReplyAddress):
        return await _find_reply(read, keys, parsed)
    rows = await read.connection.execute(_OF_ADDRESS, {"hash": parsed.hash})
    row = rows.one_or_none()
    if row is None:
        raise NotFound
    return Recipient(UserId(row.user_id), ListId(row.list_id))


async def _find_reply(
    read: ReadTransaction, keys: Sequence[bytes], reply: ReplyAddress
) -> Recipient:
    mailed: Mailed = reply.mailed
    rows = await read.connection.execute(_OF_MAILED[mailed], {"row_id": reply.row_id})
    row = rows.one_or_none()
    if row is None or not check_reply(keys, reply, row.email_key, read.now):
        raise NotFound
    return Recipient(UserId(row.user_id), ListId(row.list_id), TodoId(row.todo_id))
