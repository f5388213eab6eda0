"""Puts people and lists into a database quickly, through the commands where there is one."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert

from shared.actor import Actor
from shared.contract.shapes import Role, SiteRole
from shared.ids import ListId, SessionId, UserId, list_stream, new_id, user_stream
from shared.lists.commands import create_list
from shared.members.commands import join
from shared.resources import Resources
from shared.tables.accounts import SessionRow, UserRow
from shared.text import email_key


@dataclass
class World:
    resources: Resources

    async def person(
        self,
        name: str = "Ana",
        *,
        status: str = "active",
        site_role: SiteRole = SiteRole.USER,
        time_zone: str = "Europe/Berlin",
    ) -> Actor:
        """Returns a signed-in person with a stream and a session; no password, no mail, no Inbox."""
        user_id, session_id = UserId(new_id()), SessionId(new_id())
        email = f"{name.lower()}.{user_id[-6:]}@example.com"
        async with self.resources.begin_work() as work:
            await work.open_stream(user_stream(user_id))
            await work.connection.execute(
                insert(UserRow).values(
                    id=user_id,
                    email=email,
                    email_key=email_key(email),
                    password_hash="!",
                    name=name,
                    time_zone=time_zone,
                    site_role=site_role.value,
                    status=status,
                    verified_at=None if status == "pending" else work.now,
                    created_at=work.now,
                    updated_at=work.now,
                )
            )
            await work.connection.execute(
                insert(SessionRow).values(
                    id=session_id,
                    user_id=user_id,
                    created_at=work.now,
                    last_used_at=work.now,
                    expires_at=work.now + timedelta(days=30),
                )
            )
        return Actor(user_id, name, session_id, site_role)

    async def list(
        self, owner: Actor, *others: tuple[Actor, Role], name: str = "Groceries"
    ) -> ListId:
        """Returns a list of `owner`, shared with `others` in their roles, without any invitation."""
        async with self.resources.begin_work() as work:
            list_id = ListId((await create_list(work, owner, name)).id)
        for actor, role in others:
            async with self.resources.begin_work() as work:
                await work.lock_streams([list_stream(list_id), user_stream(actor.user_id)])
                await join(work, actor, list_id, role)
        return list_id
