"""Users and lists in the database of a test, added by the commands of the product if possible."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

import orjson
from sqlalchemy import insert, select

from shared.actor import Actor
from shared.contract.shapes import Role, SiteRole
from shared.ids import ListId, SessionId, StreamId, UserId, list_stream, new_id, user_stream
from shared.lists.commands import create_list
from shared.members.commands import join_list
from shared.resources import Resources
from shared.tables.accounts import SessionRow, UserRow
from shared.tables.streams import EventRow
from shared.text import email_key, search_key
from shared.unit_of_work import ReadTransaction, UnitOfWork

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class World:
    """The users and lists of a test."""

    resources: Resources

    async def user(
        self,
        name: str = "Ana",
        *,
        status: str = "active",
        site_role: SiteRole = SiteRole.USER,
        time_zone: str = "Europe/Berlin",
    ) -> Actor:
        """Add a signed-in user: no usable password, no verification mail, no Inbox."""
        user_id, session_id = UserId(new_id()), SessionId(new_id())
        email = f"{name.lower()}.{user_id[-6:]}@example.com"
        async with self.resources.begin() as work:
            await work.open_stream(user_stream(user_id))
            await work.connection.execute(
                insert(UserRow).values(
                    id=user_id,
                    email=email,
                    email_key=email_key(email),
                    password_hash="!",
                    name=name,
                    time_zone=time_zone,
                    search_key=search_key(f"{name} {email}"),
                    site_role=site_role.value,
                    status=status,
                    verified_at=None if status == "pending" else work.now,
                    created_at=work.now,
                    updated_at=work.now,
                )
            )
            await _sign_in(work, user_id, session_id)
        return Actor(user_id, name, session_id, site_role)

    async def another_session(self, user: Actor) -> Actor:
        """Return the user signed in on another device."""
        session_id = SessionId(new_id())
        async with self.resources.begin() as work:
            await _sign_in(work, user.user_id, session_id)
        return replace(user, session_id=session_id)

    async def run(
        self,
        command: Callable[Concatenate[UnitOfWork, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a command in a transaction of its own. Return its result."""
        async with self.resources.begin() as work:
            return await command(work, *args, **kwargs)

    async def query(
        self,
        function: Callable[Concatenate[ReadTransaction, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Return the result of a query in a transaction of its own."""
        async with self.resources.begin_read() as read:
            return await function(read, *args, **kwargs)

    async def events(self, stream: StreamId, since: int = 0) -> Sequence[Any]:
        """Return the event frames of a stream after `since`, as a client parses them.

        Events of notifications are left out: most commands add some, and test_notifications.py
        tests which.
        """
        async with self.resources.begin_read() as read:
            frames = await read.connection.scalars(
                select(EventRow.frame)
                .where(
                    EventRow.stream_id == stream,
                    EventRow.seq > since,
                    EventRow.event.not_like("notification.%"),
                )
                .order_by(EventRow.seq)
            )
            return [orjson.loads(frame) for frame in frames]

    async def email_of(self, actor: Actor) -> str:
        async with self.resources.begin_read() as read:
            statement = select(UserRow.email).where(UserRow.id == actor.user_id)
            return str((await read.connection.execute(statement)).scalar_one())

    async def list(
        self, owner: Actor, *others: tuple[Actor, Role], name: str = "Groceries"
    ) -> ListId:
        """Add a list of `owner`, shared with `others` in their roles, without invitations."""
        async with self.resources.begin() as work:
            list_id = ListId((await create_list(work, owner, name)).id)
        for actor, role in others:
            async with self.resources.begin() as work:
                await work.lock_streams([list_stream(list_id), user_stream(actor.user_id)])
                await join_list(work, actor, list_id, role)
        return list_id


async def _sign_in(work: UnitOfWork, user_id: UserId, session_id: SessionId) -> None:
    await work.connection.execute(
        insert(SessionRow).values(
            id=session_id,
            user_id=user_id,
            created_at=work.now,
            last_used_at=work.now,
            expires_at=work.now + timedelta(days=30),
        )
    )
