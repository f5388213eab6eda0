"""Delete the own account: after some days of grace, in which its user can keep it, or delete it now.

    active ─ request_deletion → leaving ─ clean-up of the worker, or delete_now → deleted
       └──────── keep_account ─────┘

At the request every session ends, and with it sockets and pushes; API tokens, reminders and mails rest,
as for a disabled account, and the guests of its share links leave. Other members see no change until the
account is deleted.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import insert

from shared import audit
from shared.accounts.account import (
    Account,
    find_account,
    lock_account,
    lock_own_account,
    save_account,
)
from shared.accounts.administration import require_another_admin
from shared.accounts.authentication.sessions import revoke_all_sessions
from shared.accounts.authentication.step_up import RECENT
from shared.accounts.email_links import void_links
from shared.accounts.personal_data.leaving import Leaving, is_due, is_leaving, stop_deletion
from shared.accounts.profile import delete_account, delete_locked
from shared.actor import Actor
from shared.contract.events import AccountDisabled
from shared.contract.jobs import EndShareLink, SendSecurityNotice
from shared.contract.personal_data import AccountDeletionShape
from shared.contract.shapes import AccountStatus
from shared.errors import Forbidden, NotFound
from shared.ids import SessionId, UserId, user_stream
from shared.members.member_removal import leave_all_lists, require_no_list_without_owner
from shared.share_links import guests
from shared.signed_links import Purpose
from shared.tables.personal_data import AccountDeletionRow
from shared.unit_of_work import UnitOfWork


async def request_deletion(work: UnitOfWork, actor: Actor, grace_days: int) -> AccountDeletionShape:
    """Delete the actor's account after the time of grace; without one, now.

    The caller has made sure who the actor is. Raise Conflict `last_owner` or `last_admin`.
    """
    if not grace_days:
        await delete_account(work, actor)
        return AccountDeletionShape(delete_at=None)
    account = await lock_own_account(work, actor)
    # Checked again when it is deleted: other owners may leave until then.
    await require_no_list_without_owner(work, account.id)
    await require_another_admin(work, account)
    delete_at = work.now + timedelta(days=grace_days)
    await _begin_grace(work, actor, account, delete_at)
    return AccountDeletionShape(delete_at=delete_at)


async def _begin_grace(
    work: UnitOfWork, actor: Actor, account: Account, delete_at: datetime
) -> None:
    await stop_deletion(work, account.id)
    await work.connection.execute(
        insert(AccountDeletionRow).values(
            user_id=account.id, requested_at=work.now, delete_at=delete_at
        )
    )
    after = replace(account, status=AccountStatus.DISABLED.value)
    await save_account(work, account, after, actor)
    await revoke_all_sessions(work, actor, account.id)
    await void_links(work, account.id, Purpose.RESET_PASSWORD, Purpose.CHANGE_EMAIL)
    work.record(user_stream(account.id), AccountDisabled(), actor)
    # Requests of its guests are refused from now on; the job closes their sockets.
    for link_id in await guests.links_made_by(work, account.id):
        work.add_job(EndShareLink(link_id=link_id))
    audit_id = await audit.record(
        work,
        actor,
        "account.deletion_requested",
        user_id=account.id,
        facts={"delete_at": delete_at.isoformat()},
    )
    work.add_job(SendSecurityNotice(audit_id=audit_id))


async def keep_account(work: UnitOfWork, leaving: Leaving) -> None:
    """Make a leaving account active again. Raise NotFound if it is not leaving any more."""
    actor = leaving.actor
    account = await lock_account(work, actor.user_id)
    if not await stop_deletion(work, account.id):
        raise NotFound
    after = replace(account, status=AccountStatus.ACTIVE.value)
    await save_account(work, account, after, actor)
    audit_id = await audit.record(work, actor, "account.kept", user_id=account.id)
    work.add_job(SendSecurityNotice(audit_id=audit_id))


async def delete_now(work: UnitOfWork, leaving: Leaving) -> None:
    """Delete a leaving account before its time of grace is over. Raise Forbidden, NotFound.

    It takes a sign-in of now, not one that somebody left open days ago.
    """
    if work.now - leaving.authenticated_at > RECENT:
        raise Forbidden("Sign out and in again to delete it now.", code="sign_in_again")
    await _leave_lists(work, leaving.actor.user_id)
    account = await lock_account(work, leaving.actor.user_id)
    if not await is_leaving(work, account.id):
        raise NotFound
    await delete_locked(work, leaving.actor, account)


async def delete_after_grace(work: UnitOfWork, user_id: UserId) -> None:
    """Delete a leaving account whose time of grace is over. Raise NotFound if that is not so."""
    await _leave_lists(work, user_id)
    account = await lock_account(work, user_id)
    # Read under the lock: if the user has kept the account meanwhile, all is rolled back.
    if not await is_due(work, account.id):
        raise NotFound
    await delete_locked(work, None, account)


async def _leave_lists(work: UnitOfWork, user_id: UserId) -> None:
    """Leave all lists. First of all, because streams of lists are locked before those of users."""
    account = await find_account(work, user_id)
    if account is None:
        raise NotFound
    leaver = Actor(account.id, account.name, SessionId(""))
    await leave_all_lists(work, leaver, may_hand_over=True)
