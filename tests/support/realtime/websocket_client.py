"""A WebSocket client for tests, and the shortest way to lists with members and events."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

import orjson
import websockets
from sqlalchemy import delete, insert, update

from shared.accounts.authentication.access_tokens import make_access_token
from shared.actor import Actor
from shared.contract.events import MemberRemoved, SessionRevoked, TodoPurged
from shared.contract.frames import SUBPROTOCOL
from shared.event_log import read_heads, trim
from shared.ids import ListId, StreamId, list_stream, new_id, user_stream
from shared.resources import Resources
from shared.tables.accounts import SessionRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from tests.support.deadlines import DEADLINE_SECONDS

Frame = dict[str, Any]


class InsertedList(NamedTuple):
    list_id: ListId
    epoch: str


def token_of(resources: Resources, actor: Actor, *, lives: timedelta | None = None) -> str:
    """Return an access token of the actor's session, which lives as long as given."""
    now = resources.clock.now()
    if lives is not None:
        now += lives - timedelta(minutes=resources.settings.accounts.access_token_minutes)
    return make_access_token(resources.settings, actor.user_id, actor.session_id, now)[0]


@dataclass
class SocketClient:
    """One socket, and every frame it has received."""

    socket: websockets.ClientConnection
    frames: list[Frame] = field(default_factory=list)
    answers_pings: bool = True
    _waiting: deque[Frame] = field(default_factory=deque)
    _last_id: int = 0

    async def send(self, kind: str, **body: object) -> int:
        """Send a frame, and return its id."""
        self._last_id += 1
        await self.socket.send(orjson.dumps({"id": self._last_id, "type": kind, **body}).decode())
        return self._last_id

    async def receive(self, deadline: float = DEADLINE_SECONDS) -> Frame:
        """Return the next frame; the frames of a batch are returned one by one."""
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
        self, is_wanted: Callable[[Frame], bool], deadline: float = DEADLINE_SECONDS
    ) -> Frame:
        """Return the first frame that is wanted; the others are kept in `frames`."""
        async with asyncio.timeout(deadline):
            while not is_wanted(frame := await self.receive(deadline)):
                pass
        return frame

    async def receive_type(self, kind: str, deadline: float = DEADLINE_SECONDS) -> Frame:
        return await self.receive_until(lambda frame: frame["type"] == kind, deadline)

    async def receive_answer(self, request_id: int) -> Frame:
        """Return the answer to the frame with this id."""
        return await self.receive_until(lambda frame: frame.get("re") == request_id)

    async def receive_seq(
        self, stream: str, seq: int, deadline: float = DEADLINE_SECONDS
    ) -> list[int]:
        """Return the sequence numbers received of the stream, once `seq` is among them."""

        wanted = ("event", stream, seq)
        if seq not in self.seqs(stream):
            await self.receive_until(
                lambda it: (it["type"], it.get("list"), it.get("seq")) == wanted, deadline
            )
        return self.seqs(stream)

    def seqs(self, stream: str) -> list[int]:
        """Return the sequence numbers received of the stream."""
        events = [frame for frame in self.frames if frame["type"] == "event"]
        return [frame["seq"] for frame in events if frame["list"] == stream]

    def count(self, kind: str) -> int:
        """Return how many frames of this type were received."""
        return sum(frame["type"] == kind for frame in self.frames)

    async def subscribe(self, *cursors: tuple[str, str, int]) -> int:
        """Subscribe from these cursors (list, epoch, since), and return the frame's id."""
        lists = [
            {"list": stream, "epoch": epoch, "since": since} for stream, epoch, since in cursors
        ]
        return await self.send("subscribe", lists=lists)

    async def follow(self, *lists: tuple[str, str], since: int = 0) -> None:
        """Subscribe to the lists, and wait until each is current."""
        await self.subscribe(*((*subscribed, since) for subscribed in lists))
        for _ in lists:
            await self.receive_type("subscribed")

    async def wait_closed(self, deadline: float = DEADLINE_SECONDS) -> int:
        """Return the code with which the server closed, after reading what came before."""
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
    """Yield a socket; if `hello` is given, it has been welcomed."""
    defaults: Frame = {
        "subprotocols": [SUBPROTOCOL],
        "compression": None,
        "open_timeout": DEADLINE_SECONDS,
        "ping_interval": None,
        # The server's close comes after frames that the test leaves unread.
        "close_timeout": 1,
    }
    async with websockets.connect(url, proxy=None, **(defaults | options)) as socket:
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
    """Yield the actor's socket, welcomed."""
    hello = {"token": token_of(resources, actor)}
    async with socket_to(url, hello=hello, **options) as client:
        yield client


async def insert_list(resources: Resources, *members: Actor) -> InsertedList:
    """Insert a list without events. Its first member is the owner, the others are editors."""
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
    return InsertedList(list_id, head.epoch)


async def write_event(resources: Resources, list_id: ListId, actor: Actor | None = None) -> int:
    """Record one more event of the list, and return its sequence number."""
    return await write_events(resources, list_id, 1, actor)


async def write_events(
    resources: Resources,
    list_id: ListId,
    count: int,
    actor: Actor | None = None,
    *,
    size: int | None = None,
) -> int:
    """Record events of the list in one transaction, and return the last sequence number.

    Each carries `size` bytes of data if given.
    """
    stream = list_stream(list_id)
    async with resources.begin() as work:
        await work.lock_streams([stream])
        seqs = [
            work.record(stream, TodoPurged(todo_id="x" * size if size else new_id()), actor).seq
            for _ in range(count)
        ]
    return seqs[-1]


async def trim_events(resources: Resources, list_id: ListId, floor: int) -> None:
    """Delete the list's events up to and including `floor`."""
    stream = list_stream(list_id)
    async with resources.begin() as work:
        await work.lock_streams([stream])
        await trim(work.connection, stream, floor)


async def remove_member(resources: Resources, list_id: ListId, member: Actor) -> int:
    """Remove the member, and return the sequence number of the removal."""
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
    """Return the stream's epoch and newest sequence number."""
    async with resources.begin_read() as read:
        head = (await read_heads(read.connection, [StreamId(stream)]))[StreamId(stream)]
    return head.epoch, head.seq
