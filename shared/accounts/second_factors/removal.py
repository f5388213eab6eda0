"""Remove all second factors of an account that lost them: as an administrator, or as the operator."""

from shared.access import gate
from shared.access.policy import SiteAction
from shared.accounts.account import Account, find_account_by_email, lock_account
from shared.accounts.authentication.methods import SECOND_FACTORS
from shared.accounts.authentication.sessions import revoke_all_sessions
from shared.accounts.second_factors.changes import finish_change
from shared.actor import Actor
from shared.errors import Forbidden
from shared.ids import UserId
from shared.unit_of_work import UnitOfWork


async def reset_second_factors(work: UnitOfWork, actor: Actor, user_id: UserId) -> None:
    """Remove the account's second factors, revoke its sessions and mail that, as an admin.

    Raise NotFound, or Forbidden `not_yourself`: one removes one's own in the settings.
    """
    await gate.authorize_site(actor, SiteAction.RESET_SECOND_FACTORS)
    if user_id == actor.user_id:
        raise Forbidden("Remove your own in your settings.", code="not_yourself")
    await _reset(work, actor, await lock_account(work, user_id))


async def reset_as_operator(work: UnitOfWork, email: str) -> Account | None:
    """Do the same for the account of an address, for the command line. Return None if there is none."""
    found = await find_account_by_email(work, email)
    if found is None:
        return None
    account = await lock_account(work, found.id)
    await _reset(work, None, account)
    return account


async def _reset(work: UnitOfWork, actor: Actor | None, account: Account) -> None:
    for rule in SECOND_FACTORS.values():
        await rule.delete(work, account.id)
    # Whoever asked for it may not be the owner of the account; its devices have to sign in again.
    await revoke_all_sessions(work, actor, account.id)
    await finish_change(work, actor, account, "second_factors.reset")
