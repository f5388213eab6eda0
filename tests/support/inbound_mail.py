"""Mails to lists: messages as mail programs write them, and what became of them."""

from dataclasses import dataclass
from email.message import EmailMessage

from sqlalchemy import select

from shared.actor import Actor
from shared.ids import ListId, new_id
from shared.inbound_mail.commands import create_address
from shared.resources import Resources
from shared.tables.comments import CommentRow
from shared.tables.interop.inbound_messages import InboundMessageRow
from shared.tables.todos import TodoRow
from tests.support.world_builder import World

DOMAIN = "in.example.org"
SENDER = "ana@example.com"
# For the permission matrix.
EMAIL_ADDRESS_ROUTES = {
    "GET /lists/{list_id}/email-address": None,
    "POST /lists/{list_id}/email-address": None,
    "DELETE /lists/{list_id}/email-address": None,
}


def message(subject: str = "Buy milk", text: str = "Two litres.", **headers: str) -> bytes:
    """Return a message; `message_id="…"` becomes the header Message-ID."""
    mail = EmailMessage()
    mail["From"] = f"Ana <{SENDER}>"
    mail["Subject"] = subject
    given = {"message_id": f"<{new_id()}@example.com>"} | headers
    for name, value in given.items():
        mail[name.replace("_", "-").title()] = value
    mail.set_content(text)
    return mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))


@dataclass
class Mailboxes:
    """Makes addresses, and reads what came of mails."""

    world: World
    resources: Resources

    async def address(self, user: Actor, list_id: ListId) -> str:
        return (await self.world.run(create_address, user, list_id, DOMAIN)).address

    async def todos(self, list_id: ListId) -> list[tuple[str, str]]:
        """Return title and description of each todo of the list, oldest first."""
        order = select(TodoRow.title, TodoRow.description).order_by(TodoRow.id)
        async with self.resources.begin_read() as read:
            rows = await read.connection.execute(order.where(TodoRow.list_id == list_id))
            return [(row.title, row.description) for row in rows]

    async def comments(self) -> list[tuple[str, str]]:
        """Return author and text of each comment."""
        async with self.resources.begin_read() as read:
            rows = await read.connection.execute(
                select(CommentRow.author_id, CommentRow.body).order_by(CommentRow.id)
            )
            return [(row.author_id, row.body) for row in rows]

    async def origins(self) -> list[str | None]:
        """Return of each todo, and then of each comment, from whom its mail claims to be."""
        async with self.resources.begin_read() as read:
            return [
                sender
                for table in (TodoRow, CommentRow)
                for sender in await read.connection.scalars(
                    select(table.from_mail).order_by(table.id)
                )
            ]

    async def messages(self) -> list[tuple[str, str, bool]]:
        """Return state and failure of each stored message, and whether its content is there."""
        row = InboundMessageRow
        async with self.resources.begin_read() as read:
            rows = await read.connection.execute(
                select(row.state, row.failure, row.content).order_by(row.received_at)
            )
            return [(each.state, each.failure, each.content is not None) for each in rows]
