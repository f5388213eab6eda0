"""Frames that are ready together are sent together, and any ASGI server sends the same."""

import asyncio

import orjson
import pytest
from websockets.frames import Frame, Opcode

from realtime.node import RealtimeNode
from realtime.transports.frame_batch import FrameBatch
from shared.actor import Actor
from shared.contract.frames import Close
from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import InProcessNode, served
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.realtime.limits import set_limits
from tests.support.realtime.slow_readers import UNREAD, write_large_events
from tests.support.realtime.websocket_client import (
    InsertedList,
    SocketClient,
    remove_member,
    revoke_session,
    socket_of,
    write_event,
    write_events,
)
from tests.support.services.processes import wait_until

# uvicorn's own protocol class, without the hand-over.
OTHER_SERVER = "websockets-sansio"


@pytest.mark.parametrize("length", [1, 125, 126, 65_535, 65_536])
def test_a_batch_is_framed_as_the_library_would_frame_it(length: int) -> None:
    frame = b"x" * length

    encoded = FrameBatch((frame,)).websocket_bytes

    assert encoded == Frame(Opcode.TEXT, frame).serialize(mask=False)


def test_one_frame_travels_alone_and_several_as_a_batch() -> None:
    alone, together = FrameBatch((b'{"a":1}',)), FrameBatch((b'{"a":1}', b'{"b":2}'))

    assert alone.message == b'{"a":1}'
    assert orjson.loads(together.message) == {"type": "batch", "frames": [{"a": 1}, {"b": 2}]}


async def test_missed_events_arrive_in_batches_not_frame_by_frame(
    ana_socket: SocketClient, ana_list: InsertedList, resources: Resources
) -> None:
    await write_events(resources, ana_list.list_id, 30)

    await ana_socket.subscribe((*ana_list, 0))
    async with asyncio.timeout(DEADLINE_SECONDS):
        first = orjson.loads(await ana_socket.socket.recv())

    assert first["type"] == "batch"
    assert [frame["seq"] for frame in first["frames"]] == list(range(1, 31))


async def test_another_server_sends_the_same_frames(
    settings: Settings, resources: Resources, ben: Actor, shared_list: InsertedList
) -> None:
    list_id = shared_list.list_id
    await write_events(resources, list_id, 3)

    async with (
        served(settings, ws=OTHER_SERVER) as node,
        socket_of(node.socket_url, resources, ben) as client,
    ):
        await client.subscribe((*shared_list, 0))
        answer = await client.receive_type("subscribed")
        await write_event(resources, list_id)
        await client.receive_seq(list_id, 4)
        removed_at = await remove_member(resources, list_id, ben)
        ended = await client.receive_type("unsubscribed")
        await write_event(resources, list_id)
        await revoke_session(resources, ben)
        code = await client.wait_closed()

    assert (answer["seq"], ended["reason"], code) == (3, "removed", Close.REFUSED)
    assert client.seqs(list_id) == list(range(1, removed_at + 1))


async def test_a_slow_reader_misses_nothing_under_another_server(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    ben: Actor,
    shared_list: InsertedList,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_limits(monkeypatch, progress_seconds=120)
    list_id = shared_list.list_id

    async with (
        served(settings, ws=OTHER_SERVER) as node,
        socket_of(node.socket_url, resources, ana, **UNREAD) as slow,
        socket_of(node.socket_url, resources, ben) as quick,
    ):
        for client in (slow, quick):
            await client.follow(shared_list)
        # More than every buffer on the way holds.
        for _ in range(20):
            await write_large_events(resources, list_id, 100)
        await quick.receive_seq(list_id, 2000)
        await slow.receive_seq(list_id, 2000)

    assert slow.seqs(list_id) == quick.seqs(list_id) == list(range(1, 2001))


async def test_nothing_is_kept_of_a_socket_that_is_gone_before_it_is_welcomed(
    server: InProcessNode, resources: Resources, ana: Actor
) -> None:
    async def open_and_close(wait: float) -> None:
        async with socket_of(server.socket_url, resources, ana) as client:
            await asyncio.wait([asyncio.create_task(client.socket.recv())], timeout=wait)

    for moment in range(8):
        task = asyncio.create_task(open_and_close(10))
        # Cancelled at another await of the handshake each time.
        await asyncio.wait([task], timeout=moment * 0.004)
        task.cancel()
        await asyncio.wait([task])

    node: RealtimeNode = server.app.state.realtime
    await wait_until(
        lambda: not node.connections and not node.subscriptions.sessions_of(ana.user_id),
        DEADLINE_SECONDS,
        "forgetting the sockets",
    )
    assert node.hub.positions() == {}
