"""Read the second factors of an account, and whether it must have one."""

from sqlalchemy import func, select

from shared.accounts.second_factors.requirement import is_required_of
from shared.actor import Actor
from shared.contract.second_factors import SecondFactorsShape
from shared.settings import Settings
from shared.tables.accounts import UserRow
from shared.tables.passkeys import PasskeyRow
from shared.tables.second_factors import RecoveryCodeRow, TotpRow
from shared.unit_of_work import ReadTransaction

_PASSKEYS = (
    select(func.count())
    .select_from(PasskeyRow)
    .where(PasskeyRow.user_id == UserRow.id)
    .scalar_subquery()
)
_CODES_LEFT = (
    select(func.count())
    .select_from(RecoveryCodeRow)
    .where(RecoveryCodeRow.user_id == UserRow.id)
    .scalar_subquery()
)


async def read_second_factors_of(
    read: ReadTransaction, settings: Settings, actor: Actor
) -> SecondFactorsShape:
    """Return the actor's second factors, in one statement."""
    rows = await read.connection.execute(
        select(TotpRow.confirmed_at, _CODES_LEFT.label("codes_left"), _PASSKEYS.label("passkeys"))
        .select_from(UserRow)
        .outerjoin(TotpRow, TotpRow.user_id == UserRow.id)
        .where(UserRow.id == actor.user_id)
    )
    row = rows.one()
    return SecondFactorsShape(
        totp_since=row.confirmed_at,
        passkeys=row.passkeys,
        recovery_codes_left=row.codes_left,
        is_required=is_required_of(settings, actor.site_role),
    )
