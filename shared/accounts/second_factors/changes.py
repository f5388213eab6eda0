"""What every change of a second factor ends with."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import delete, or_, select

from shared import audit
from shared.accounts.account import Account, save_account
from shared.accounts.second_factors.conditions import FACTORS
from shared.accounts.second_factors.recovery_codes import delete_recovery_codes
from shared.accounts.second_factors.requirement import is_required_of
from shared.actor import Actor
from shared.contract.audit import AuditAction
from shared.contract.events import CredentialsChanged
from shared.contract.jobs import SendSecurityNotice
from shared.contract.shapes import SiteRole
from shared.errors import Conflict
from shared.ids import user_stream
from shared.settings import Settings
from shared.tables.accounts import UserRow
from shared.tables.second_factors import SignInChallengeRow
from shared.unit_of_work import UnitOfWork


async def finish_change(
    work: UnitOfWork,
    actor: Actor | None,
    account: Account,
    action: AuditAction,
    facts: Mapping[str, str] | None = None,
) -> Account:
    """Note whether the locked account still has a second factor; audit the change and mail it.

    Without any, its recovery codes go too. Sign-ins that wait for a factor must begin again.
    """
    has_factor = await _has_factor(work, account)
    if not has_factor:
        await delete_recovery_codes(work, account.id)
    await work.connection.execute(
        delete(SignInChallengeRow).where(SignInChallengeRow.user_id == account.id)
    )
    after = replace(account, has_second_factor=has_factor)
    saved = await save_account(work, account, after, actor, bump_version=False)
    work.record(user_stream(account.id), CredentialsChanged(), actor)
    audit_id = await audit.record(work, actor, action, user_id=account.id, facts=facts)
    work.add_job(SendSecurityNotice(audit_id=audit_id))
    return saved


async def require_remaining_factor(work: UnitOfWork, settings: Settings, account: Account) -> None:
    """Raise Conflict `last_second_factor` if the account must have a factor and now has none.

    Called after its user deleted one; the transaction is rolled back.
    """
    is_required = is_required_of(settings, SiteRole(account.site_role))
    if is_required and not await _has_factor(work, account):
        raise Conflict(
            "This site requires a second factor, and this is your only one. Set another up first.",
            code="last_second_factor",
        )


async def _has_factor(work: UnitOfWork, account: Account) -> bool:
    found = select(or_(*FACTORS)).where(UserRow.id == account.id)
    return bool(await work.connection.scalar(found))
