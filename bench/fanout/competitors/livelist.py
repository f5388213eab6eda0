"""Livelist itself: an API process with users, lists, sessions and tokens in its database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import insert

from bench.fanout.competitors.base import BenchEnv, Competitor, RunningServer, Shape
from bench.fanout.load.load_client import ClientProtocol, Expect, Script, Send
from bench.fanout.load.publisher import PublisherConfig
from bench.fanout.machine import pinned
from console.schema.upgrade import upgrade
from realtime.limits import Limits
from shared.actor import Actor
from shared.contract.frames import SUBPROTOCOL, Hello, Subscribe
from shared.contract.shapes import SiteRole
from shared.event_log import read_heads
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

UNUSABLE_PASSWORD = "!"  # noqa: S105  no password has this hash
SOCKETS_PER_USER = Limits.sockets_per_user


@dataclass
class Livelist(Competitor):
    """Each user has ten sockets, the maximum that a node allows."""

    key: str = "livelist"
    title: str = "Livelist: API process, cursors, permissions, pub/sub"
    protocol: ClientProtocol = field(
        default_factory=lambda: ClientProtocol(
            "/ws", SUBPROTOCOL, ping=('{"type":"ping"', '{"type":"pong"}')
        )
    )
    is_in_goals: bool = True
    _settings: Settings | None = None
    _users: list[Actor] = field(default_factory=list)
    _lists: dict[Shape, list[ListId]] = field(default_factory=dict)

    async def prepare(self, env: BenchEnv) -> None:
        folder = env.folder / "livelist"
        folder.mkdir()
        self._settings = plain_settings(
            folder,
            database_url=f"sqlite+aiosqlite:///{folder / 'livelist.db'}",
            redis_url=env.broker_url,
        )
        await asyncio.to_thread(upgrade, self._settings)

    @asynccontextmanager
    async def serve(self, env: BenchEnv) -> AsyncIterator[RunningServer]:
        assert self._settings is not None
        command_prefix = pinned(env.server_core, ())
        async with api_process(
            self._settings, command_prefix=command_prefix, LOG_LEVEL="WARNING"
        ) as node:
            yield RunningServer(node.process, node.port)

    async def scripts(self, env: BenchEnv, shape: Shape) -> Sequence[Script]:
        assert self._settings is not None
        async with open_resources(self._settings) as resources:
            lists = await self._fill_database(resources, shape)
            async with resources.begin_read() as read:
                heads = await read_heads(read.connection, map(StreamId, lists))
            tokens = [token_of(resources, user) for user in self._users]
        scripts = []
        for number in range(shape.sockets):
            index = shape.list_of(number)
            head = heads[list_stream(lists[index])]
            cursor = {"list": head.stream, "epoch": head.epoch, "since": head.seq}
            hello = Hello(type="hello", id=1, token=tokens[number // SOCKETS_PER_USER])
            subscribe = Subscribe.model_validate({"type": "subscribe", "id": 2, "lists": [cursor]})
            steps = (
                Send(hello.model_dump_json(exclude_none=True)),
                Expect('"welcome"'),
                Send(subscribe.model_dump_json()),
                Expect('"subscribed"'),
            )
            scripts.append(Script(index, steps))
        return scripts

    async def publisher_config(self, env: BenchEnv, shape: Shape) -> PublisherConfig:
        assert self._settings is not None
        async with open_resources(self._settings) as resources, resources.begin_read() as read:
            lists = await self._fill_database(resources, shape)
            heads = await read_heads(read.connection, map(StreamId, lists))
        return replace(
            await super().publisher_config(env, shape),
            publisher="bench.fanout.load.publisher:LivelistPublisher",
            database=str(self._settings.data_dir / "livelist.db"),
            lists=tuple((list_id, heads[list_stream(list_id)].epoch) for list_id in lists),
        )

    async def _fill_database(self, resources: Resources, shape: Shape) -> list[ListId]:
        """Add the missing users, lists and memberships, and return the lists of the shape."""
        needed = -(-shape.sockets // SOCKETS_PER_USER)
        async with resources.begin() as work:
            for _ in range(needed - len(self._users)):
                self._users.append(await _add_user(work))
            if shape not in self._lists:
                self._lists[shape] = [await _add_list(work) for _ in range(shape.lists)]
                await _add_members(work, shape, self._users, self._lists[shape])
        return self._lists[shape]


async def _add_user(work: UnitOfWork) -> Actor:
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


async def _add_list(work: UnitOfWork) -> ListId:
    list_id = ListId(new_id())
    await work.open_stream(list_stream(list_id))
    await work.connection.execute(
        insert(ListRow).values(
            id=list_id, name="Groceries", created_at=work.now, updated_at=work.now
        )
    )
    return list_id


async def _add_members(
    work: UnitOfWork, shape: Shape, users: Sequence[Actor], lists: Sequence[ListId]
) -> None:
    # More members than an invitation allows. The number of sockets is what matters here.
    members = {
        (users[number // SOCKETS_PER_USER].user_id, lists[shape.list_of(number)])
        for number in range(shape.sockets)
    }
    await work.connection.execute(
        insert(MemberRow),
        [
            {"list_id": list_id, "user_id": user_id, "role": "editor", "joined_at": work.now}
            for user_id, list_id in sorted(members)
        ],
    )
