"""Users who register, follow the link in their mail and sign in. Needs no worker."""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select

from shared import signed_links
from shared.accounts import email_change, registration
from shared.accounts.account import Account, find_account_by_email
from shared.accounts.authentication.challenges import Challenge
from shared.accounts.authentication.devices import Device
from shared.accounts.authentication.sessions import IssuedTokens
from shared.accounts.registration import Registration
from shared.actor import Actor
from shared.ids import UserId, user_stream
from shared.resources import Resources
from shared.signed_links import Purpose
from shared.tables.accounts import AuditRow, LinkRow
from shared.tables.jobs import JobRow
from shared.tables.streams import EventRow

PASSWORD = "quiet orchard lamp"
LAPTOP = Device("192.0.2.1", "Laptop")
PHONE = Device("198.51.100.7", "Phone")


def tokens_of(outcome: IssuedTokens | Challenge) -> IssuedTokens:
    """Return the tokens of a sign-in that needed no second step."""
    assert isinstance(outcome, IssuedTokens)
    return outcome


@dataclass
class Registrar:
    """Registers users, and reads what the registration left in the database."""

    resources: Resources

    async def register(self, email: str, *, name: str = "Ana", password: str = PASSWORD) -> None:
        await registration.register(self.resources, Registration(email, password, name), LAPTOP)

    async def register_and_verify(
        self, email: str = "ana@example.com", *, name: str = "Ana", password: str = PASSWORD
    ) -> IssuedTokens:
        """Register a user and follow the link in the mail, on the laptop. Return its tokens."""
        await self.register(email, name=name, password=password)
        token = await self.newest_link_token(Purpose.VERIFY_EMAIL, email)
        return tokens_of(await registration.verify_email(self.resources, token, LAPTOP))

    async def change_email(self, actor: Actor, email: str) -> None:
        """Request a change of the actor's address."""
        settings = self.resources.settings
        async with self.resources.begin() as work:
            await email_change.change_email(work, settings, actor, email)

    async def link_tokens(self, purpose: Purpose, email: str) -> list[str]:
        """Return the tokens of the links mailed to `email`, oldest first, as the worker makes them."""
        async with self.resources.begin_read() as read:
            rows = await read.connection.execute(
                select(LinkRow.id, LinkRow.nonce)
                .where(LinkRow.purpose == purpose, LinkRow.email == email)
                .order_by(LinkRow.created_at, LinkRow.id)
            )
        keys = self.resources.settings.secrets.signing_keys()
        return [signed_links.make(keys, purpose, row.id, row.nonce) for row in rows]

    async def newest_link_token(self, purpose: Purpose, email: str) -> str:
        """Return the token of the link in the newest mail."""
        return (await self.link_tokens(purpose, email))[-1]

    async def account(self, email: str = "ana@example.com") -> Account:
        async with self.resources.begin_read() as read:
            account = await find_account_by_email(read, email)
        assert account is not None
        return account

    async def jobs(self) -> list[tuple[str, dict[str, Any]]]:
        """Return kind and payload of every job, oldest first."""
        async with self.resources.begin_read() as read:
            rows = await read.connection.execute(
                select(JobRow.kind, JobRow.payload).order_by(JobRow.created_at, JobRow.id)
            )
        return [(row.kind, row.payload) for row in rows]

    async def audit(self, action: str) -> list[Any]:
        async with self.resources.begin_read() as read:
            rows = await read.connection.execute(
                select(AuditRow.__table__).where(AuditRow.action == action).order_by(AuditRow.id)
            )
        return list(rows)

    async def events(self, user_id: UserId, name: str = "") -> list[dict[str, Any]]:
        """Return the events of a user's own stream; with `name`, only those of this name."""
        async with self.resources.begin_read() as read:
            frames = await read.connection.scalars(
                select(EventRow.frame)
                .where(EventRow.stream_id == user_stream(user_id))
                .order_by(EventRow.seq)
            )
        events = [orjson.loads(frame) for frame in frames]
        return [event for event in events if not name or event["event"] == name]
