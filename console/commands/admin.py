"""`./livelist admin`: accounts, from where the operator sits; nobody is asked to sign in.

A password is never an argument: other users of the machine would see it in the list of processes.
"""

import argparse
import asyncio
import getpass
import sys

from sqlalchemy.exc import SQLAlchemyError

from shared.accounts import rules
from shared.accounts.administration import AccountEdit, activate_as_operator, edit_as_operator
from shared.accounts.authentication import passwords
from shared.accounts.queries import UserFilter, read_accounts_as_operator
from shared.accounts.registration import Registration, insert_account
from shared.contract.shapes import AccountShape, AccountStatus, SiteRole
from shared.errors import Conflict, DomainError
from shared.resources import Resources, open_resources
from shared.settings import SettingsError, load_settings
from shared.text import one_line

ACCOUNTS_A_PAGE = 500
ROLES = [role.value for role in SiteRole]


class _NotDoneError(Exception):
    """A sentence for the operator."""


def run(arguments: list[str]) -> int:
    """Returns 0 when it is done, 1 with a sentence when not, 2 when the wish was not understood."""
    try:
        wish = _parser().parse_args(arguments)
    except SystemExit as error:
        return int(error.code or 0)
    try:
        asyncio.run(_do(wish))
    except (DomainError, _NotDoneError, SettingsError, SQLAlchemyError, OSError) as error:
        print(f"Nothing was changed: {_sentence(error)}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./livelist admin", description="Accounts of this site.")
    wishes = parser.add_subparsers(dest="wish", required=True)

    create = wishes.add_parser("create-user", help="make an active account, without a mail")
    create.add_argument("email")
    create.add_argument("--name", help="default: the address up to the @")
    create.add_argument("--role", choices=ROLES, default="user")
    create.epilog = "The password is asked for, or read from standard input."

    role = wishes.add_parser("set-role", help="give an account a site role")
    role.add_argument("email")
    role.add_argument("role", choices=ROLES)

    for name, what in (
        ("disable", "sign an account out everywhere, and keep it out"),
        ("enable", "let a disabled account in again"),
    ):
        wishes.add_parser(name, help=what).add_argument("email")

    listing = wishes.add_parser("list-users", help="list the accounts, the newest first")
    listing.add_argument("--role", choices=ROLES)
    listing.add_argument("--status", choices=[status.value for status in AccountStatus])
    listing.add_argument("--search", default="", help="words in name or address")
    return parser


async def _do(wish: argparse.Namespace) -> None:
    async with open_resources(load_settings()) as resources:
        if wish.wish == "create-user":
            await _create(resources, wish)
        elif wish.wish == "set-role":
            await _edit(resources, wish.email, AccountEdit(site_role=SiteRole(wish.role)))
        elif wish.wish in ("disable", "enable"):
            await _edit(resources, wish.email, AccountEdit(disabled=wish.wish == "disable"))
        else:
            await _list(resources, wish)


async def _create(resources: Resources, wish: argparse.Namespace) -> None:
    email = _checked_email(wish.email)
    name = one_line(wish.name or email.partition("@")[0])[:100]
    password = _ask_password()
    passwords.check_acceptable(password, personal=email)
    password_hash = await passwords.hash_password(password)
    async with resources.begin() as work:
        user_id = await insert_account(work, Registration(email, password, name), password_hash)
        if user_id is None:
            raise Conflict("There is an account of this address already.")
        account = await activate_as_operator(work, user_id, SiteRole(wish.role))
    print(_line(account.shape()))


async def _edit(resources: Resources, email: str, edit: AccountEdit) -> None:
    async with resources.begin() as work:
        account = await edit_as_operator(work, email, edit)
        if account is None:
            raise _NotDoneError("nobody has this address.")
    print(_line(account.shape()))


async def _list(resources: Resources, wish: argparse.Namespace) -> None:
    chosen = UserFilter(
        SiteRole(wish.role) if wish.role else None,
        AccountStatus(wish.status) if wish.status else None,
        wish.search,
    )
    number, has_next = 1, True
    while has_next:
        async with resources.begin_read() as read:
            page = await read_accounts_as_operator(read, chosen, number, ACCOUNTS_A_PAGE)
        for account in page.items:
            print(_line(account))
        number, has_next = number + 1, page.has_next


def _checked_email(text: str) -> str:
    try:
        return rules.parse_email_address(text)
    except ValueError as error:
        raise _NotDoneError(f"the address {error}.") from None


def _ask_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise _NotDoneError("the two passwords differ.")
    return password


def _line(account: AccountShape) -> str:
    made = f"{account.created_at:%Y-%m-%d}"
    return f"{account.email}\t{account.name}\t{account.site_role}\t{account.status}\t{made}"


def _sentence(error: Exception) -> str:
    if isinstance(error, SQLAlchemyError):
        # The whole one shows statements and, with them, addresses.
        return "the database is away, or not migrated: ./livelist migrate"
    return error.detail if isinstance(error, DomainError) else str(error)
