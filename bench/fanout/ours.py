"""Livelist itself: a real API process, with people, lists, sessions and tokens in its database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import insert

from bench.fanout.contestant import Bench, Contestant, Served, Shape
from bench.fanout.machine import pinned
from bench.fanout.publisher import Orders
from bench.fanout.subscribers import Expect, Manners, Say, Script
from console.commands.migrate import upgrade
from realtime.limits import Limits
from shared.actor import Actor
from shared.contract.frames import SUBPROTOCOL, Hello, Subscribe
from shared.contract.shapes import SiteRole
from shared.event_log import read_many_heads
from shared.ids import ListId, SessionId, StreamId, UserId, list_stream, new_id, user_stream
from shared.resources import Resources, open_resources
from shared.settings import Settings
from shared.tables.accounts import SessionRow, UserRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.text import email_key
from shared.unit_of_work import UnitOfWork
from tests.support.faults.api_nodes import api_process
from tests.support.realtime.websocket_client import token_of
from tests.support.settings import plain_settings

UNUSABLE_PASSWORD = "!"  # noqa: S105  no hash is like this, so nobody can sign in with it
SOCKETS_A_PERSON = Limits.sockets_per_user


@dataclass
class Ours(Contestant):
    """People have ten sockets each, the most a node allows one of them."""

    key: str = "ours"
    title: str = "Livelist: API process, cursors, permissions, doorbell"
    manners: Manners = field(
        default_factory=lambda: Manners(
            "/ws", SUBPROTOCOL, ping=('{"type":"ping"', '{"type":"pong"}')
        )
    )
    is_compared_closely: bool = True
    _settings: Settings | None = None
    _people: list[Actor] = field(default_factory=list)
    _lists: dict[Shape, list[ListId]] = field(default_factory=dict)

    async def prepare(self, bench: Bench) -> None:
        folder = bench.folder / "ours"
        folder.mkdir()
        self._settings = plain_settings(
            folder,
            database_url=f"sqlite+aiosqlite:///{folder / 'livelist.db'}",
            redis_url=bench.broker_url,
        )
        await asyncio.to_thread(upgrade, self._settings)

    @asynccontextmanager
    async def serve(self, bench: Bench) -> AsyncIterator[Served]:
        assert self._settings is not None
        before = pinned(bench.server_core, ())
        async with api_process(self._settings, command_prefix=before, LOG_LEVEL="WARNING") as node:
            yield Served(node.process, node.port)

    async def scripts(self, bench: Bench, shape: Shape) -> Sequence[Script]:
        assert self._settings is not None
        async with open_resources(self._settings) as resources:
            lists = await self._world(resources, shape)
            async with resources.begin_read() as read:
                heads = await read_many_heads(read.connection, map(StreamId, lists))
            tokens = [token_of(resources, one) for one in self._people]
        scripts = []
        for number in range(shape.sockets):
            index = shape.list_of(number)
            head = heads[list_stream(lists[index])]
            cursor = {"list": head.stream, "epoch": head.epoch, "since": head.seq}
            hello = Hello(type="hello", id=1, token=tokens[number // SOCKETS_A_PERSON])
            subscribe = Subscribe.model_validate({"type": "subscribe", "id": 2, "lists": [cursor]})
            steps = (
                Say(hello.model_dump_json(exclude_none=True)),
                Expect('"welcome"'),
                Say(subscribe.model_dump_json()),
                Expect('"subscribed"'),
            )
            scripts.append(Script(index, steps))
        return scripts

    async def orders(self, bench: Bench, shape: Shape) -> Orders:
        assert self._settings is not None
        async with open_resources(self._settings) as resources, resources.begin_read() as read:
            lists = await self._world(resources, shape)
            heads = await read_many_heads(read.connection, map(StreamId, lists))
        return replace(
            await super().orders(bench, shape),
            door="bench.fanout.publisher:OurDoor",
            database=str(self._settings.data_dir / "livelist.db"),
            lists=tuple((one, heads[list_stream(one)].epoch) for one in lists),
        )

    async def _world(self, resources: Resources, shape: Shape) -> list[ListId]:
        """Returns the lists of the shape; everybody who needs to be is a member."""
        needed = -(-shape.sockets // SOCKETS_A_PERSON)
        async with resources.begin() as work:
            for _ in range(needed - len(self._people)):
                self._people.append(await _person(work))
            if shape not in self._lists:
                self._lists[shape] = [await _list(work) for _ in range(shape.lists)]
                await _join(work, shape, self._people, self._lists[shape])
        return self._lists[shape]


async def _person(work: UnitOfWork) -> Actor:
    actor = Actor(UserId(new_id()), "Ana", SessionId(new_id()), SiteRole.USER)
    email = f"{actor.user_id}@example.com"
    await work.open_stream(user_stream(actor.user_id))
    await work.connection.execute(
        insert(UserRow).values(
            id=actor.user_id, email=email, email_key=email_key(email),
            password_hash=UNUSABLE_PASSWORD, name=actor.name, status="active", verified_at=work.now,
            created_at=work.now, updated_at=work.now,
        )
    )  # fmt: skip
    await work.connection.execute(
        insert(SessionRow).values(
            id=actor.session_id, user_id=actor.user_id, created_at=work.now,
            last_used_at=work.now, expires_at=work.now + timedelta(days=1),
        )
    )  # fmt: skip
    return actor


async def _list(work: UnitOfWork) -> ListId:
    list_id = ListId(new_id())
    await work.open_stream(list_stream(list_id))
    await work.connection.execute(
        insert(ListRow).values(
            id=list_id, name="Groceries", created_at=work.now, updated_at=work.now
        )
    )
    return list_id


async def _join(
    work: UnitOfWork, shape: Shape, people: Sequence[Actor], lists: Sequence[ListId]
) -> None:
    # More members than REST lets anybody invite: it is sockets that are counted here.
    members = {
        (people[number // SOCKETS_A_PERSON].user_id, lists[shape.list_of(number)])
        for number in range(shape.sockets)
    }
    await work.connection.execute(
        insert(MemberRow),
        [
            {"list_id": list_id, "user_id": user_id, "role": "editor", "joined_at": work.now}
            for user_id, list_id in sorted(members)
        ],
    )
