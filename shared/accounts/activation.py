"""Activate an account: mark it active, create its Inbox and three example todos in its language."""

from dataclasses import replace

from shared.accounts.account import Account, save_account
from shared.accounts.bounces import without_suppression
from shared.accounts.email_links import void_links
from shared.actor import Actor
from shared.contract.shapes import AccountStatus
from shared.ids import ListId, SessionId
from shared.languages.choice import language_of_account
from shared.languages.texts import message, translator
from shared.lists.commands import create_inbox
from shared.signed_links import Purpose
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from shared.unit_of_work import UnitOfWork

EXAMPLE_TODOS = (
    (
        message("Add a todo"),
        message("Press q, or tap the plus. What has no place yet lands in this Inbox."),
    ),
    (
        message("Share a list"),
        message("Make a list, then invite somebody by mail. You see each other's changes live."),
    ),
    (
        message("Be reminded"),
        message("Give a todo a date and a time, then a reminder. The mail comes on time."),
    ),
)
# Marks the example todos, so that the web client can offer to clear all of them with one click.
EXAMPLE_METADATA = {"example": True}


async def activate_account(work: UnitOfWork, account: Account, password_hash: str) -> Account:
    """Activate the locked, pending account, mark its address verified, and return it.

    Void its other verification links.
    """
    await void_links(work, account.id, Purpose.VERIFY_EMAIL)
    after = replace(
        without_suppression(account),
        status=AccountStatus.ACTIVE.value,
        verified_at=work.now,
        password_hash=password_hash,
    )
    account = await save_account(work, account, after, None)
    inbox = await create_inbox(work, account.id)
    # No session exists yet, but the events name the user as their actor.
    actor = Actor(account.id, account.name, SessionId(""))
    t = translator(language_of_account(account.language, account.locale))
    for title, description in EXAMPLE_TODOS:
        await create_todo(
            work,
            actor,
            ListId(inbox.id),
            NewTodo(title=t.of(title), description=t.of(description), metadata=EXAMPLE_METADATA),
            Placement(),
        )
    return account
