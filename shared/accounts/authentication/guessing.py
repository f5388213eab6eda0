"""Report by mail that somebody guesses the second factor of an account.

Counted for the account, not for a challenge: whoever knows the first factor can begin as many challenges as
they like, and whoever has a session needs none.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import and_, func, or_, select

from shared import audit
from shared.accounts.authentication.methods import SECOND_FACTORS
from shared.contract.jobs import SendSecurityNotice
from shared.ids import UserId
from shared.tables.accounts import AuditRow
from shared.unit_of_work import UnitOfWork

# A user mistypes twice or thrice. Below SECOND_FACTOR, which refuses codes unseen.
REPORTED_FAILURES = 5
PERIOD = timedelta(hours=1)

_FAILURES: Final = ("sign_in.failed", "step_up.failed")
_GUESSED: Final = "second_factor.guessed"


async def report_guessing(work: UnitOfWork, user_id: UserId, address: str) -> None:
    """Audit and mail many failed proofs, once in PERIOD: a guesser must not flood the mailbox.

    The account is locked, and the audit has the newest failure.
    """
    is_proof = AuditRow.facts["method"].as_string().in_([it.value for it in SECOND_FACTORS])
    rows = await work.connection.execute(
        select(AuditRow.action, func.count().label("times"))
        .where(
            AuditRow.user_id == user_id,
            AuditRow.at > work.now - PERIOD,
            or_(AuditRow.action == _GUESSED, and_(AuditRow.action.in_(_FAILURES), is_proof)),
        )
        .group_by(AuditRow.action)
    )
    times = {row.action: row.times for row in rows}
    if _GUESSED in times or sum(times.values()) < REPORTED_FAILURES:
        return
    audit_id = await audit.record(work, None, _GUESSED, user_id=user_id, address=address)
    work.add_job(
        SendSecurityNotice(audit_id=audit_id),
        dedupe_key=f"second_factor_guessed:{user_id}:{work.now:%Y%m%d%H}",
    )
