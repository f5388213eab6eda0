"""Commands of `./livelist admin` on the data of an account: reset, delete, export, audit."""

import argparse
import json
from collections.abc import Awaitable, Callable, Mapping

import orjson

from shared.accounts.account import find_account_by_email
from shared.accounts.audit_queries import AuditFilter, read_audit_as_operator
from shared.accounts.external_identities import read_external_identities
from shared.accounts.passkeys.queries import read_passkeys_for_export
from shared.accounts.password_change import send_reset_as_operator
from shared.accounts.profile import delete_account_as_operator
from shared.accounts.second_factors.removal import reset_as_operator
from shared.actor import Actor
from shared.contract.audit import AuditEntryShape
from shared.ids import SessionId, UserId
from shared.resources import Resources
from shared.snapshots.account import account_snapshot
from shared.unit_of_work import ReadTransaction

_UNKNOWN = "no account has this address."


class NotDoneError(Exception):
    """The reason why nothing was changed, as a sentence for the operator."""


async def reset_password(resources: Resources, options: argparse.Namespace) -> None:
    async with resources.begin() as work:
        if await send_reset_as_operator(work, options.email) is None:
            raise NotDoneError(
                "no active account has this address, or it had several such mails in this hour."
            )
    print("A link is on its way. It works for an hour.")


async def reset_factors(resources: Resources, options: argparse.Namespace) -> None:
    async with resources.begin() as work:
        if await reset_as_operator(work, options.email) is None:
            raise NotDoneError(_UNKNOWN)
    print("The account has no second factor any more, and is signed out everywhere.")


async def delete_user(resources: Resources, options: argparse.Namespace) -> None:
    async with resources.begin() as work:
        if await delete_account_as_operator(work, options.email) is None:
            raise NotDoneError(_UNKNOWN)
    print("The account is deleted.")


async def export_user(resources: Resources, options: argparse.Namespace) -> None:
    async with resources.begin_read() as read:
        user_id = await _find(read, options.email)
        account = await account_snapshot(read, Actor(user_id, "", SessionId("")))
        identities = await read_external_identities(read, user_id)
        passkeys = await read_passkeys_for_export(read, user_id)
        audit = await _read_whole_audit(read, user_id)
    exported = {
        "account": orjson.loads(account),
        "external_identities": identities,
        "passkeys": passkeys,
        "audit": [entry.model_dump(mode="json") for entry in audit],
    }
    print(orjson.dumps(exported, option=orjson.OPT_INDENT_2).decode())


async def print_audit(resources: Resources, options: argparse.Namespace) -> None:
    async with resources.begin_read() as read:
        user_id = await _find(read, options.user) if options.user else None
        page = await read_audit_as_operator(
            read, AuditFilter(user_id, options.action, limit=max(1, options.limit))
        )
    for entry in page.items:
        facts = json.dumps(entry.facts, ensure_ascii=False) if entry.facts else ""
        columns = (entry.at.isoformat(timespec="seconds"), entry.action, entry.user_id or "-")
        print("\t".join((*columns, entry.actor_id or "-", entry.address or "-", facts)))


async def _read_whole_audit(read: ReadTransaction, user_id: UserId) -> list[AuditEntryShape]:
    entries: list[AuditEntryShape] = []
    before: str | None = None
    while True:
        page = await read_audit_as_operator(read, AuditFilter(user_id, before=before, limit=500))
        entries += page.items
        before = page.next_cursor
        if before is None:
            return entries


async def _find(read: ReadTransaction, email: str) -> UserId:
    account = await find_account_by_email(read, email)
    if account is None:
        raise NotDoneError(_UNKNOWN)
    return account.id


COMMANDS: Mapping[str, Callable[[Resources, argparse.Namespace], Awaitable[None]]] = {
    "reset-password": reset_password,
    "reset-factors": reset_factors,
    "delete-user": delete_user,
    "export-user": export_user,
    "audit": print_audit,
}
