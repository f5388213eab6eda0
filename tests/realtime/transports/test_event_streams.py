"""Server-Sent Events: what sockets get from the hub, in an HTTP response that does not end."""

import asyncio
from collections.abc import Sequence

import pytest

from realtime.authentication import Credentials
from realtime.connection import Connection
from realtime.node import RealtimeNode
from realtime.streams.subscriber import LaggingSubscription
from realtime.transports.sse_transport import RETRY_MILLISECONDS
from realtime.transports.transport import Transport
from shared.actor import Actor
from shared.contract.shapes import UserShape
from shared.ids import StreamId, new_id, user_stream
from shared.resources import Resources
from shared.settings import Settings
from shared.unit_of_work import ReadTransaction
from tests.support.api_server import InProcessNode, served
from tests.support.deadlines import http_client
from tests.support.realtime.databases import SQLITE_ONLY
from tests.support.realtime.sse_client import events_path, request_to, stream_of
from tests.support.realtime.websocket_client import (
    InsertedList,
    SocketClient,
    head_of,
    token_of,
    trim_events,
    write_event,
    write_events,
)
from tests.support.settings import changed_settings
from tests.support.world_builder import World


@pytest.fixture
def path(ana_list: InsertedList) -> str:
    """The path of the events of Ana's list."""
    return events_path(ana_list.list_id)


async def test_without_a_position_it_starts_now_and_sends_the_position(
    server: InProcessNode, resources: Resources, ana: Actor, ana_list: InsertedList, path: str
) -> None:
    list_id, epoch = ana_list
    await write_event(resources, list_id)

    async with stream_of(server.port, resources, ana, path) as client:
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


@SQLITE_ONLY
async def test_a_frame_is_what_the_socket_sends(
    server: InProcessNode,
    resources: Resources,
    ana: Actor,
    ana_socket: SocketClient,
    ana_list: InsertedList,
    path: str,
) -> None:
    async with stream_of(server.port, resources, ana, path) as stream:
        await ana_socket.follow(ana_list)
        await stream.receive_named("subscribed")
        await write_event(resources, ana_list.list_id, ana)
        on_socket = await ana_socket.receive_type("event")
        on_stream = await stream.receive()

    assert on_stream.frame == on_socket


@SQLITE_ONLY
async def test_the_headers_keep_proxies_from_buffering(
    server: InProcessNode, resources: Resources, ana: Actor, path: str
) -> None:
    headers = {
        "Authorization": f"Bearer {token_of(resources, ana)}", "Accept-Encoding": "gzip, br",
    }  # fmt: skip

    async with request_to(server.port, path, headers) as client:
        await client.receive()

    assert client.headers["content-type"].startswith("text/event-stream")
    assert client.headers["x-accel-buffering"] == "no"
    assert client.headers["cache-control"] == "no-store, no-transform"
    assert "content-encoding" not in client.headers


async def test_it_resumes_from_the_last_event_id_rather_than_from_the_query(
    server: InProcessNode, resources: Resources, ana: Actor, ana_list: InsertedList, path: str
) -> None:
    list_id, epoch = ana_list
    await write_events(resources, list_id, 5)
    with_query = f"{path}?epoch={epoch}&since=1"

    async with stream_of(server.port, resources, ana, with_query) as by_query:
        await by_query.receive_named("subscribed")
    async with stream_of(server.port, resources, ana, with_query, after=f"{epoch}:3") as by_id:
        answer = await by_id.receive_named("subscribed")

    assert by_query.seqs() == [2, 3, 4, 5]
    assert by_id.seqs() == [4, 5]
    assert (answer.id, answer.frame["seq"]) == (f"{epoch}:5", 5)


async def test_a_position_that_cannot_be_resumed_is_reset_and_the_stream_ends(
    server: InProcessNode, resources: Resources, ana: Actor, ana_list: InsertedList, path: str
) -> None:
    list_id, epoch = ana_list
    await write_events(resources, list_id, 6)
    await trim_events(resources, list_id, 3)

    answers = []
    for after in (f"{epoch}:2", f"{epoch}:7", "other:4"):
        async with stream_of(server.port, resources, ana, path, after=after) as client:
            last = await client.receive_end()
            frame = last.frame
            answers.append((len(client.events), last.name, frame["reason"], frame["seq"], last.id))

    # Without an id: a client that ignores the reset gets it again.
    assert answers == [
        (1, "reset", "trimmed", 6, ""), (1, "reset", "ahead", 6, ""), (1, "reset", "epoch", 6, ""),
    ]  # fmt: skip


async def test_a_bad_position_and_an_invisible_list_are_refused_before_the_stream_starts(
    server: InProcessNode,
    resources: Resources,
    world: World,
    ana: Actor,
    ana_list: InsertedList,
    path: str,
) -> None:
    eva = await world.user("Eva")
    of_ana = {"Authorization": f"Bearer {token_of(resources, ana)}"}
    of_eva = {"Authorization": f"Bearer {token_of(resources, eva)}"}
    requests: tuple[tuple[str, dict[str, str]], ...] = (
        (path, of_ana | {"Last-Event-ID": "nonsense"}),
        (path, of_ana | {"Last-Event-ID": f"{ana_list.epoch}:-1"}),
        (f"{path}?epoch={ana_list.epoch}", of_ana),
        (path, of_ana | {"Accept": "application/json"}),
        (path, of_eva),
        (events_path(new_id()), of_eva),
        (path, {}),
    )

    answers = []
    for asked, headers in requests:
        async with request_to(server.port, asked, headers) as client:
            problem = await client.problem()
            answers.append((client.status, problem["code"]))

    assert answers == [(422, "invalid")] * 4 + [(404, "not_found")] * 2 + [(401, "unauthenticated")]


async def test_a_user_s_own_stream_has_both_forms(
    server: InProcessNode, resources: Resources, world: World, ana: Actor
) -> None:
    own = user_stream(ana.user_id)
    epoch, seq = await head_of(resources, own)

    async with stream_of(server.port, resources, ana, "/users/me/events") as client:
        first = await client.receive()
        await world.list(ana)
        event = await client.receive()
    url = f"{server.url}/api/v1/users/me/events?epoch={epoch}&since={seq}"
    headers = {"Authorization": f"Bearer {token_of(resources, ana)}"}
    async with http_client() as http:
        answer = (await http.get(url, headers=headers)).json()

    assert (first.frame["list"], first.frame["seq"]) == (own, seq)
    assert event.frame["event"] == "list.added"
    assert answer["items"] == [event.frame]


async def test_commits_while_it_starts_are_neither_lost_nor_doubled(
    server: InProcessNode,
    resources: Resources,
    ana: Actor,
    ana_list: InsertedList,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    list_id = ana_list.list_id
    realtime: RealtimeNode = server.app.state.realtime
    attach, readable_streams = realtime.attach, realtime.resume_reader.readable_streams

    async def attach_between_commits(
        credentials: Credentials, transport: Transport
    ) -> tuple[Connection, UserShape]:
        await write_event(resources, list_id)
        attached = await attach(credentials, transport)
        await write_event(resources, list_id)
        return attached

    async def read_before_commit(
        read: ReadTransaction, connection: Connection, wanted: Sequence[LaggingSubscription]
    ) -> set[StreamId]:
        readable = await readable_streams(read, connection, wanted)
        await write_event(resources, list_id)
        return readable

    monkeypatch.setattr(realtime, "attach", attach_between_commits)
    monkeypatch.setattr(realtime.resume_reader, "readable_streams", read_before_commit)
    for head in (0, 4, 8):
        async with stream_of(server.port, resources, ana, path) as client:
            first = await client.receive()
            await client.receive_seq(head + 3)
            await write_event(resources, list_id)
            received = await client.receive_seq(head + 4)

        assert (first.name, first.frame["seq"]) == ("subscribed", head)
        assert received == list(range(head + 1, head + 5))


async def test_a_client_that_drops_and_resumes_on_either_node_misses_nothing(
    settings: Settings, resources: Resources, ana: Actor, ana_list: InsertedList, path: str
) -> None:
    received: list[int] = []
    last_id = f"{ana_list.epoch}:0"

    async with served(settings) as node_a, served(settings) as node_b:

        async def write(node: InProcessNode) -> None:
            for _ in range(60):
                await write_event(node.app.state.resources, ana_list.list_id)

        writing = asyncio.gather(write(node_a), write(node_b))
        streams = 0
        while len(received) < 120:
            port = (node_a, node_b)[streams % 2].port
            async with stream_of(port, resources, ana, path, after=last_id) as client:
                await client.receive_seq(min(120, len(received) + 7))
            received += client.seqs()
            last_id = client.last_id
            streams += 1
        await writing

    assert received == list(range(1, 121))
    assert streams > 5


async def test_without_a_broker_the_head_check_delivers(
    settings: Settings, resources: Resources, ana: Actor, ana_list: InsertedList, path: str
) -> None:
    alone = changed_settings(settings, redis_url="")

    async with served(alone) as node, stream_of(node.port, resources, ana, path) as client:
        await client.receive_named("subscribed")
        await write_event(resources, ana_list.list_id)
        await client.receive_seq(1)
