"""`./livelist admin`: manage accounts as the operator of the machine, without signing in.

A password is never an argument: other users of the machine would see it in the process list.
"""

import argparse
import asyncio
import getpass
import sys
from datetime import UTC, datetime

from console.commands import account_data
from console.commands.account_data import NotDoneError
from console.processes.broker import with_running_broker
from shared import text
from shared.accounts import rules
from shared.accounts.account import find_account_by_email
from shared.accounts.administration import AccountEdit, activate_as_operator, edit_as_operator
from shared.accounts.authentication import passwords
from shared.accounts.personal_data.leaving import as_managed
from shared.accounts.queries import UserFilter, read_accounts_as_operator
from shared.accounts.registration import Registration, insert_account
from shared.administration.users import invite_user
from shared.contract.shapes import AccountStatus, ManagedAccountShape, SiteRole
from shared.database.errors import DatabaseError
from shared.errors import Conflict, DomainError
from shared.resources import Resources, open_resources
from shared.settings import SettingsError, load_settings

ACCOUNTS_PER_PAGE = 500
ROLES = [role.value for role in SiteRole]


def run(arguments: list[str]) -> int:
    """Return 0 if the command succeeded, 1 with a sentence if not, 2 for invalid arguments."""
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as error:
        return int(error.code or 0)
    try:
        asyncio.run(_execute(options))
    except BrokenPipeError:
        raise  # nobody reads the output any more; see console/__main__.py
    except (DomainError, NotDoneError, SettingsError, DatabaseError, OSError) as error:
        print(f"Nothing was changed: {_sentence(error)}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./livelist admin", description="Accounts of this site.")
    commands = parser.add_subparsers(dest="command", required=True)

    create = commands.add_parser(
        "create-user", help="create an active account, without sending a mail"
    )
    create.add_argument("email")
    create.add_argument("--name", help="default: the address up to the @")
    create.add_argument("--role", choices=ROLES, default="user")
    create.add_argument(
        "--invite",
        action="store_true",
        help="ask for no password: mail a link with which the user chooses one",
    )
    create.epilog = "The password is asked for, or read from standard input."

    role = commands.add_parser("set-role", help="give an account a site role")
    role.add_argument("email")
    role.add_argument("role", choices=ROLES)

    for name, what in (
        ("disable", "sign an account out everywhere and block it"),
        ("enable", "let a disabled account sign in again"),
    ):
        parser_of = commands.add_parser(name, help=what)
        parser_of.add_argument("email")
        if name == "enable":
            parser_of.add_argument(
                "--keep",
                action="store_true",
                help="also an account that will be deleted, as its user asked: it is kept",
            )

    commands.add_parser(
        "reset-password", help="mail a link with which the user chooses a new password"
    ).add_argument("email")
    commands.add_parser(
        "reset-factors", help="remove the second factors of an account whose user lost them"
    ).add_argument("email")
    deletion = commands.add_parser("delete-user", help="delete an account, as its user can")
    deletion.add_argument("email")
    deletion.add_argument("--yes", action="store_true", required=True, help="there is no way back")
    commands.add_parser(
        "export-user", help="print all data of an account as JSON: docs/personal-data.md"
    ).add_argument("email")
    entries = commands.add_parser("audit", help="print the audit, the newest entries first")
    entries.add_argument("--user", help="entries about or by the account of this address")
    entries.add_argument("--action", default="", help="such as sign_in.failed")
    entries.add_argument("--address", default="", help="entries from this network address")
    entries.add_argument("--since", type=_instant, help="such as 2026-11-21 or 2026-11-21T09:00Z")
    entries.add_argument("--until", type=_instant, help="entries before this instant")
    entries.add_argument("--limit", type=int, default=50, help="default: 50")

    listing = commands.add_parser("list-users", help="list the accounts, the newest first")
    listing.add_argument("--role", choices=ROLES)
    listing.add_argument("--status", choices=[status.value for status in AccountStatus])
    listing.add_argument("--search", default="", help="words in name or address")
    listing.add_argument(
        "--mail-refused", action="store_true", help="those whose address a mail server rejected"
    )
    commands.add_parser(
        "mail-again", help="send mail again to an address that its mail server rejected"
    ).add_argument("email")
    commands.add_parser("site", help="print counts, sizes, processes and versions of the site")
    return parser


def _instant(text: str) -> datetime:
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date or time") from None
    return given if given.tzinfo else given.replace(tzinfo=UTC)


async def _execute(options: argparse.Namespace) -> None:
    async with open_resources(with_running_broker(load_settings())) as resources:
        if options.command in account_data.COMMANDS:
            await account_data.COMMANDS[options.command](resources, options)
        elif options.command == "create-user":
            await _create(resources, options)
        elif options.command == "set-role":
            await _edit(resources, options.email, AccountEdit(site_role=SiteRole(options.role)))
        elif options.command == "disable":
            await _edit(resources, options.email, AccountEdit(disabled=True))
        elif options.command == "enable":
            await _edit(resources, options.email, AccountEdit(disabled=False), keeps=options.keep)
        else:
            await _list(resources, options)


async def _create(resources: Resources, options: argparse.Namespace) -> None:
    email = _checked_email(options.email)
    name = _checked_name(options.name or email.partition("@")[0])
    if options.invite:
        password, password_hash = "", ""
    else:
        password = _ask_password()
        passwords.check_acceptable(password, personal=email)
        password_hash = await passwords.hash_password(password)
    site = resources.settings.site
    registration = Registration(
        email, password, name, time_zone=site.default_time_zone, locale=site.default_locale
    )
    async with resources.begin() as work:
        role = SiteRole(options.role)
        if options.invite:
            shape = await invite_user(work, None, registration, role)
        else:
            user_id = await insert_account(work, registration, password_hash)
            if user_id is None:
                raise Conflict("There is an account of this address already.")
            account = await activate_as_operator(work, user_id, role)
            shape = await as_managed(work, account.shape())
    print(_format_account(shape))


async def _edit(resources: Resources, email: str, edit: AccountEdit, *, keeps: bool = True) -> None:
    """Edit an account. `keeps` allows to stop its deletion."""
    async with resources.begin() as work:
        found = await find_account_by_email(work, email)
        before = found and await as_managed(work, found.shape())
        if before and before.delete_at and not keeps:
            raise NotDoneError(
                f"its user asked to delete it on {before.delete_at:%Y-%m-%d}. `--keep` enables it all "
                "the same: it is kept, and its user gets a mail."
            )
        account = await edit_as_operator(work, email, edit)
        if account is None:
            raise NotDoneError("no account has this address.")
        shape = await as_managed(work, account.shape())
    print(_format_account(shape))


async def _list(resources: Resources, options: argparse.Namespace) -> None:
    user_filter = UserFilter(
        SiteRole(options.role) if options.role else None,
        AccountStatus(options.status) if options.status else None,
        options.search,
        options.mail_refused or None,
    )
    page_number, has_next = 1, True
    while has_next:
        async with resources.begin_read() as read:
            page = await read_accounts_as_operator(
                read, user_filter, page_number, ACCOUNTS_PER_PAGE
            )
        for account in page.items:
            print(_format_account(account))
        page_number, has_next = page_number + 1, page.has_next


def _checked_email(given: str) -> str:
    try:
        return rules.parse_email_address(given)
    except ValueError as error:
        raise NotDoneError(f"the address {error}.") from None


def _checked_name(given: str) -> str:
    try:
        return text.name(given)[:100]
    except ValueError as error:
        raise NotDoneError(f"the name: {error}.") from None


def _ask_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise NotDoneError("the two passwords differ.")
    return password


def _format_account(account: ManagedAccountShape) -> str:
    columns = [account.email, account.name, account.site_role, account.status]
    columns.append(f"{account.created_at:%Y-%m-%d}")
    if account.delete_at:
        columns.append(f"will be deleted on {account.delete_at:%Y-%m-%d}")
    return "\t".join(columns)


def _sentence(error: Exception) -> str:
    if isinstance(error, DatabaseError):
        # The full message has statements and, with them, addresses.
        return "the database is away, or not migrated: ./livelist migrate"
    return error.detail if isinstance(error, DomainError) else str(error)
