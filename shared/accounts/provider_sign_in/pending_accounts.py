"""Accounts that wait for the confirmation of an address which a provider has verified.

Whoever typed the address may be a stranger, whose password the mailed link would set. The user of the
provider therefore takes such an account over, and nothing of the stranger's stays. An account to which an
administrator invited the user is taken over as well, also while registration is closed.
"""

from dataclasses import replace

from shared import audit
from shared.accounts.account import Account, find_account_by_email, lock_account
from shared.accounts.activation import activate_account
from shared.accounts.authentication.passwords import UNUSABLE_PASSWORD
from shared.accounts.external_identities import Identity, MadeElsewhereError, insert_identity
from shared.accounts.registration import Registration
from shared.contract.shapes import AccountStatus
from shared.errors import NotFound
from shared.unit_of_work import UnitOfWork


async def take_over_pending(
    work: UnitOfWork, identity: Identity, registration: Registration, address: str
) -> Account | None:
    """Activate the pending account of the address without a password, and link the identity to it.

    Return it locked; None if no account with the address is pending, also not any more. Raise
    MadeElsewhereError if the identity is linked already: the transaction must be rolled back.
    """
    found = await find_account_by_email(work, registration.email)
    if found is None:
        return None
    try:
        account = await lock_account(work, found.id)
    except NotFound:
        return None
    # Under the lock: the mailed link may have been followed meanwhile.
    if account.status != AccountStatus.PENDING:
        return None
    if not await insert_identity(work, identity, account.id):
        raise MadeElsewhereError
    own = replace(
        account,
        email=registration.email,
        name=registration.name,
        time_zone=registration.time_zone,
        locale=registration.locale,
    )
    account = await activate_account(work, own, UNUSABLE_PASSWORD)
    facts = {"issuer": identity.issuer}
    await audit.record(
        work, None, "account.verified", user_id=account.id, facts=facts, address=address
    )
    return account
