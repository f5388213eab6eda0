"""Create, renew and revoke the mail addresses of an account: one for each list.

Like calendar feeds, they end with a password reset and when the account is disabled. Those of a list to
which the user may not add todos at the moment, or that is in the trash, are kept and take nothing.
"""

from sqlalchemy import delete, func, select

from shared import audit
from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.audit import AuditAction
from shared.contract.interop.inbound_mail import NewListEmailAddressShape
from shared.database.statements import insert_new
from shared.errors import Conflict, NotFound
from shared.ids import ListId, UserId, new_mail_secret, user_stream
from shared.inbound_mail.addresses import PREFIX, hash_secret, list_address
from shared.languages.texts import message
from shared.tables.interop.inbound_addresses import InboundAddressRow
from shared.tables.lists import ListRow
from shared.unit_of_work import UnitOfWork

# One for each list that somebody writes to by mail; addresses nobody remembers are only a risk.
MAX_ADDRESSES = 50


async def create_address(
    work: UnitOfWork, actor: Actor, list_id: ListId, domain: str
) -> NewListEmailAddressShape:
    """Give the actor an address for the list, and end the one before. It is not stored.

    Raise Unauthenticated, NotFound, Forbidden, or Conflict `inbound_mail_off` or
    `too_many_email_addresses`.
    """
    # Of two requests at the same time, the second counts the address of the first.
    await gate.authorize_write(
        work,
        actor,
        list_id,
        Action.CREATE_EMAIL_ADDRESS,
        also_lock=[user_stream(actor.user_id)],
    )
    await gate.require_live_session(work, actor)
    if not domain:
        raise Conflict("This site takes no mail.", code="inbound_mail_off")
    had_one = await _delete(work, actor.user_id, list_id)
    count = select(func.count()).where(InboundAddressRow.user_id == actor.user_id)
    if (await work.connection.scalar(count) or 0) >= MAX_ADDRESSES:
        raise Conflict(
            message(
                "You have mail addresses for {limit} lists. Revoke one first.", limit=MAX_ADDRESSES
            ),
            code="too_many_email_addresses",
        )
    secret = PREFIX + new_mail_secret()
    row = {
        "user_id": actor.user_id,
        "list_id": list_id,
        "hash": hash_secret(secret),
        "created_at": work.now,
    }
    await insert_new(work.connection, InboundAddressRow, row, key=("user_id", "list_id"))
    name = await _record(
        work, actor, "email_address.renewed" if had_one else "email_address.created", list_id
    )
    return NewListEmailAddressShape(address=list_address(name, secret, domain), created_at=work.now)


async def revoke_address(work: UnitOfWork, actor: Actor, list_id: ListId) -> None:
    """Revoke the actor's address for the list, also after their role was lowered.

    Raise NotFound, or Forbidden for an API token or a guest.
    """
    gate.reader(actor, Action.CREATE_EMAIL_ADDRESS)
    if not await _delete(work, actor.user_id, list_id):
        raise NotFound
    await _record(work, actor, "email_address.revoked", list_id)


async def revoke_all_addresses(work: UnitOfWork, user_id: UserId) -> None:
    """Revoke all addresses of the locked account."""
    of_user = InboundAddressRow.user_id == user_id
    await work.connection.execute(delete(InboundAddressRow).where(of_user))


async def _delete(work: UnitOfWork, user_id: UserId, list_id: ListId) -> bool:
    row = InboundAddressRow
    is_one = (row.user_id == user_id) & (row.list_id == list_id)
    return (await work.connection.execute(delete(row).where(is_one))).rowcount > 0


async def _record(work: UnitOfWork, actor: Actor, action: AuditAction, list_id: ListId) -> str:
    """Record the action, and return the name of the list."""
    name = await work.connection.scalar(select(ListRow.name).where(ListRow.id == list_id)) or ""
    facts = {"list_id": list_id, "name": name}
    await audit.record(work, actor, action, user_id=actor.user_id, facts=facts)
    return name
