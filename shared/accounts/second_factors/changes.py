"""What every change of a second factor ends with."""

from dataclasses import replace

from sqlalchemy import delete, or_, select

from shared import audit
from shared.accounts.account import Account, save_account
from shared.accounts.second_factors.conditions import FACTORS
from shared.accounts.second_factors.recovery_codes import delete_recovery_codes
from shared.actor import Actor
from shared.contract.jobs import SendSecurityNotice
from shared.tables.accounts import UserRow
from shared.tables.second_factors import SignInChallengeRow
from shared.unit_of_work import UnitOfWork


async def finish_change(
    work: UnitOfWork, actor: Actor | None, account: Account, action: str
) -> Account:
    """Note whether the locked account still has a second factor; audit the change and mail it.

    Without any, its recovery codes go too. Sign-ins that wait for a factor must begin again.
    """
    has_factor = await work.connection.scalar(select(or_(*FACTORS)).where(UserRow.id == account.id))
    if not has_factor:
        await delete_recovery_codes(work, account.id)
    await work.connection.execute(
        delete(SignInChallengeRow).where(SignInChallengeRow.user_id == account.id)
    )
    after = replace(account, has_second_factor=bool(has_factor))
    saved = await save_account(work, account, after, actor, bump_version=False)
    audit_id = await audit.record(work, actor, action, user_id=account.id)
    work.add_job(SendSecurityNotice(audit_id=audit_id))
    return saved
