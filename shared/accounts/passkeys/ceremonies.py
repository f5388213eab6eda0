"""Ceremonies of WebAuthn: a challenge that one authenticator signs, for one purpose, once.

The challenge is stored as a hash, so that a copy of the database signs nobody in. Deleting its row
uses it: of two concurrent answers to one challenge, one finds the row.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import delete, insert

from shared import base64url
from shared.accounts.passkeys.verification import NotGenuineError, challenge_in
from shared.errors import Conflict
from shared.ids import new_secret_bytes
from shared.settings import Settings
from shared.settings.relying_party import RelyingParty
from shared.tables.passkeys import PasskeyCeremonyRow
from shared.unit_of_work import UnitOfWork

# Long enough to fetch a security key, or a phone that scans a code.
LIFETIME = timedelta(minutes=5)
TIMEOUT_MILLISECONDS = int(LIFETIME.total_seconds() * 1000)


class Purpose(StrEnum):
    """What a ceremony is for. An answer for one purpose is worth nothing for another."""

    REGISTRATION = "registration"
    SIGN_IN = "sign_in"
    SECOND_FACTOR = "second_factor"
    STEP_UP = "step_up"


@dataclass(frozen=True)
class Ceremony:
    """A ceremony that was used just now. `user_handle` is of a registration."""

    challenge: str
    user_handle: str | None


def get_relying_party(settings: Settings) -> RelyingParty:
    """Return under which name this site has passkeys. Raise Conflict `passkeys_unavailable`."""
    party = settings.web.relying_party
    if party.obstacle:
        raise Conflict(party.obstacle, code="passkeys_unavailable")
    return party


async def begin_ceremony(
    work: UnitOfWork, purpose: Purpose, bound_to: str = "", *, user_handle: str | None = None
) -> str:
    """Return the challenge of a new ceremony. It can be used where `bound_to` is the same."""
    challenge = base64url.encode(new_secret_bytes())
    await work.connection.execute(
        insert(PasskeyCeremonyRow).values(
            hash=_hash(challenge),
            purpose=purpose,
            bound_to=bound_to,
            user_handle=user_handle,
            expires_at=work.now + LIFETIME,
        )
    )
    return challenge


async def use_ceremony(
    work: UnitOfWork, purpose: Purpose, client_data: bytes, bound_to: str = ""
) -> Ceremony:
    """Return the ceremony whose challenge the client data names, and end it.

    Raise NotGenuineError if it has ended, or was begun for another purpose or by another session.
    """
    challenge = challenge_in(client_data)
    rows = await work.connection.execute(
        delete(PasskeyCeremonyRow)
        .where(
            PasskeyCeremonyRow.hash == _hash(challenge),
            PasskeyCeremonyRow.purpose == purpose,
            PasskeyCeremonyRow.bound_to == bound_to,
        )
        .returning(PasskeyCeremonyRow.user_handle, PasskeyCeremonyRow.expires_at)
    )
    row = rows.one_or_none()
    if row is None or row.expires_at <= work.now:
        raise NotGenuineError("no such ceremony")
    return Ceremony(challenge, row.user_handle)


def _hash(challenge: str) -> str:
    # 256 random bits need no salt and no slow hash.
    return hashlib.sha256(challenge.encode()).hexdigest()
