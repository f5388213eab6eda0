"""Frames on the transport: joined when they are ready together, and the same under any server."""

import asyncio

import orjson
import pytest
from websockets.frames import Frame, Opcode

from realtime.node import RealtimeNode
from realtime.transports.frame_batch import FrameBatch
from shared.contract.frames import Close
from shared.resources import Resources
from shared.settings import Settings
from tests.realtime.streams.test_slow_readers import UNREAD, write_much
from tests.support.api_server import InProcessNode, served
from tests.support.realtime.websocket_client import (
    insert_list,
    remove_member,
    revoke_session,
    socket_of,
    write_event,
)
from tests.support.services.processes import wait_until
from tests.support.world_builder import World

OTHER_SERVER = "websockets-sansio"


@pytest.mark.parametrize("length", [1, 125, 126, 65_535, 65_536])
def test_a_burst_is_framed_as_the_library_would_frame_it(length: int) -> None:
    frame = b"x" * length

    encoded = FrameBatch((frame,)).websocket_bytes

    assert encoded == Frame(Opcode.TEXT, frame).serialize(mask=False)


def test_one_frame_travels_alone_and_several_as_a_batch() -> None:
    alone, together = FrameBatch((b'{"a":1}',)), FrameBatch((b'{"a":1}', b'{"b":2}'))

    assert alone.message == b'{"a":1}'
    assert orjson.loads(together.message) == {"type": "batch", "frames": [{"a": 1}, {"b": 2}]}


async def test_what_was_missed_arrives_in_batches_not_frame_by_frame(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)
    for _ in range(30):
        await write_event(resources, list_id)

    async with socket_of(server.socket_url, resources, ana) as client:
        await client.subscribe((list_id, epoch, 0))
        async with asyncio.timeout(10):
            first = orjson.loads(await client.socket.recv())

    assert first["type"] == "batch"
    assert [frame["seq"] for frame in first["frames"]] == list(range(1, 31))


async def test_another_server_carries_the_same_socket(
    settings: Settings, resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id, epoch = await insert_list(resources, ana, ben)
    for _ in range(3):
        await write_event(resources, list_id)

    async with (
        served(settings, ws=OTHER_SERVER) as node,
        socket_of(node.socket_url, resources, ben) as client,
    ):
        await client.subscribe((list_id, epoch, 0))
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


async def test_a_slow_reader_is_made_whole_under_another_server(
    settings: Settings, resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id, epoch = await insert_list(resources, ana, ben)

    async with (
        served(settings, ws=OTHER_SERVER) as node,
        socket_of(node.socket_url, resources, ana, **UNREAD) as slow,
        socket_of(node.socket_url, resources, ben) as quick,
    ):
        for client in (slow, quick):
            await client.subscribe((list_id, epoch, 0))
            await client.receive_type("subscribed")
        # Past every buffer between here and there.
        for _ in range(20):
            await write_much(resources, list_id, 100)
        await quick.receive_seq(list_id, 2000, 30)
        await slow.receive_seq(list_id, 2000, 30)

    assert slow.seqs(list_id) == quick.seqs(list_id) == list(range(1, 2001))


async def test_a_socket_that_is_gone_before_it_is_welcomed_leaves_nothing_behind(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()

    async def come_and_go(wait: float) -> None:
        async with socket_of(server.socket_url, resources, ana) as client:
            await asyncio.wait([asyncio.create_task(client.socket.recv())], timeout=wait)

    for moment in range(8):
        task = asyncio.create_task(come_and_go(10))
        # A different await of the handshake each time: the cut falls anywhere in it.
        await asyncio.wait([task], timeout=moment * 0.004)
        task.cancel()
        await asyncio.wait([task])

    node: RealtimeNode = server.app.state.realtime
    await wait_until(
        lambda: not node.connections and not node.subscriptions.sessions_of(ana.user_id),
        5,
        "forgetting",
    )
    assert node.hub.positions() == {}
