"""How a stream of Server-Sent Events ends, and what it costs other readers if it is not read."""

import asyncio
import socket
from dataclasses import replace
from datetime import timedelta

import pytest

from realtime.limits import Limits
from realtime.node import RealtimeNode
from realtime.transports.frame_batch import batch_of
from realtime.transports.sse_transport import CHUNK_BYTES, SseTransport
from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.events import AccountDisabled, ListDeleted
from shared.contract.frames import Close, Expiring
from shared.ids import list_stream, user_stream
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.support.api_server import InProcessNode, served
from tests.support.realtime.databases import SQLITE_ONLY
from tests.support.realtime.limits import set_limits, without_head_checks
from tests.support.realtime.slow_readers import write_large_events
from tests.support.realtime.sse_client import events_path, request_to, stream_of
from tests.support.realtime.websocket_client import (
    InsertedList,
    insert_list,
    remove_member,
    revoke_session,
    socket_of,
    token_of,
    write_event,
)
from tests.support.services.processes import wait_until
from tests.support.settings import changed_settings
from tests.support.world_builder import World


@pytest.fixture
def path(shared_list: InsertedList) -> str:
    """The path of the events of a list of Ana and Ben."""
    return events_path(shared_list.list_id)


async def test_a_removal_that_races_writes_is_the_last_event_before_the_end(
    server: InProcessNode, resources: Resources, ana: Actor, ben: Actor
) -> None:
    writers = [resources, server.app.state.resources]

    for number in range(20):
        list_id, epoch = await insert_list(resources, ana, ben)
        path = f"{events_path(list_id)}?epoch={epoch}&since=0"
        async with stream_of(server.port, resources, ben, path) as client:
            *_, last = await asyncio.gather(
                *(write_event(writers[writer % 2], list_id) for writer in range(4)),
                remove_member(writers[number % 2], list_id, ben),
            )
            await write_event(resources, list_id)
            end = await client.receive_end()

        if end.name == "error":
            assert (end.frame["code"], client.seqs()) == ("not_found", [])
        else:
            assert (end.name, end.frame["reason"]) == ("unsubscribed", "removed")
            assert client.seqs() == list(range(1, last + 1))


async def test_a_deleted_list_ends_its_stream_after_the_event(
    server: InProcessNode, resources: Resources, ana: Actor, shared_list: InsertedList, path: str
) -> None:
    stream = list_stream(shared_list.list_id)

    async with stream_of(server.port, resources, ana, path) as client:
        await client.receive_named("subscribed")
        async with resources.begin() as work:
            await work.lock_streams([stream])
            event = ListDeleted(list_id=shared_list.list_id, deleted_at=work.now)
            work.record(stream, event, ana)
        end = await client.receive_end()

    assert client.seqs() == [1]
    assert (end.name, end.frame["reason"]) == ("unsubscribed", "deleted")


@pytest.mark.parametrize("has_broker", [True, False])
async def test_the_streams_of_a_revoked_session_end_soon_on_every_node(
    settings: Settings,
    resources: Resources,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    has_broker: bool,
) -> None:
    if has_broker:
        without_head_checks(monkeypatch)
    else:
        settings = changed_settings(settings, redis_url="")

    async with served(settings) as node, open_resources(settings) as elsewhere:
        if has_broker:
            await node.receives_messages()
        for _ in range(4):
            ana = await world.user("Ana")
            other = replace(ana, session_id=(await world.user("Ben")).session_id)
            path = events_path((await insert_list(resources, ana)).list_id)
            async with stream_of(node.port, resources, ana, path) as client:
                await client.receive_named("subscribed")
                await revoke_session(elsewhere, other)
                await revoke_session(elsewhere, ana)
                end = await client.receive_end()
            assert (end.name, end.frame["code"]) == ("closed", Close.REFUSED)


@SQLITE_ONLY
async def test_a_disabled_account_ends_its_streams(
    server: InProcessNode, resources: Resources, ana: Actor, path: str
) -> None:
    stream = user_stream(ana.user_id)

    async with (
        stream_of(server.port, resources, ana, path) as of_list,
        stream_of(server.port, resources, ana, "/users/me/events") as own,
    ):
        await of_list.receive_named("subscribed")
        await own.receive_named("subscribed")
        async with resources.begin() as work:
            await work.lock_streams([stream])
            work.record(stream, AccountDisabled(), None)
        ends = [await of_list.receive_end(), await own.receive_end()]

    assert [(end.name, end.frame["code"]) for end in ends] == [("closed", Close.REFUSED)] * 2
    # The event that ended the own stream is the last one that it carried.
    assert own.events[-2].frame["event"] == "account.disabled"


@SQLITE_ONLY
async def test_an_expiring_token_is_warned_of_and_ends_the_stream(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_limits(monkeypatch, deadline_check_seconds=0.1)

    async with served(settings) as node:
        realtime: RealtimeNode = node.app.state.realtime
        token = token_of(resources, ana, lives=timedelta(seconds=50))
        async with stream_of(node.port, resources, ana, path, token=token) as client:
            warning = await client.receive_named("expiring")
            [connection] = realtime.connections
            # As if the rest of its life had passed.
            connection.expires_at -= warning.frame["seconds"]
            end = await client.receive_end()

    assert 0 < warning.frame["seconds"] <= 50
    assert (end.name, end.frame["code"]) == ("closed", Close.CREDENTIALS_EXPIRED)


@SQLITE_ONLY
async def test_a_quiet_stream_is_pinged_with_its_head_and_need_not_answer(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    shared_list: InsertedList,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_limits(monkeypatch, heartbeat_seconds=1, pong_seconds=0.2, deadline_check_seconds=0.05)
    list_id, epoch = shared_list

    async with served(settings) as node, stream_of(node.port, resources, ana, path) as client:
        await client.receive_named("ping")
        await write_event(resources, list_id)
        second = await client.receive_named("ping")

    assert second.frame["heads"] == {list_id: 1}
    assert second.id == f"{epoch}:1"


@SQLITE_ONLY
async def test_sockets_and_streams_of_a_user_are_counted_together(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    ben: Actor,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_limits(monkeypatch, sockets_per_user=2)
    of_ana = {"Authorization": f"Bearer {token_of(resources, ana)}"}

    async with (
        served(settings) as node,
        socket_of(node.socket_url, resources, ana),
        stream_of(node.port, resources, ben, path),
    ):
        async with stream_of(node.port, resources, ana, path) as second:
            await second.receive()
            async with request_to(node.port, path, of_ana) as third:
                problem = await third.problem()
        realtime: RealtimeNode = node.app.state.realtime
        await wait_until(lambda: len(realtime.connections) == 2, what="detaching the second")
        async with stream_of(node.port, resources, ana, path) as again:
            await again.receive()

    assert (third.status, problem["code"]) == (429, "too_many_streams")
    assert int(third.headers["retry-after"]) > 0


async def test_a_slow_stream_delays_no_other_and_holds_little(
    patient_server: InProcessNode,
    resources: Resources,
    ana: Actor,
    ben: Actor,
    shared_list: InsertedList,
    path: str,
) -> None:
    server, list_id = patient_server, shared_list.list_id
    realtime: RealtimeNode = server.app.state.realtime
    largest = 0

    async with (
        # asyncio stops reading from the connection beyond twice this.
        stream_of(server.port, resources, ana, path, limit=1024) as slow,
        stream_of(server.port, resources, ben, path) as quick,
    ):
        for _ in range(10):
            await write_large_events(resources, list_id, 200)
            largest = max(largest, *(it.transport.waiting_bytes for it in realtime.connections))
        await quick.receive_seq(2000)
        assert largest > CHUNK_BYTES, "the slow reader was not slow"
        for seq in range(2001, 2006):
            await write_event(resources, list_id)
            await quick.receive_seq(seq)
        # The quick one waited for nothing that the slow one had to read.
        assert any(it.transport.waiting_bytes for it in realtime.connections)
        await slow.receive_seq(2005)

    assert slow.seqs() == quick.seqs() == list(range(1, 2006))
    assert largest < Limits.outbox_bytes + 3 * CHUNK_BYTES


def test_a_peer_that_takes_a_little_now_and_then_is_not_stalled() -> None:
    transport, held = SseTransport("e1", Limits()), 100_000
    transport.connection_bytes = lambda: held
    # A `send` that never ends: what the connection holds is taken bit by bit.
    transport.write(batch_of(Expiring(seconds=60)))
    begin = monotonic()
    stalled = []

    for seconds in (9, 18, 27):
        held -= 1
        stalled.append(transport.is_stalled(begin + seconds))
    stalled += [transport.is_stalled(begin + 36), transport.is_stalled(begin + 38)]

    assert stalled == [False, False, False, False, True]


@SQLITE_ONLY
async def test_the_streams_of_a_node_that_stops_are_ended_one_after_another(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    ben: Actor,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("api.http.http_protocol.DRAIN_SECONDS_PER_SOCKET", 0.05)
    ready = asyncio.Semaphore(0)
    times: list[float] = []

    async def stay(port: int, user: Actor) -> None:
        async with stream_of(port, resources, user, path) as client:
            await client.receive_named("subscribed")
            ready.release()
            assert (await client.receive_end()).frame["code"] == Close.GOING_AWAY
            times.append(monotonic())

    async with asyncio.TaskGroup() as group, served(settings) as node:
        for user in [ana, ben] * 8:
            group.create_task(stay(node.port, user))
        for _ in range(16):
            await ready.acquire()

    # Each at a random time within 0.8 s: all in one quarter of it, once in 10**7 runs.
    assert max(times) - min(times) > 0.2


@SQLITE_ONLY
async def test_a_stream_that_is_never_read_is_aborted(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    shared_list: InsertedList,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_limits(monkeypatch, progress_seconds=1, deadline_check_seconds=0.1, pong_seconds=60)
    monkeypatch.setattr("api.http.http_protocol.CLOSE_SECONDS", 0.5)

    async with served(settings) as node:
        realtime: RealtimeNode = node.app.state.realtime
        async with stream_of(node.port, resources, ana, path, limit=1024):
            [connection] = realtime.connections
            transport = connection.transport
            assert isinstance(transport, SseTransport)
            async with asyncio.TaskGroup() as group:
                group.create_task(write_large_events(resources, shared_list.list_id, 2000))
                # During the writes: the connection holds little, so it may be aborted before
                # their end.
                await wait_until(
                    lambda: transport.connection_bytes() > CHUNK_BYTES, what="a full connection"
                )
            # Nothing of it is left on the server, whatever the client does.
            await wait_until(lambda: not realtime.connections, what="forgetting the stream")
        assert realtime.hub.positions() == {}


@SQLITE_ONLY
async def test_a_client_that_vanished_from_a_quiet_list_is_forgotten(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    shared_list: InsertedList,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_limits(monkeypatch, pong_seconds=1)
    request = (
        f"GET /api/v1{path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
        f"Authorization: Bearer {token_of(resources, ana)}\r\n\r\n"
    )

    # A window of 2 kB that is never emptied: the same as a peer that has gone.
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        peer.setblocking(False)
        async with served(settings) as node:
            realtime: RealtimeNode = node.app.state.realtime
            loop = asyncio.get_running_loop()
            await loop.sock_connect(peer, ("127.0.0.1", node.port))
            await loop.sock_sendall(peer, request.encode())
            await wait_until(lambda: len(realtime.connections) == 1, what="the stream")
            # Far less than would fill any buffer of the server.
            await write_large_events(resources, shared_list.list_id, 20)
            await wait_until(lambda: not realtime.connections, what="forgetting the peer")


@SQLITE_ONLY
async def test_a_server_that_stops_closes_the_stream_with_1012(
    settings: Settings, resources: Resources, ana: Actor, path: str
) -> None:
    async with served(settings) as node:
        streams = stream_of(node.port, resources, ana, path)
        client = await streams.__aenter__()
        await client.receive_named("subscribed")
        before = monotonic()
    end = await client.receive_end()
    await streams.__aexit__(None, None, None)

    assert (end.name, end.frame["code"]) == ("closed", Close.GOING_AWAY)
    # Far less than the 20 s that running requests are given.
    assert monotonic() - before < 8
