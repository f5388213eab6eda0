"""Commands of administrators on accounts: invite a user, mail a link, mail an address again."""

from shared import audit
from shared.access import gate
from shared.access.policy import SiteAction
from shared.accounts import bounces
from shared.accounts.account import lock_account
from shared.accounts.administration import AccountEdit, apply_edit
from shared.accounts.authentication import passwords
from shared.accounts.password_change import send_reset
from shared.accounts.personal_data.leaving import as_managed
from shared.accounts.registration import (
    Registration,
    insert_account,
    send_first_link,
    send_verification_again,
)
from shared.actor import Actor
from shared.contract.shapes import AccountStatus, ManagedAccountShape, SiteRole
from shared.errors import Conflict
from shared.ids import UserId
from shared.unit_of_work import UnitOfWork


async def invite_user(
    work: UnitOfWork, actor: Actor | None, registration: Registration, site_role: SiteRole
) -> ManagedAccountShape:
    """Create a pending account and mail its holder the link that activates it. Return the account.

    Works while registration is closed, for addresses of every domain. `actor` is None for the
    operator. Raise Forbidden, or Conflict `email_taken`.
    """
    if actor is not None:
        await gate.authorize_site(actor, SiteAction.INVITE_USERS)
        if site_role is not SiteRole.USER:
            await gate.authorize_site(actor, SiteAction.GIVE_ACCESS)
    user_id = await insert_account(work, registration, passwords.UNUSABLE_PASSWORD)
    if user_id is None:
        raise Conflict("There is an account of this address already.", code="email_taken")
    await send_first_link(work, user_id)
    facts = {"site_role": site_role.value}
    await audit.record(work, actor, "account.invited", user_id=user_id, facts=facts)
    edit = AccountEdit(site_role=site_role)
    account = await apply_edit(work, actor, await lock_account(work, user_id), edit)
    return await as_managed(work, account.shape())


async def invite_again(work: UnitOfWork, actor: Actor, user_id: UserId) -> None:
    """Mail the link that activates a pending account once more; its holder chooses the password.

    Raise NotFound, Forbidden, or Conflict `not_pending`.
    """
    await gate.authorize_site(actor, SiteAction.INVITE_USERS)
    account = await lock_account(work, user_id)
    if account.status != AccountStatus.PENDING:
        raise Conflict("This account needs no invitation any more.", code="not_pending")
    # A stranger may have registered the address: who follows the link chooses the password.
    await send_verification_again(work, account, forgot_password=True)
    facts = {"site_role": account.site_role}
    await audit.record(work, actor, "account.invited", user_id=user_id, facts=facts)


async def send_password_reset(work: UnitOfWork, actor: Actor, user_id: UserId) -> None:
    """Mail a user the link that sets a new password. No administrator learns the password.

    Raise NotFound, Forbidden, Conflict `not_active` or `too_many_links`.
    """
    await gate.authorize_site(actor, SiteAction.RESET_USERS)
    account = await lock_account(work, user_id)
    if account.status != AccountStatus.ACTIVE:
        raise Conflict("Only an active account has a password to reset.", code="not_active")
    if not await send_reset(work, actor, account):
        raise Conflict(
            "This account had several such mails within an hour. Try again later.",
            code="too_many_links",
        )


async def lift_suppression(work: UnitOfWork, actor: Actor, user_id: UserId) -> ManagedAccountShape:
    """Mail an account again whose address a mail server rejected. Raise NotFound, Forbidden."""
    await gate.authorize_site(actor, SiteAction.RESET_USERS)
    account = await bounces.lift_suppression(work, actor, user_id)
    return await as_managed(work, account)
