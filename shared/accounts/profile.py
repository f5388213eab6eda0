"""Edit the actor's profile, and delete accounts: the actor's, or another as an admin or the operator."""

from dataclasses import dataclass, replace

from sqlalchemy import delete

from shared import audit
from shared.access import gate
from shared.access.policy import SiteAction
from shared.accounts.account import (
    Account,
    find_account,
    find_account_by_email,
    lock_account,
    save_account,
)
from shared.accounts.administration import require_another_admin
from shared.accounts.authentication.sessions import revoke_all_sessions
from shared.accounts.erasure import erase_account
from shared.accounts.public_profile import lock_account_with_lists, record_profile_change
from shared.actor import Actor
from shared.contract.events import AccountDisabled
from shared.contract.jobs import SendSecurityNotice
from shared.contract.shapes import AccountShape
from shared.errors import Forbidden, NotFound, Stale
from shared.ids import SessionId, UserId, user_stream
from shared.members.member_removal import leave_all_lists
from shared.notifications.commands import anonymize_actor
from shared.notifications.preferences import reschedule_digest
from shared.reminders.rescheduling import reschedule_for_user
from shared.tables.accounts import UserRow
from shared.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class ProfileEdit:
    """The fields to change; None leaves a field as it is, and "" clears `avatar_url`."""

    name: str | None = None
    bio: str | None = None
    avatar_url: str | None = None
    time_zone: str | None = None
    locale: str | None = None
    language: str | None = None
    week_start: str | None = None
    hour_cycle: str | None = None


async def edit_profile(
    work: UnitOfWork,
    actor: Actor,
    edit: ProfileEdit,
    *,
    expected_versions: frozenset[int] | None = None,
) -> AccountShape:
    """Apply `edit` to the actor's account and return it.

    Record a new name or picture in every list of the user. Reschedule the reminders and the digest
    that depend on the time zone. Raise Stale.
    """
    before = await lock_account_with_lists(work, actor.user_id)
    if expected_versions is not None and before.version not in expected_versions:
        raise Stale(before.shape())
    after = _edited(before, edit)
    if after == before:
        return before.shape()
    account = await save_account(work, before, after, actor)
    await record_profile_change(work, actor, before, account)
    if before.time_zone != after.time_zone:
        await reschedule_for_user(work, account.id, account.time_zone)
        await reschedule_digest(work, account.id)
    return account.shape()


async def delete_account(work: UnitOfWork, actor: Actor) -> None:
    """Delete the actor's account now, with its sessions, reminders, Inbox and own lists.

    Todos and comments in shared lists stay, without the user's name, and the audit stays, without name
    and address (shared/accounts/erasure.py). The user's stream stays too: nodes that missed the event
    message can still read the event that closes the sockets. Raise Conflict `last_owner` or
    `last_admin`.
    """
    # First, because it locks streams of lists, which are locked before those of users.
    await leave_all_lists(work, actor)
    await delete_locked(work, actor, await lock_account(work, actor.user_id))


async def delete_account_as_operator(work: UnitOfWork, email: str) -> Account | None:
    """Delete the account of an address like `delete_account`, for the command line.

    Return the account, or None if there is none.
    """
    found = await find_account_by_email(work, email)
    return None if found is None else await _delete_other(work, None, found)


async def delete_user(work: UnitOfWork, actor: Actor, user_id: UserId) -> None:
    """Delete another's account like `delete_account`, as an admin.

    Raise NotFound, Conflict `last_owner`, or Forbidden `not_yourself`: there is
    another route for one's own.
    """
    await gate.authorize_site(actor, SiteAction.DELETE_USERS)
    if user_id == actor.user_id:
        raise Forbidden("Delete your own account in your settings.", code="not_yourself")
    found = await find_account(work, user_id)
    if found is None:
        raise NotFound
    await _delete_other(work, actor, found)


async def _delete_other(work: UnitOfWork, actor: Actor | None, found: Account) -> Account:
    # The events of leaving the lists name the user as their actor. First, as in `delete_account`.
    await leave_all_lists(work, Actor(found.id, found.name, SessionId("")))
    account = await lock_account(work, found.id)
    await delete_locked(work, actor, account)
    return account


async def delete_locked(work: UnitOfWork, actor: Actor | None, account: Account) -> None:
    """Delete the locked account, which is in no list any more. `actor` is None for the operator."""
    await require_another_admin(work, account)
    await revoke_all_sessions(work, actor, account.id)
    work.record(user_stream(account.id), AccountDisabled(), actor)
    await erase_account(work, account)
    facts = {"old_email": account.email}
    audit_id = await audit.record(work, actor, "account.deleted", user_id=account.id, facts=facts)
    work.add_job(SendSecurityNotice(audit_id=audit_id, to_old_address=True))
    await anonymize_actor(work, account.id)
    await work.connection.execute(delete(UserRow).where(UserRow.id == account.id))


def _edited(before: Account, edit: ProfileEdit) -> Account:
    changes = {name: value for name, value in vars(edit).items() if value is not None}
    if edit.avatar_url == "":
        changes["avatar_url"] = None
    return replace(before, **changes)
