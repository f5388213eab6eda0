"""Tickets that work once (table provider_tickets): the row that is deleted, or inserted, decides.

Tickets are stored as hashes. All else that belongs to a sign-in under way is derived from a secret that
only the cookie of its browser holds, so a dump of the database continues no sign-in.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, insert

from shared import base64url
from shared.database.statements import insert_new
from shared.ids import UserId, new_secret
from shared.settings.external_sign_in.providers import Provider
from shared.tables.providers import ProviderTicketRow
from shared.unit_of_work import UnitOfWork

# A user who first enrols a second factor at the provider takes minutes.
TICKET_MINUTES = 10

Kind = Literal["state", "link"]


@dataclass(frozen=True)
class BrowserSecrets:
    """What one sign-in needs in the browser and in requests, derived from one secret."""

    secret: str

    @property
    def state(self) -> str:
        return self._derive("state")

    @property
    def nonce(self) -> str:
        return self._derive("nonce")

    @property
    def code_verifier(self) -> str:
        """43 characters, as RFC 7636, section 4.1, asks for at least."""
        return self._derive("code verifier")

    def _derive(self, use: str) -> str:
        digest = hmac.digest(self.secret.encode(), f"livelist provider {use}".encode(), "sha256")
        return base64url.encode(digest)


@dataclass(frozen=True)
class Ticket:
    """A ticket that was just used."""

    provider: str
    user_id: UserId | None
    subject: str | None


async def issue_ticket(
    work: UnitOfWork,
    kind: Kind,
    provider: Provider,
    *,
    token: str | None = None,
    user_id: UserId | None = None,
    subject: str | None = None,
) -> str:
    """Store a ticket and return its token, which is `token` or a new one."""
    token = token or new_secret()
    await work.connection.execute(
        insert(ProviderTicketRow).values(
            hash=_hash(kind, token),
            kind=kind,
            provider=provider.id,
            user_id=user_id,
            subject=subject,
            expires_at=work.now + timedelta(minutes=TICKET_MINUTES),
        )
    )
    return token


async def use_ticket(work: UnitOfWork, kind: Kind, token: str) -> Ticket | None:
    """Use up a ticket; None if it expired, was used, or never existed."""
    rows = await work.connection.execute(
        delete(ProviderTicketRow)
        .where(ProviderTicketRow.hash == _hash(kind, token), ProviderTicketRow.kind == kind)
        .returning(
            ProviderTicketRow.provider,
            ProviderTicketRow.user_id,
            ProviderTicketRow.subject,
            ProviderTicketRow.expires_at,
        )
    )
    row = rows.one_or_none()
    if row is None or row.expires_at <= work.now:
        return None
    return Ticket(row.provider, UserId(row.user_id) if row.user_id else None, row.subject)


async def is_first_use(
    work: UnitOfWork, provider: Provider, token_id: str, expires_at: datetime
) -> bool:
    """Return True if no logout token of the provider had this `jti` before. Remember it."""
    row = {
        "hash": _hash("logout", f"{provider.id} {token_id}"),
        "kind": "logout",
        "provider": provider.id,
        "expires_at": expires_at,
    }
    return await insert_new(work.connection, ProviderTicketRow, row, key=("hash",))


def _hash(kind: str, token: str) -> str:
    # 256 random bits need no salt and no slow hash.
    return hashlib.sha256(f"{kind} {token}".encode("utf-8", "surrogatepass")).hexdigest()
