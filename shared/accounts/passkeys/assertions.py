"""Check the answer of a passkey, for signing in, as a second factor, or for a step-up.

An unknown passkey and a wrong signature get the same answer, after the same work.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select, update

from shared import audit, base64url
from shared.accounts.account import Account, lock_account
from shared.accounts.passkeys.ceremonies import (
    TIMEOUT_MILLISECONDS,
    Purpose,
    begin_ceremony,
    get_relying_party,
    use_ceremony,
)
from shared.accounts.passkeys.queries import read_descriptors
from shared.accounts.passkeys.verification import (
    Assertion,
    NotGenuineError,
    SignedFacts,
    verify_assertion,
)
from shared.contract.jobs import SendSecurityNotice
from shared.contract.passkeys import PasskeyRequestOptions
from shared.errors import NotFound
from shared.ids import PasskeyId, UserId
from shared.settings import Settings
from shared.tables.passkeys import PasskeyRow
from shared.unit_of_work import UnitOfWork

# The base point of P-256 as a COSE_Key: verifying a signature of an unknown passkey takes as long.
_DUMMY_KEY = bytes.fromhex(
    "a5010203262001"
    "2158206b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "2258204fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)


@dataclass(frozen=True)
class UsedPasskey:
    """A passkey that signed for its user just now. The account is locked."""

    id: PasskeyId
    account: Account


async def begin_assertion(
    work: UnitOfWork,
    settings: Settings,
    purpose: Purpose,
    bound_to: str = "",
    *,
    user_id: UserId | None = None,
) -> PasskeyRequestOptions:
    """Return the options with which a browser asks for a passkey, within five minutes.

    `user_id`: only for passkeys of this account. Raise Conflict `passkeys_unavailable`.
    """
    party = get_relying_party(settings)
    return PasskeyRequestOptions(
        challenge=await begin_ceremony(work, purpose, bound_to),
        timeout=TIMEOUT_MILLISECONDS,
        rpId=party.id,
        allowCredentials=[] if user_id is None else await read_descriptors(work, user_id),
    )


async def use_passkey(
    work: UnitOfWork,
    settings: Settings,
    purpose: Purpose,
    sent: Assertion,
    bound_to: str = "",
    *,
    user_id: UserId | None = None,
    address: str = "",
) -> UsedPasskey | None:
    """Return the passkey that signed, or None. End the ceremony in each case.

    `user_id`: only passkeys of this account count. The caller commits, also after None: otherwise
    the challenge could be tried again, and the audit would miss a counter that went back.
    """
    found = await _find(work, sent)
    try:
        ceremony = await use_ceremony(work, purpose, sent.client_data, bound_to)
        key = found.public_key if found else _DUMMY_KEY
        facts = verify_assertion(settings.web.relying_party, ceremony.challenge, key, sent)
    except NotGenuineError:
        return None
    if found is None or user_id not in (None, found.user_id):
        return None
    if sent.user_handle and base64url.encode(sent.user_handle) != found.user_handle:
        return None
    try:
        account = await lock_account(work, UserId(found.user_id))
    except NotFound:
        return None
    passkey = UsedPasskey(PasskeyId(found.id), account)
    return passkey if await _advance(work, passkey, facts, address) else None


async def _find(work: UnitOfWork, sent: Assertion) -> Any:
    rows = await work.connection.execute(
        select(
            PasskeyRow.id, PasskeyRow.user_id, PasskeyRow.public_key, PasskeyRow.user_handle
        ).where(PasskeyRow.credential_id == base64url.encode(sent.credential_id))
    )
    return rows.one_or_none()


async def _advance(
    work: UnitOfWork, passkey: UsedPasskey, facts: SignedFacts, address: str
) -> bool:
    """Store the counter. Return False, and audit it, if it did not advance: the passkey was copied.

    Authenticators that do not count send 0 each time (WebAuthn, section 6.1.1).
    """
    is_stored = PasskeyRow.id == passkey.id
    advances = PasskeyRow.sign_count < facts.sign_count
    if facts.sign_count == 0:
        advances = or_(advances, PasskeyRow.sign_count == 0)
    updated = await work.connection.execute(
        update(PasskeyRow)
        .where(is_stored, advances)
        .values(
            sign_count=facts.sign_count,
            is_backed_up=facts.is_backed_up,
            last_used_at=work.now,
        )
    )
    if updated.rowcount == 1:
        return True
    # Removed by the request that held the lock before, or a counter that went back.
    if await work.connection.scalar(select(PasskeyRow.id).where(is_stored)) is not None:
        audit_id = await audit.record(
            work,
            None,
            "passkey.counter_went_back",
            user_id=passkey.account.id,
            facts={"passkey_id": passkey.id},
            address=address,
        )
        work.add_job(SendSecurityNotice(audit_id=audit_id))
    return False
