"""Conditions on a user's row: which second factors the user has set up.

`users.has_second_factor` is the disjunction of FACTORS, so that a sign-in and each request read one
column; `finish_change` (changes.py) writes it after every change of a factor.
"""

from sqlalchemy import ColumnElement, exists, select

from shared.tables.accounts import UserRow
from shared.tables.passkeys import PasskeyRow
from shared.tables.second_factors import RecoveryCodeRow, TotpRow

HAS_TOTP: ColumnElement[bool] = exists(
    select(TotpRow.user_id).where(TotpRow.user_id == UserRow.id, TotpRow.confirmed_at.is_not(None))
)
HAS_PASSKEY: ColumnElement[bool] = exists(
    select(PasskeyRow.id).where(PasskeyRow.user_id == UserRow.id)
)
HAS_RECOVERY_CODE: ColumnElement[bool] = exists(
    select(RecoveryCodeRow.user_id).where(RecoveryCodeRow.user_id == UserRow.id)
)

# Recovery codes are none: they stand in for these, and go with the last of them.
FACTORS: tuple[ColumnElement[bool], ...] = (HAS_TOTP, HAS_PASSKEY)
