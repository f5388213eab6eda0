"""The moment an account becomes active: it has its Inbox, and three todos that teach."""

from dataclasses import replace

from shared.accounts.account import Account, save_account
from shared.accounts.bounces import without_suppression
from shared.accounts.email_links import void_links
from shared.actor import Actor
from shared.contract.shapes import AccountStatus
from shared.ids import ListId, SessionId
from shared.lists.commands import create_inbox
from shared.signed_links import Purpose
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from shared.unit_of_work import UnitOfWork

EXAMPLE_TODOS = (
    ("Add a todo", "Press q, or tap the plus. What has no place yet lands in this Inbox."),
    (
        "Share a list",
        "Make a list, then invite somebody by mail. You see each other's changes live.",
    ),
    ("Be reminded", "Give a todo a date and a time, then a reminder. The mail comes on time."),
)
# The page offers to clear them in one press.
EXAMPLE = {"example": True}


async def activate_account(work: UnitOfWork, account: Account, password_hash: str) -> Account:
    """The held, pending account is active and its address verified. Returns it."""
    await void_links(work, account.id, Purpose.VERIFY_EMAIL)
    after = replace(
        without_suppression(account),
        status=AccountStatus.ACTIVE.value,
        verified_at=work.now,
        password_hash=password_hash,
    )
    account = await save_account(work, account, after, None)
    inbox = await create_inbox(work, account.id)
    # Nobody is signed in yet; what happens here is the person's own doing all the same.
    actor = Actor(account.id, account.name, SessionId(""))
    for title, notes in EXAMPLE_TODOS:
        await create_todo(
            work,
            actor,
            ListId(inbox.id),
            NewTodo(title=title, notes=notes, metadata=EXAMPLE),
            Placement(),
        )
    return account
