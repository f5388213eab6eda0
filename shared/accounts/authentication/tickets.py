"""Tickets: one-time credentials to open a WebSocket, for which browsers cannot send a header."""

import hashlib
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import delete, insert

from shared.accounts.queries import read_actor_of_session
from shared.actor import Actor
from shared.errors import Unauthenticated
from shared.ids import SessionId, new_secret
from shared.tables.accounts import TicketRow
from shared.unit_of_work import UnitOfWork

# Long enough for a round trip and the handshake of a slow phone; a leaked ticket expires soon.
TICKET_LIFETIME_SECONDS = 30


async def issue_ticket(work: UnitOfWork, actor: Actor) -> tuple[str, int]:
    """Return a ticket that opens one socket as `actor`, once, and its lifetime in seconds."""
    ticket = new_secret()
    await work.connection.execute(
        insert(TicketRow).values(
            hash=_hash(ticket),
            session_id=actor.session_id,
            expires_at=work.now + timedelta(seconds=TICKET_LIFETIME_SECONDS),
        )
    )
    return ticket, TICKET_LIFETIME_SECONDS


async def redeem_ticket(work: UnitOfWork, ticket: str, address: str = "") -> Actor:
    """Use up a ticket and return its actor. Raise Unauthenticated if it is invalid or expired."""
    # Delete and read in one statement, so that of two concurrent calls only one gets the row.
    session_id = await work.connection.scalar(
        delete(TicketRow)
        .where(TicketRow.hash == _hash(ticket), TicketRow.expires_at > work.now)
        .returning(TicketRow.session_id)
    )
    if session_id is None:
        raise Unauthenticated
    return replace(await read_actor_of_session(work, SessionId(session_id)), address=address)


def _hash(ticket: str) -> str:
    # 256 random bits need no salt and no slow hash.
    return hashlib.sha256(ticket.encode("utf-8", "surrogatepass")).hexdigest()
