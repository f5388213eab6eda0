"""A client of the socket for tests, and the shortest way to lists with members and events."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson
import websockets
from sqlalchemy import delete, insert, update

from shared.accounts.authentication.access_tokens import make_access_token
from shared.actor import Actor
from shared.contract.events import MemberRemoved, SessionRevoked, TodoPurged
from shared.contract.frames import SUBPROTOCOL
from shared.event_log import read_heads
from shared.ids import ListId, StreamId, list_stream, new_id, user_stream
from shared.resources import Resources
from shared.tables.accounts import SessionRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow

# Far beyond anything that works: a test that waits so long has failed.
DEADLINE_SECONDS = 10.0

Frame = dict[str, Any]


def token_of(resources: Resources, actor: Actor, *, lives: timedelta | None = None) -> str:
    """Returns an access token of the actor's session, with `lives` left if given."""
    now = resources.clock.now()
    if lives is not None:
        now += lives - timedelta(minutes=resources.settings.accounts.access_token_minutes)
    return make_access_token(resources.settings, actor.user_id, actor.session_id, now)[0]


@dataclass
class SocketClient:
    """One socket, and everything it was told."""

    socket: websockets.ClientConnection
    frames: list[Frame] = field(default_factory=list)
    answers_pings: bool = True
    _waiting: deque[Frame] = field(default_factory=deque)
    _id: int = 0

    async def send(self, kind: str, **body: object) -> int:
        self._id += 1
        await self.socket.send(orjson.dumps({"id": self._id, "type": kind, **body}).decode())
        return self._id

    async def receive(self, deadline: float = DEADLINE_SECONDS) -> Frame:
        """Returns the next frame; those of a batch one after another."""
        if not self._waiting:
            async with asyncio.timeout(deadline):
                message: Frame = orjson.loads(await self.socket.recv())
            self._waiting.extend(message["frames"] if message["type"] == "batch" else [message])
        frame = self._waiting.popleft()
        self.frames.append(frame)
        if frame["type"] == "ping" and self.answers_pings:
            await self.socket.send('{"type":"pong"}')
        return frame

    async def receive_until(
        self, wanted: Callable[[Frame], bool], deadline: float = DEADLINE_SECONDS
    ) -> Frame:
        """Returns the first frame that is wanted; the others are kept in `frames`."""
        async with asyncio.timeout(deadline):
            while not wanted(frame := await self.receive(deadline)):
                pass
        return frame

    async def receive_type(self, kind: str, deadline: float = DEADLINE_SECONDS) -> Frame:
        return await self.receive_until(lambda frame: frame["type"] == kind, deadline)

    async def receive_seq(
        self, stream: str, seq: int, deadline: float = DEADLINE_SECONDS
    ) -> list[int]:
        """Returns the positions heard of the stream, once `seq` is among them."""
        if seq not in self.seqs(stream):
            await self.receive_until(
                lambda one: one["type"] == "event" and one["list"] == stream and one["seq"] == seq,
                deadline,
            )
        return self.seqs(stream)

    def seqs(self, stream: str) -> list[int]:
        return [
            one["seq"] for one in self.frames if one["type"] == "event" and one["list"] == stream
        ]

    async def subscribe(self, *cursors: tuple[str, str, int]) -> int:
        lists = [
            {"list": stream, "epoch": epoch, "since": since} for stream, epoch, since in cursors
        ]
        return await self.send("subscribe", lists=lists)

    async def wait_closed(self, deadline: float = DEADLINE_SECONDS) -> int:
        """Returns the code with which the server closed, after reading whatever came before."""
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await self.receive(deadline)
        code = self.socket.close_code
        assert code is not None, "the socket is not closed"
        return code


@asynccontextmanager
async def socket_to(
    url: str, *, hello: Frame | None = None, **options: Any
) -> AsyncIterator[SocketClient]:
    """Yields a socket; when `hello` is given, it has been welcomed."""
    known: Frame = {
        "subprotocols": [SUBPROTOCOL],
        "compression": None,
        "ping_interval": None,
        # Of a test that leaves frames unread: the server's goodbye lies behind them.
        "close_timeout": 1,
    }
    async with websockets.connect(url, proxy=None, **(known | options)) as socket:
        client = SocketClient(socket)
        if hello is not None:
            await client.send("hello", **hello)
            welcome = await client.receive()
            assert welcome["type"] == "welcome", welcome
        yield client


@asynccontextmanager
async def socket_of(
    url: str, resources: Resources, actor: Actor, **options: Any
) -> AsyncIterator[SocketClient]:
    """Yields the actor's socket, welcomed."""
    hello = {"token": token_of(resources, actor)}
    async with socket_to(url, hello=hello, **options) as client:
        yield client


async def insert_list(resources: Resources, *members: Actor) -> tuple[ListId, str]:
    """Returns a list that its members share, and its epoch; it has no events yet."""
    list_id = ListId(new_id())
    async with resources.begin() as work:
        head = await work.open_stream(list_stream(list_id))
        await work.connection.execute(
            insert(ListRow).values(
                id=list_id, name="Groceries", created_at=work.now, updated_at=work.now
            )
        )
        for number, member in enumerate(members):
            role = "editor" if number else "owner"
            await work.connection.execute(
                insert(MemberRow).values(
                    list_id=list_id, user_id=member.user_id, role=role, joined_at=work.now
                )
            )
    return list_id, head.epoch


async def write_event(resources: Resources, list_id: ListId, actor: Actor | None = None) -> int:
    """Returns the position of one more event of the list."""
    stream = list_stream(list_id)
    async with resources.begin() as work:
        await work.lock_streams([stream])
        return work.record(stream, TodoPurged(todo_id=new_id()), actor).seq


async def remove_member(resources: Resources, list_id: ListId, member: Actor) -> int:
    """Returns the position of the removal."""
    stream = list_stream(list_id)
    async with resources.begin() as work:
        await work.lock_streams([stream])
        await work.connection.execute(
            delete(MemberRow).where(
                MemberRow.list_id == list_id, MemberRow.user_id == member.user_id
            )
        )
        event = MemberRemoved(user_id=member.user_id, reason="removed")
        return work.record(stream, event, None).seq


async def revoke_session(resources: Resources, actor: Actor) -> None:
    stream = user_stream(actor.user_id)
    async with resources.begin() as work:
        await work.lock_streams([stream])
        await work.connection.execute(
            update(SessionRow).where(SessionRow.id == actor.session_id).values(revoked_at=work.now)
        )
        work.record(stream, SessionRevoked(session_ids=[actor.session_id]), actor)


async def head_of(resources: Resources, stream: str) -> tuple[str, int]:
    async with resources.begin_read() as read:
        head = (await read_heads(read.connection, [StreamId(stream)]))[StreamId(stream)]
    return head.epoch, head.seq
