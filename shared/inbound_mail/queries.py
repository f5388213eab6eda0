"""Read the mail address of a member for a list, and what became of the last mails."""

from typing import Any

from sqlalchemy import bindparam, select

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.interop.inbound_mail import ListEmailAddressShape
from shared.errors import NotFound
from shared.ids import ListId
from shared.tables.interop.inbound_addresses import InboundAddressRow
from shared.tables.interop.inbound_messages import InboundMessageRow
from shared.tables.lists import ListRow
from shared.unit_of_work import ReadTransaction


def _last_failed(column: Any) -> Any:
    message = InboundMessageRow
    of_reader = message.user_id == bindparam("reader"), message.list_id == ListRow.id
    newest = select(column).where(*of_reader, message.state == "failed")
    return newest.order_by(message.received_at.desc()).limit(1).scalar_subquery()


_CREATED_AT = select(InboundAddressRow.created_at).where(
    InboundAddressRow.user_id == bindparam("reader"), InboundAddressRow.list_id == ListRow.id
)
_ADDRESS = gate.select_membership(bindparam("list_id", type_=ListRow.id.type)).add_columns(
    _CREATED_AT.scalar_subquery().label("created_at"),
    _last_failed(InboundMessageRow.received_at).label("failed_at"),
    _last_failed(InboundMessageRow.failure).label("failure"),
)


async def read_address(
    read: ReadTransaction, actor: Actor, list_id: ListId, *, is_available: bool
) -> ListEmailAddressShape:
    """Return the actor's address for a list that they may read. Raise NotFound."""
    values = gate.reader(actor) | {"list_id": list_id}
    row: Any = (await read.connection.execute(_ADDRESS, values)).one_or_none()
    if row is None:
        raise NotFound
    gate.authorize_row(row.role, bool(row.in_trash), Action.READ_LIST)
    return ListEmailAddressShape(
        is_available=is_available,
        created_at=row.created_at,
        last_failed_at=row.failed_at,
        last_failure=row.failure or "",
    )
