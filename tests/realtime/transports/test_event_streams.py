"""Server-Sent Events: the same hub as the sockets', through an HTTP answer that goes on."""

import asyncio

import httpx
import pytest

from realtime.authentication import Credentials
from realtime.connection import Connection
from realtime.node import RealtimeNode
from realtime.streams.subscriber import LaggingSubscription
from realtime.transports.sse_transport import RETRY_MILLISECONDS
from realtime.transports.transport import Transport
from shared.clock import monotonic
from shared.contract.shapes import UserShape
from shared.event_log import trim
from shared.ids import StreamId, list_stream, new_id, user_stream
from shared.resources import Resources
from shared.settings import Settings
from shared.unit_of_work import ReadTransaction
from tests.support.api_server import InProcessNode, served
from tests.support.realtime.sse_client import request_to, stream_of
from tests.support.realtime.websocket_client import (
    head_of,
    insert_list,
    socket_of,
    token_of,
    write_event,
)
from tests.support.settings import changed_settings
from tests.support.world_builder import World

# What is tried does not depend on the database; one kind keeps this file short.
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def events_of(list_id: str) -> str:
    return f"/lists/{list_id}/events"


async def test_without_a_position_it_begins_now_and_says_where(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)
    await write_event(resources, list_id)

    async with stream_of(server.port, resources, ana, events_of(list_id)) as client:
        first = await client.receive()
        await write_event(resources, list_id, ana)
        event = await client.receive()

    assert (first.name, first.id) == ("subscribed", f"{epoch}:1")
    assert first.frame == {
        "type": "subscribed", "re": 0, "list": list_id, "epoch": epoch, "seq": 1,
    }  # fmt: skip
    assert (event.name, event.id) == ("message", f"{epoch}:2")
    assert event.frame["actor"] == {"id": ana.user_id, "name": "Ana"}
    assert client.retry in range(RETRY_MILLISECONDS[0], RETRY_MILLISECONDS[1] + 1)


@one_database
async def test_a_frame_is_what_the_socket_sends(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)

    async with (
        socket_of(server.socket_url, resources, ana) as socket,
        stream_of(server.port, resources, ana, events_of(list_id)) as stream,
    ):
        await socket.subscribe((list_id, epoch, 0))
        await socket.receive_type("subscribed")
        await stream.receive_named("subscribed")
        await write_event(resources, list_id, ana)
        on_socket = await socket.receive_type("event")
        on_stream = await stream.receive()

    assert on_stream.frame == on_socket


@one_database
async def test_nothing_between_here_and_the_client_may_hold_it_back(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, _ = await insert_list(resources, ana)
    headers = {
        "Authorization": f"Bearer {token_of(resources, ana)}", "Accept-Encoding": "gzip, br",
    }  # fmt: skip

    async with request_to(server.port, events_of(list_id), headers) as client:
        await client.receive()

    assert client.headers["content-type"].startswith("text/event-stream")
    assert client.headers["x-accel-buffering"] == "no"
    assert client.headers["cache-control"] == "no-store, no-transform"
    assert "content-encoding" not in client.headers


async def test_a_position_is_resumed_from_the_last_event_id_before_the_address(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)
    for _ in range(5):
        await write_event(resources, list_id)
    by_address = f"{events_of(list_id)}?epoch={epoch}&since=1"

    async with stream_of(server.port, resources, ana, by_address) as client:
        await client.receive_named("subscribed")
    async with stream_of(server.port, resources, ana, by_address, after=f"{epoch}:3") as again:
        answer = await again.receive_named("subscribed")

    assert client.seqs() == [2, 3, 4, 5]
    assert again.seqs() == [4, 5]
    assert (answer.id, answer.frame["seq"]) == (f"{epoch}:5", 5)


async def test_a_position_that_cannot_be_resumed_is_reset_and_the_stream_ends(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)
    for _ in range(6):
        await write_event(resources, list_id)
    async with resources.begin() as work:
        await work.lock_streams([list_stream(list_id)])
        await trim(work.connection, list_stream(list_id), 3)

    answers = []
    for after in (f"{epoch}:2", f"{epoch}:7", "other:4"):
        path = events_of(list_id)
        async with stream_of(server.port, resources, ana, path, after=after) as client:
            last = await client.receive_end()
            frame = last.frame
            answers.append((len(client.events), last.name, frame["reason"], frame["seq"], last.id))

    # Without an id: a client that does not act on it is told again.
    assert answers == [
        (1, "reset", "trimmed", 6, ""), (1, "reset", "ahead", 6, ""), (1, "reset", "epoch", 6, ""),
    ]  # fmt: skip


async def test_what_is_no_position_and_what_is_not_there_is_said_before_it_begins(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana, eva = await world.user("Ana"), await world.user("Eva")
    list_id, epoch = await insert_list(resources, ana)
    of_ana = {"Authorization": f"Bearer {token_of(resources, ana)}"}
    of_eva = {"Authorization": f"Bearer {token_of(resources, eva)}"}
    asked: tuple[tuple[str, dict[str, str]], ...] = (
        (events_of(list_id), of_ana | {"Last-Event-ID": "nonsense"}),
        (events_of(list_id), of_ana | {"Last-Event-ID": f"{epoch}:-1"}),
        (f"{events_of(list_id)}?epoch={epoch}", of_ana),
        (events_of(list_id), of_ana | {"Accept": "application/json"}),
        (events_of(list_id), of_eva),
        (events_of(new_id()), of_eva),
        (events_of(list_id), {}),
    )

    found = []
    for path, headers in asked:
        async with request_to(server.port, path, headers) as client:
            problem = await client.problem()
            found.append((client.status, problem["code"]))

    assert found == [(422, "invalid")] * 4 + [(404, "not_found")] * 2 + [(401, "unauthenticated")]


async def test_one_s_own_stream_has_both_forms(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    own = user_stream(ana.user_id)
    epoch, seq = await head_of(resources, own)

    async with stream_of(server.port, resources, ana, "/users/me/events") as client:
        first = await client.receive()
        await world.list(ana)
        event = await client.receive()
    url = f"{server.url}/api/v1/users/me/events?epoch={epoch}&since={seq}"
    headers = {"Authorization": f"Bearer {token_of(resources, ana)}"}
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = (await http.get(url, headers=headers)).json()

    assert (first.frame["list"], first.frame["seq"]) == (own, seq)
    assert event.frame["event"] == "list.added"
    assert answer["items"] == [event.frame]


async def test_commits_while_it_begins_are_neither_lost_nor_doubled(
    server: InProcessNode, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await world.user()
    list_id, _ = await insert_list(resources, ana)
    realtime: RealtimeNode = server.app.state.realtime
    attach, readable = realtime.attach, realtime.resume_reader.readable_streams

    async def attach_late(
        credentials: Credentials, transport: Transport
    ) -> tuple[Connection, UserShape]:
        await write_event(resources, list_id)
        attached = await attach(credentials, transport)
        await write_event(resources, list_id)
        return attached

    async def read_late(
        read: ReadTransaction, connection: Connection, wanted: list[LaggingSubscription]
    ) -> set[StreamId]:
        found = await readable(read, connection, wanted)
        await write_event(resources, list_id)
        return found

    monkeypatch.setattr(realtime, "attach", attach_late)
    monkeypatch.setattr(realtime.resume_reader, "readable_streams", read_late)
    for begun in (0, 4, 8):
        async with stream_of(server.port, resources, ana, events_of(list_id)) as client:
            first = await client.receive()
            await client.receive_seq(begun + 3)
            await write_event(resources, list_id)
            heard = await client.receive_seq(begun + 4)

        assert (first.name, first.frame["seq"]) == ("subscribed", begun)
        assert heard == list(range(begun + 1, begun + 5))


async def test_a_client_that_drops_and_resumes_on_either_node_misses_nothing(
    settings: Settings, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)
    heard: list[int] = []
    last_id = f"{epoch}:0"

    async with served(settings) as one, served(settings) as other:

        async def write(node: InProcessNode) -> None:
            for _ in range(60):
                await write_event(node.app.state.resources, list_id)

        writing = asyncio.gather(write(one), write(other))
        number = 0
        while len(heard) < 120:
            port = (one, other)[number % 2].port
            path = events_of(list_id)
            async with stream_of(port, resources, ana, path, after=last_id) as client:
                await client.receive_seq(min(120, len(heard) + 7))
            heard += client.seqs()
            last_id = client.last_id
            number += 1
        await writing

    assert heard == list(range(1, 121))
    assert number > 5


async def test_without_a_broker_the_head_sweep_carries_it(
    settings: Settings, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, _ = await insert_list(resources, ana)
    alone = changed_settings(settings, redis_url="")

    async with (
        served(alone) as node,
        stream_of(node.port, resources, ana, events_of(list_id)) as client,
    ):
        await client.receive_named("subscribed")
        before = monotonic()
        await write_event(resources, list_id)
        await client.receive_seq(1)

    assert monotonic() - before < 1.5
