"""The table of methods by which a user proves who they are. A new method is a row here.

A proof is checked in two parts, because a password is hashed between two transactions:

    confirm = await METHODS[proof.method].prepare(resources, account, proof)
    async with resources.begin() as work:           # locks the account
        refusal = await confirm(work, account)      # None: the proof holds, and is used up
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement

from shared.accounts.account import Account
from shared.accounts.authentication import passwords
from shared.contract.sign_in import Method, Proof
from shared.errors import DomainError, Forbidden
from shared.resources import Resources
from shared.tables.accounts import UserRow
from shared.unit_of_work import UnitOfWork

# Called with the locked account. Returns why the proof is refused; None if it holds.
Confirm = Callable[[UnitOfWork, Account], Awaitable[DomainError | None]]


@dataclass(frozen=True)
class MethodRule:
    """How a method is checked. `is_set_up` is a condition on the user's row in a statement."""

    is_set_up: ColumnElement[bool]
    is_second_factor: bool
    prepare: Callable[[Resources, Account, Any], Awaitable[Confirm]]


async def prepare_password(resources: Resources, account: Account, proof: Proof) -> Confirm:
    given = proof.password.get_secret_value()
    is_correct = await passwords.is_correct(given, account.password_hash)

    async def confirm(work: UnitOfWork, locked: Account) -> DomainError | None:
        # The password may have changed since it was checked.
        if is_correct and locked.password_hash == account.password_hash:
            return None
        return wrong_password()

    return confirm


def wrong_password() -> Forbidden:
    return Forbidden("This is not your password.", code="wrong_password")


METHODS: Mapping[Method, MethodRule] = {
    Method.PASSWORD: MethodRule(
        UserRow.password_hash != passwords.UNUSABLE_PASSWORD, False, prepare_password
    ),
}


def columns_of_methods() -> list[ColumnElement[bool]]:
    """Return a column for each method, which says whether the user of the row has set it up."""
    return [rule.is_set_up.label(method.value) for method, rule in METHODS.items()]


def methods_of_row(row: Any) -> list[Method]:
    """Return the methods that are set up, of a row with `columns_of_methods`."""
    return [method for method in METHODS if getattr(row, method.value)]


def second_factors(methods: Sequence[Method]) -> list[Method]:
    return [method for method in methods if METHODS[method].is_second_factor]
