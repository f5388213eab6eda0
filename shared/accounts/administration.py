"""Commands of admins and of the operator on accounts.

An admin cannot change their own role or status, and one active admin always remains.
"""

from dataclasses import dataclass, replace

from sqlalchemy import insert, select

from shared import audit
from shared.access import gate
from shared.access.policy import SiteAction
from shared.accounts.account import Account, find_account_by_email, lock_account, save_account
from shared.accounts.activation import activate_account
from shared.accounts.api_tokens import revoke_all_api_tokens
from shared.accounts.authentication.sessions import revoke_all_sessions
from shared.accounts.email_links import void_links
from shared.accounts.personal_data.leaving import as_managed, block_leaving, stop_deletion
from shared.accounts.public_profile import lock_account_with_lists, record_profile_change
from shared.actor import Actor
from shared.calendar_feeds.commands import revoke_all_feeds
from shared.contract.audit import AuditAction
from shared.contract.events import AccountDisabled
from shared.contract.jobs import EndShareLink, SendAdminMessage, SendSecurityNotice
from shared.contract.shapes import AccountStatus, ManagedAccountShape, SiteRole
from shared.errors import Conflict, Forbidden, Stale
from shared.ids import UserId, new_id, user_stream
from shared.inbound_mail.commands import revoke_all_addresses
from shared.share_links import guests
from shared.signed_links import Purpose
from shared.tables.accounts import AdminMessageRow, UserRow
from shared.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class AccountEdit:
    """The fields an admin changes; None leaves a field as it is."""

    name: str | None = None
    site_role: SiteRole | None = None
    # True disables, False enables. An active account never becomes pending again.
    disabled: bool | None = None

    @property
    def gives_access(self) -> bool:
        """Return True for a change of the role, and for enabling."""
        return self.site_role is not None or self.disabled is False


async def edit_user(
    work: UnitOfWork,
    actor: Actor,
    user_id: UserId,
    edit: AccountEdit,
    *,
    expected_versions: frozenset[int] | None = None,
) -> ManagedAccountShape:
    """Apply `edit` to an account, as an admin, and return the account.

    Disabling revokes its sessions, which closes its sockets. Enabling stops its deletion. Raise NotFound,
    Stale, Conflict `last_admin`, or Forbidden `not_yourself`.
    """
    await gate.authorize_site(actor, SiteAction.EDIT_USERS)
    if edit.gives_access:
        await gate.authorize_site(actor, SiteAction.GIVE_ACCESS)
    account = await lock_account_with_lists(work, user_id)
    if expected_versions is not None and account.version not in expected_versions:
        raise Stale(await as_managed(work, account.shape()))
    if account.id == actor.user_id and (edit.site_role or edit.disabled is not None):
        raise Forbidden(
            "Another admin has to do this: nobody changes their own role or status.",
            code="not_yourself",
        )
    saved = await apply_edit(work, actor, account, edit)
    return await as_managed(work, saved.shape())


async def apply_edit(
    work: UnitOfWork, actor: Actor | None, account: Account, edit: AccountEdit
) -> Account:
    """Apply `edit` to an account that is locked with its lists, and return the account.

    `actor` is None for the operator. Raise Conflict `last_admin`.
    """
    after = replace(
        account,
        name=account.name if edit.name is None else edit.name,
        site_role=account.site_role if edit.site_role is None else edit.site_role.value,
        status=_status(account, edit.disabled),
    )
    if edit.disabled and await block_leaving(work, account.id):
        # Its status is `disabled` already, so this is all that changes about its access.
        await _disable(work, actor, account)
    if after == account:
        return account
    if edit.disabled is False and await stop_deletion(work, account.id):
        audit_id = await audit.record(work, actor, "account.deletion_stopped", user_id=account.id)
        work.add_job(SendSecurityNotice(audit_id=audit_id))
    if after.site_role != SiteRole.ADMIN or after.status != AccountStatus.ACTIVE:
        await require_another_admin(work, account)
    saved = await save_account(work, account, after, actor)
    await record_profile_change(work, actor, account, saved)
    if saved.status != account.status and saved.status == AccountStatus.DISABLED:
        await _disable(work, actor, saved)
    elif saved.status != account.status:
        await audit.record(work, actor, "account.enabled", user_id=account.id)
    await _audit_changes(work, actor, account, saved)
    return saved


async def require_another_admin(work: UnitOfWork, account: Account) -> None:
    """Raise Conflict `last_admin` if `account` is the only active admin.

    Lock the rows of all admins: when two admins demote each other at once, the second is refused.
    """
    if account.site_role != SiteRole.ADMIN or account.status != AccountStatus.ACTIVE:
        return
    if not [admin_id for admin_id in await _lock_admins(work) if admin_id != account.id]:
        raise Conflict("This is the last admin of the site.", code="last_admin")


async def send_admin_message(
    work: UnitOfWork, actor: Actor, user_id: UserId, subject: str, body: str
) -> None:
    """Store a message from the admin and queue the mail that carries it. Raise NotFound."""
    await gate.authorize_site(actor, SiteAction.NOTIFY_USERS)
    account = await lock_account(work, user_id)
    message_id = new_id()
    await work.connection.execute(
        insert(AdminMessageRow).values(
            id=message_id,
            user_id=account.id,
            sent_by=actor.user_id,
            subject=subject,
            body=body,
            created_at=work.now,
        )
    )
    await audit.record(work, actor, "account.notified", user_id=account.id)
    work.add_job(SendAdminMessage(message_id=message_id))


async def edit_as_operator(work: UnitOfWork, email: str, edit: AccountEdit) -> Account | None:
    """Apply `edit` to the account of an address, for the command line.

    Return None if no account has the address. Raise Conflict `last_admin`.
    """
    found = await find_account_by_email(work, email)
    if found is None:
        return None
    account = await lock_account_with_lists(work, found.id)
    return await apply_edit(work, None, account, edit)


async def activate_as_operator(work: UnitOfWork, user_id: UserId, site_role: SiteRole) -> Account:
    """Activate a new account without a mail and give it a role, for the command line."""
    account = await lock_account(work, user_id)
    account = await activate_account(work, account, account.password_hash)
    facts = {"site_role": site_role.value}
    await audit.record(work, None, "account.created", user_id=user_id, facts=facts)
    return await apply_edit(work, None, account, AccountEdit(site_role=site_role))


async def _lock_admins(work: UnitOfWork) -> list[UserId]:
    rows = await work.connection.scalars(
        select(UserRow.id)
        .where(UserRow.site_role == SiteRole.ADMIN, UserRow.status == AccountStatus.ACTIVE)
        .order_by(UserRow.id)
        .with_for_update(key_share=True)
    )
    return [UserId(user_id) for user_id in rows]


def _status(account: Account, disabled: bool | None) -> str:
    if disabled is None:
        return account.status
    if disabled:
        return AccountStatus.DISABLED.value
    # Enabling restores the status before: an address that was never verified still is not.
    return AccountStatus.ACTIVE.value if account.verified_at else AccountStatus.PENDING.value


async def _disable(work: UnitOfWork, actor: Actor | None, account: Account) -> None:
    await revoke_all_sessions(work, actor, account.id)
    await revoke_all_api_tokens(work, actor, account.id)
    await revoke_all_feeds(work, account.id)
    await revoke_all_addresses(work, account.id)
    await void_links(
        work, account.id, Purpose.VERIFY_EMAIL, Purpose.RESET_PASSWORD, Purpose.CHANGE_EMAIL
    )
    work.record(user_stream(account.id), AccountDisabled(), actor)
    # Requests of its guests are refused from now on; their lists' streams cannot be locked here.
    for link_id in await guests.links_made_by(work, account.id):
        work.add_job(EndShareLink(link_id=link_id))
    audit_id = await audit.record(work, actor, "account.disabled", user_id=account.id)
    work.add_job(SendSecurityNotice(audit_id=audit_id))


async def _audit_changes(
    work: UnitOfWork, actor: Actor | None, before: Account, after: Account
) -> None:
    changes: tuple[tuple[AuditAction, str, str], ...] = (
        ("account.role_changed", before.site_role, after.site_role),
        ("account.renamed", before.name, after.name),
    )
    for action, was, became in changes:
        if was != became:
            facts = {"before": was, "after": became}
            await audit.record(work, actor, action, user_id=after.id, facts=facts)
