"""The table of methods by which a user proves who they are. A new method is a row here.

A proof is checked in two parts, because a password is hashed between two transactions:

    confirm = await METHODS[proof.method].prepare(resources, account, proof)
    async with resources.begin() as work:           # locks the account
        refusal = await confirm(work, account, occasion)   # None: it holds, and is used up
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select

from shared.accounts.account import Account
from shared.accounts.authentication import passwords
from shared.accounts.passkeys.assertions import use_passkey
from shared.accounts.passkeys.ceremonies import Purpose
from shared.accounts.passkeys.queries import delete_passkeys
from shared.accounts.passkeys.verification import Assertion
from shared.accounts.second_factors.conditions import (
    HAS_PASSKEY,
    HAS_RECOVERY_CODE,
    HAS_TOTP,
)
from shared.accounts.second_factors.recovery_codes import delete_recovery_codes, use_recovery_code
from shared.accounts.second_factors.totp import delete_totp, use_totp_code
from shared.contract.sessions import SignInMethod
from shared.contract.sign_in import (
    Method,
    PasskeyProof,
    PasswordProof,
    RecoveryCodeProof,
    TotpProof,
)
from shared.errors import DomainError, Forbidden
from shared.ids import UserId
from shared.resources import Resources
from shared.tables.accounts import UserRow
from shared.unit_of_work import ReadTransaction, UnitOfWork


@dataclass(frozen=True)
class Occasion:
    """What a proof is given for. `bound_to` is the session of a step-up, or the hash of a challenge.

    `address` is the network address of the caller.
    """

    purpose: Purpose
    bound_to: str
    address: str


# Called with the locked account. Returns why the proof is refused; None if it holds.
Confirm = Callable[[UnitOfWork, Account, Occasion], Awaitable[DomainError | None]]


@dataclass(frozen=True)
class MethodRule:
    """How a method is checked. `is_set_up` is a condition on the user's row in a statement."""

    is_set_up: ColumnElement[bool]
    prepare: Callable[[Resources, Account, Any], Awaitable[Confirm]]


@dataclass(frozen=True)
class SecondFactorRule(MethodRule):
    """A method that is a second step of a sign-in, which is recorded as `after_password`.

    `delete` removes it from a locked account.
    """

    after_password: SignInMethod
    delete: Callable[[UnitOfWork, UserId], Awaitable[None]]


async def prepare_password(resources: Resources, account: Account, proof: PasswordProof) -> Confirm:
    given = proof.password.get_secret_value()
    is_correct = await passwords.is_correct(
        given, account.password_hash, passwords.of_account(account.id)
    )

    async def confirm(work: UnitOfWork, locked: Account, occasion: Occasion) -> DomainError | None:
        # The password may have changed since it was checked.
        if is_correct and locked.password_hash == account.password_hash:
            return None
        return wrong_password()

    return confirm


async def prepare_totp(resources: Resources, account: Account, proof: TotpProof) -> Confirm:
    async def confirm(work: UnitOfWork, locked: Account, occasion: Occasion) -> DomainError | None:
        return await use_totp_code(work, resources.settings, locked, proof.code)

    return confirm


async def prepare_recovery_code(
    resources: Resources, account: Account, proof: RecoveryCodeProof
) -> Confirm:
    async def confirm(work: UnitOfWork, locked: Account, occasion: Occasion) -> DomainError | None:
        return await use_recovery_code(work, locked, proof.code, occasion.address)

    return confirm


async def prepare_passkey(resources: Resources, account: Account, proof: PasskeyProof) -> Confirm:
    sent = Assertion.of(proof)

    async def confirm(work: UnitOfWork, locked: Account, occasion: Occasion) -> DomainError | None:
        used = await use_passkey(
            work,
            resources.settings,
            occasion.purpose,
            sent,
            occasion.bound_to,
            user_id=locked.id,
            address=occasion.address,
        )
        return None if used else wrong_passkey()

    return confirm


def wrong_passkey() -> Forbidden:
    return Forbidden("This passkey is not one of your account. Try again.", code="wrong_passkey")


def wrong_password() -> Forbidden:
    return Forbidden("This is not your password.", code="wrong_password")


def no_password() -> Forbidden:
    return Forbidden(
        "Your account has no password. “Forgot your password?” sets one.", code="wrong_password"
    )


# In the order in which they are offered.
METHODS: Mapping[Method, MethodRule] = {
    Method.PASSWORD: MethodRule(
        UserRow.password_hash != passwords.UNUSABLE_PASSWORD, prepare_password
    ),
    Method.PASSKEY: SecondFactorRule(
        HAS_PASSKEY, prepare_passkey, SignInMethod.PASSWORD_AND_PASSKEY, delete_passkeys
    ),
    Method.TOTP: SecondFactorRule(
        HAS_TOTP, prepare_totp, SignInMethod.PASSWORD_AND_CODE, delete_totp
    ),
    Method.RECOVERY_CODE: SecondFactorRule(
        HAS_RECOVERY_CODE,
        prepare_recovery_code,
        SignInMethod.PASSWORD_AND_RECOVERY_CODE,
        delete_recovery_codes,
    ),
}
SECOND_FACTORS: Mapping[Method, SecondFactorRule] = {
    method: rule for method, rule in METHODS.items() if isinstance(rule, SecondFactorRule)
}


def columns_of_methods() -> list[ColumnElement[bool]]:
    """Return a column for each method, which says whether the user of the row has set it up."""
    return [rule.is_set_up.label(method.value) for method, rule in METHODS.items()]


def methods_of_row(row: Any) -> list[Method]:
    """Return the methods that are set up, of a row with `columns_of_methods`."""
    return [method for method in METHODS if getattr(row, method.value)]


def second_factors(methods: Sequence[Method]) -> list[Method]:
    return [method for method in methods if method in SECOND_FACTORS]


async def read_second_factors(read: ReadTransaction, user_id: UserId) -> list[Method]:
    rows = await read.connection.execute(select(*columns_of_methods()).where(UserRow.id == user_id))
    row = rows.one_or_none()
    return [] if row is None else second_factors(methods_of_row(row))
