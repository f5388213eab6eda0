"""Recovery codes: ten, each for one sign-in without the other second factors.

A code has 80 random bits. They cannot be guessed, neither at the sign-in nor from the hashes in a
database dump, so they need no slow hash.
"""

import hashlib
from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select

from shared import audit
from shared.accounts.account import Account, lock_own_account
from shared.actor import Actor
from shared.contract.events import CredentialsChanged
from shared.contract.jobs import SendSecurityNotice
from shared.contract.second_factors import RecoveryCodesShape
from shared.errors import Conflict, DomainError, Forbidden
from shared.ids import UserId, new_recovery_code, user_stream
from shared.tables.second_factors import RecoveryCodeRow
from shared.unit_of_work import UnitOfWork

CODE_COUNT = 10
# People read o as 0, and i and l as 1; the alphabet of codes has none of these letters.
_READ_AS = str.maketrans("oil", "011")


async def make_first_codes(work: UnitOfWork, user_id: UserId) -> list[str]:
    """Return new codes of the locked account if it has none; otherwise nothing."""
    count = select(func.count()).where(RecoveryCodeRow.user_id == user_id)
    if await work.connection.scalar(count):
        return []
    return await _replace(work, user_id)


async def renew_codes(work: UnitOfWork, actor: Actor) -> RecoveryCodesShape:
    """Replace the codes by new ones; mail that. Raise Conflict `no_second_factor`."""
    account = await lock_own_account(work, actor)
    if not account.has_second_factor:
        raise Conflict("Set a second factor up first.", code="no_second_factor")
    codes = await _replace(work, account.id)
    work.record(user_stream(account.id), CredentialsChanged(), actor)
    audit_id = await audit.record(work, actor, "recovery_codes.renewed", user_id=account.id)
    work.add_job(SendSecurityNotice(audit_id=audit_id))
    return RecoveryCodesShape(recovery_codes=codes)


async def use_recovery_code(
    work: UnitOfWork, account: Account, code: str, address: str = ""
) -> DomainError | None:
    """Use up a code of the locked account, and mail that. Return why it is refused, or None."""
    # Deleting decides: of two uses at the same moment, one deletes the row.
    used = await work.connection.scalar(
        delete(RecoveryCodeRow)
        .where(
            RecoveryCodeRow.user_id == account.id,
            RecoveryCodeRow.hash == hash_code(account.id, code),
        )
        .returning(RecoveryCodeRow.user_id)
    )
    if used is None:
        return Forbidden("This recovery code is wrong, or was used already.", code="wrong_code")
    left = await work.connection.scalar(
        select(func.count()).where(RecoveryCodeRow.user_id == account.id)
    )
    work.record(user_stream(account.id), CredentialsChanged(), None)
    audit_id = await audit.record(
        work,
        None,
        "recovery_code.used",
        user_id=account.id,
        facts={"left": str(left or 0)},
        address=address,
    )
    work.add_job(SendSecurityNotice(audit_id=audit_id))
    return None


async def delete_recovery_codes(work: UnitOfWork, user_id: UserId) -> None:
    await work.connection.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id))


def hash_code(user_id: UserId, code: str) -> str:
    """Return the hash of a code as it is stored, however it was typed."""
    typed = "".join(c for c in code.casefold() if c.isalnum()).translate(_READ_AS)
    # With the user's id: codes of different accounts are searched one by one, even from a dump.
    return hashlib.sha256(f"{user_id}\0{typed}".encode("utf-8", "surrogatepass")).hexdigest()


async def _replace(work: UnitOfWork, user_id: UserId) -> list[str]:
    await delete_recovery_codes(work, user_id)
    codes: Sequence[str] = [new_recovery_code() for _ in range(CODE_COUNT)]
    rows = [{"hash": hash_code(user_id, code), "user_id": user_id} for code in codes]
    await work.connection.execute(insert(RecoveryCodeRow), rows)
    return [*codes]
