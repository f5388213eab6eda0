"""Commands of `./livelist admin` on the data of an account: reset, delete, export, audit."""

import argparse
import json
from collections.abc import Awaitable, Callable, Mapping

from shared.accounts.account import find_account_by_email
from shared.accounts.audit_queries import AuditFilter, read_audit_as_operator
from shared.accounts.bounces import lift_suppression
from shared.accounts.password_change import send_reset_as_operator
from shared.accounts.personal_data.document import Position, read_page, write_head
from shared.accounts.profile import delete_account_as_operator
from shared.accounts.second_factors.removal import reset_as_operator
from shared.administration.site import read_site_state_as_operator
from shared.ids import UserId
from shared.resources import Resources
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
    """Print the document of an export, a page at a time, all of it from one moment."""
    async with resources.begin_read() as read:
        user_id = await _find(read, options.email)
        head = write_head(user_id, resources.settings.web.public_url, read.now)
        print(head.decode(), end="")
        position = Position()
        while not position.is_end:
            page = await read_page(read, user_id, position)
            print(page.text.decode(), end="")
            position = page.end


async def print_audit(resources: Resources, options: argparse.Namespace) -> None:
    async with resources.begin_read() as read:
        user_id = await _find(read, options.user) if options.user else None
        page = await read_audit_as_operator(
            read,
            AuditFilter(
                user_id,
                options.action,
                options.address,
                begins_at=options.since,
                ends_at=options.until,
                limit=max(1, options.limit),
            ),
        )
    for entry in page.items:
        facts = json.dumps(entry.facts, ensure_ascii=False) if entry.facts else ""
        columns = (entry.at.isoformat(timespec="seconds"), entry.action, entry.user_id or "-")
        print("\t".join((*columns, entry.actor_id or "-", entry.address or "-", facts)))


async def mail_again(resources: Resources, options: argparse.Namespace) -> None:
    async with resources.begin() as work:
        await lift_suppression(work, None, await _find(work, options.email))
    print("Mail is sent to this address again.")


async def print_site(resources: Resources, options: argparse.Namespace) -> None:
    state = await read_site_state_as_operator(resources)
    print(f"version\t{state.version}")
    print(f"migration\t{state.revision} (this release: {state.code_revision})")
    print(f"database\t{state.database}, {state.database_bytes} bytes")
    redis = "no answer" if state.redis_bytes is None else f"{state.redis_bytes} bytes"
    print(f"broker\t{redis}")
    counts = state.counts.model_dump(exclude={"estimated"})
    for name, count in counts.items():
        print(f"{name}\t{count}{' (estimate)' if name in state.counts.estimated else ''}")
    for setting in state.settings:
        print(f"{setting.name}\t{setting.value}")
    for node in state.nodes:
        life = "alive" if node.is_alive else f"silent for {node.silent_seconds:.0f} s"
        started = node.started_at.isoformat(timespec="seconds")
        print(f"{node.kind}\t{node.host}\t{node.version or '-'}\t{started}\t{life}")


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
    "mail-again": mail_again,
    "site": print_site,
}
