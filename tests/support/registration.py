"""People as they come: they register, find a link in their mail, sign in. Without a worker."""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select

from shared import signed_links
from shared.accounts import registration
from shared.accounts.account import Account, find_account_by_email
from shared.accounts.authentication.sessions import Device, IssuedTokens
from shared.accounts.registration import Registration
from shared.ids import UserId, user_stream
from shared.resources import Resources
from shared.signed_links import Purpose
from shared.tables.accounts import AuditRow, LinkRow
from shared.tables.jobs import JobRow
from shared.tables.streams import EventRow

PASSWORD = "quiet orchard lamp"
LAPTOP = Device("192.0.2.1", "Laptop")
PHONE = Device("198.51.100.7", "Phone")


@dataclass
class Newcomers:
    resources: Resources

    async def register(self, email: str, *, name: str = "Ana", password: str = PASSWORD) -> None:
        await registration.register(self.resources, Registration(email, password, name), LAPTOP)

    async def arrive(
        self, email: str = "ana@example.com", *, name: str = "Ana", password: str = PASSWORD
    ) -> IssuedTokens:
        """Returns somebody who registered, followed the link, and is signed in on the laptop."""
        await self.register(email, name=name, password=password)
        token = await self.token(Purpose.VERIFY_EMAIL, email)
        return await registration.verify_email(self.resources, token, LAPTOP)

    async def tokens(self, purpose: Purpose, email: str) -> list[str]:
        """Returns the tokens in the mails to `email`, oldest first, as the worker makes them."""
        async with self.resources.begin_read() as read:
            rows = await read.connection.execute(
                select(LinkRow.id, LinkRow.nonce)
                .where(LinkRow.purpose == purpose, LinkRow.email == email)
                .order_by(LinkRow.created_at, LinkRow.id)
            )
        keys = self.resources.settings.secrets.signing_keys()
        return [signed_links.make(keys, purpose, row.id, row.nonce) for row in rows]

    async def token(self, purpose: Purpose, email: str) -> str:
        """Returns the token in the newest mail."""
        return (await self.tokens(purpose, email))[-1]

    async def account(self, email: str = "ana@example.com") -> Account:
        async with self.resources.begin_read() as read:
            account = await find_account_by_email(read, email)
        assert account is not None
        return account

    async def jobs(self) -> list[tuple[str, dict[str, Any]]]:
        """Returns kind and payload of every job left for the worker, oldest first."""
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
        """Returns the events of a person's own stream, or those of one name."""
        async with self.resources.begin_read() as read:
            frames = await read.connection.scalars(
                select(EventRow.frame)
                .where(EventRow.stream_id == user_stream(user_id))
                .order_by(EventRow.seq)
            )
        events = [orjson.loads(frame) for frame in frames]
        return [one for one in events if not name or one["event"] == name]
