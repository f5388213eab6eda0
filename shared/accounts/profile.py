"""What people change about their own account, and its end."""

from dataclasses import dataclass, replace

from sqlalchemy import delete

from shared import audit
from shared.accounts.account import Account, save_account
from shared.accounts.administration import require_another_admin
from shared.accounts.authentication.sessions import revoke_all_sessions
from shared.accounts.authentication.sign_in import confirm_password, lock_confirmed_account
from shared.accounts.public_profile import lock_account_with_lists, record_profile_change
from shared.actor import Actor
from shared.contract.events import AccountDisabled
from shared.contract.jobs import SendSecurityNotice
from shared.contract.shapes import AccountShape
from shared.errors import Stale
from shared.ids import user_stream
from shared.members.member_removal import leave_all_lists
from shared.notifications.commands import anonymize_actor, reschedule_digest
from shared.reminders.commands import reschedule_for_user
from shared.resources import Resources
from shared.tables.accounts import UserRow
from shared.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class ProfileEdit:
    """What to change; None leaves a field as it is, and `avatar_url` clears by ""."""

    name: str | None = None
    bio: str | None = None
    avatar_url: str | None = None
    time_zone: str | None = None
    locale: str | None = None


async def edit_profile(
    work: UnitOfWork, actor: Actor, edit: ProfileEdit, *, expected_version: int | None = None
) -> AccountShape:
    """The actor's account is as `edit` says; their devices hear of it.

    Who shares a list with them hears of another name or picture, and reminders that depend on
    the time zone are moved. Raises Stale.
    """
    before = await lock_account_with_lists(work, actor.user_id)
    if expected_version is not None and expected_version != before.version:
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


async def delete_account(resources: Resources, actor: Actor, password: str) -> None:
    """The account is gone, with its sessions, reminders, Inbox and the lists that only it was in.

    What it wrote in shared lists stays, without its name; the audit stays. Its stream stays too,
    empty of meaning, so that nodes which missed the ring can still read the event that closes its
    sockets. Raises Forbidden `wrong_password`, Conflict `last_owner` or `last_admin`.
    """
    seen = await confirm_password(resources, actor, password)
    async with resources.begin() as work:
        # First, because it locks lists, which come before persons.
        await leave_all_lists(work, actor)
        account = await lock_confirmed_account(work, seen)
        await require_another_admin(work, account)
        await revoke_all_sessions(work, actor, account.id)
        work.record(user_stream(account.id), AccountDisabled(), actor)
        facts = {"old_email": account.email}
        audit_id = await audit.record(
            work, actor, "account.deleted", user_id=account.id, facts=facts
        )
        work.add_job(SendSecurityNotice(audit_id=audit_id, to_old_address=True))
        await anonymize_actor(work, account.id)
        await work.connection.execute(delete(UserRow).where(UserRow.id == account.id))


def _edited(before: Account, edit: ProfileEdit) -> Account:
    wanted = {name: value for name, value in vars(edit).items() if value is not None}
    if edit.avatar_url == "":
        wanted["avatar_url"] = None
    return replace(before, **wanted)
