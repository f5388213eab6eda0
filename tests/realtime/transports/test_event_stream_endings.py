"""How a stream of Server-Sent Events ends, and what a slow reader of one costs the others."""

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
from tests.realtime.streams.test_slow_readers import write_much
from tests.realtime.transports.test_event_streams import events_of, one_database
from tests.support.api_server import InProcessNode, served
from tests.support.realtime.limits import set_limits
from tests.support.realtime.sse_client import request_to, stream_of
from tests.support.realtime.websocket_client import (
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


async def test_a_removal_that_races_writes_is_the_last_event_before_the_end(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    writers = [resources, server.app.state.resources]

    for number in range(20):
        list_id, epoch = await insert_list(resources, ana, ben)
        path = f"{events_of(list_id)}?epoch={epoch}&since=0"
        async with stream_of(server.port, resources, ben, path) as client:
            *_, last = await asyncio.gather(
                *(write_event(writers[one % 2], list_id) for one in range(4)),
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
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, _ = await insert_list(resources, ana)
    stream = list_stream(list_id)

    async with stream_of(server.port, resources, ana, events_of(list_id)) as client:
        await client.receive_named("subscribed")
        async with resources.begin() as work:
            await work.lock_streams([stream])
            work.record(stream, ListDeleted(list_id=list_id, deleted_at=work.now), ana)
        end = await client.receive_end()

    assert client.seqs() == [1]
    assert (end.name, end.frame["reason"]) == ("unsubscribed", "deleted")


@pytest.mark.parametrize("has_broker", [True, False])
async def test_a_revoked_session_ends_its_stream_everywhere_and_soon(
    settings: Settings, resources: Resources, world: World, has_broker: bool
) -> None:
    if not has_broker:
        settings = changed_settings(settings, redis_url="")
    longest = 0.0

    async with served(settings) as node, open_resources(settings) as elsewhere:
        for _ in range(4):
            ana = await world.user("Ana")
            other = replace(ana, session_id=(await world.user("Ben")).session_id)
            list_id, _ = await insert_list(resources, ana)
            async with stream_of(node.port, resources, ana, events_of(list_id)) as client:
                await client.receive_named("subscribed")
                await revoke_session(elsewhere, other)
                before = monotonic()
                await revoke_session(elsewhere, ana)
                end = await client.receive_end()
                longest = max(longest, monotonic() - before)
            assert (end.name, end.frame["code"]) == ("closed", Close.REFUSED)

    assert longest < (0.25 if has_broker else 1.5)


@one_database
async def test_a_disabled_account_ends_its_streams(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    stream = user_stream(ana.user_id)
    list_id, _ = await insert_list(resources, ana)

    async with (
        stream_of(server.port, resources, ana, events_of(list_id)) as of_list,
        stream_of(server.port, resources, ana, "/users/me/events") as own,
    ):
        await of_list.receive()
        await own.receive()
        async with resources.begin() as work:
            await work.lock_streams([stream])
            work.record(stream, AccountDisabled(), None)
        ends = [await of_list.receive_end(), await own.receive_end()]

    assert [(end.name, end.frame["code"]) for end in ends] == [("closed", Close.REFUSED)] * 2
    # What ended it is the last event that it carried.
    assert own.events[-2].frame["event"] == "account.disabled"


@one_database
async def test_an_expiring_token_is_warned_of_and_ends_the_stream(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, deadline_check_seconds=0.1)
    ana = await world.user()
    list_id, _ = await insert_list(resources, ana)

    async with served(settings) as node:
        token = token_of(resources, ana, lives=timedelta(seconds=2))
        path = events_of(list_id)
        async with stream_of(node.port, resources, ana, path, token=token) as client:
            warning = await client.receive_named("expiring")
            end = await client.receive_end()

    assert warning.frame["seconds"] <= 2
    assert (end.name, end.frame["code"]) == ("closed", Close.CREDENTIALS_EXPIRED)


@one_database
async def test_a_quiet_stream_says_now_and_then_where_it_stands(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, heartbeat_seconds=1, pong_seconds=0.2, deadline_check_seconds=0.05)
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)

    async with (
        served(settings) as node,
        stream_of(node.port, resources, ana, events_of(list_id)) as client,
    ):
        await client.receive_named("ping")
        await write_event(resources, list_id)
        # It cannot answer, and goes on all the same.
        second = await client.receive_named("ping")

    assert second.frame["heads"] == {list_id: 1}
    assert second.id == f"{epoch}:1"


@one_database
async def test_sockets_and_streams_of_a_person_are_counted_together(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, sockets_per_user=2)
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id, _ = await insert_list(resources, ana, ben)
    of_ana = {"Authorization": f"Bearer {token_of(resources, ana)}"}
    path = events_of(list_id)

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
        await wait_until(lambda: len(realtime.connections) == 2, 5, "noticing who left")
        async with stream_of(node.port, resources, ana, path) as again:
            await again.receive()

    assert (third.status, problem["code"]) == (429, "too_many_streams")
    assert int(third.headers["retry-after"]) > 0


async def test_a_slow_stream_delays_nobody_and_holds_little(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id, _ = await insert_list(resources, ana, ben)
    path = events_of(list_id)
    realtime: RealtimeNode = server.app.state.realtime
    largest, slowest = 0, 0.0

    async with (
        # asyncio stops reading from the connection beyond twice this.
        stream_of(server.port, resources, ana, path, limit=1024) as slow,
        stream_of(server.port, resources, ben, path) as quick,
    ):
        for _ in range(10):
            await write_much(resources, list_id, 200)
            largest = max(largest, *(_held(one) for one in realtime.connections))
        await quick.receive_seq(2000, 30)
        assert largest > CHUNK_BYTES, "the slow reader was not slow"
        for seq in range(2001, 2006):
            before = monotonic()
            await write_event(resources, list_id)
            await quick.receive_seq(seq)
            slowest = max(slowest, monotonic() - before)
        await slow.receive_seq(2005, 30)

    assert slow.seqs() == quick.seqs() == list(range(1, 2006))
    assert largest < Limits.outbox_bytes + 3 * CHUNK_BYTES
    assert slowest < 0.5


def _held(connection: object) -> int:
    waiting: int = connection.transport.waiting_bytes  # type: ignore[attr-defined]
    return waiting


def test_whoever_takes_a_little_now_and_then_is_not_stuck() -> None:
    transport, held = SseTransport("e1", Limits()), 100_000
    transport.connection_bytes = lambda: held
    # A send that never ends: what it holds is taken bit by bit.
    transport.write(batch_of(Expiring(seconds=60)))
    begin = monotonic()
    stuck = []

    for seconds in (9, 18, 27):
        held -= 1
        stuck.append(transport.is_stalled(begin + seconds))
    stuck += [transport.is_stalled(begin + 36), transport.is_stalled(begin + 38)]

    assert stuck == [False, False, False, False, True]


@one_database
async def test_the_streams_of_a_node_that_stops_are_ended_one_after_another(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.http.http_protocol.DRAIN_SECONDS_PER_SOCKET", 0.05)
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id, _ = await insert_list(resources, ana, ben)
    ready = asyncio.Semaphore(0)
    times: list[float] = []

    async def stay(port: int, person: Actor) -> None:
        async with stream_of(port, resources, person, events_of(list_id)) as client:
            await client.receive_named("subscribed")
            ready.release()
            assert (await client.receive_end()).frame["code"] == Close.GOING_AWAY
            times.append(monotonic())

    async with asyncio.TaskGroup() as group, served(settings) as node:
        for person in [ana, ben] * 8:
            group.create_task(stay(node.port, person))
        for _ in range(16):
            await ready.acquire()

    # Each at a random time within 0.8 s: all in one quarter of it, once in 10**7 runs.
    assert max(times) - min(times) > 0.2


@one_database
async def test_a_stream_that_is_never_read_is_cut_off(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, progress_seconds=1, deadline_check_seconds=0.1, pong_seconds=60)
    monkeypatch.setattr("api.http.http_protocol.CLOSE_SECONDS", 0.5)
    ana = await world.user()
    list_id, _ = await insert_list(resources, ana)

    async with served(settings) as node:
        realtime: RealtimeNode = node.app.state.realtime
        path = events_of(list_id)
        async with stream_of(node.port, resources, ana, path, limit=1024):
            [connection] = realtime.connections
            transport = connection.transport
            assert isinstance(transport, SseTransport)
            async with asyncio.TaskGroup() as group:
                group.create_task(write_much(resources, list_id, 2000))
                # While it is written: the connection holds little, so the cut may come before the end.
                await wait_until(
                    lambda: transport.connection_bytes() > CHUNK_BYTES, what="a full connection"
                )
            # Nothing of it is left on the server, whatever the client does.
            await wait_until(lambda: not realtime.connections, 8, "forgetting the stream")
        assert realtime.hub.positions() == {}


@one_database
async def test_a_client_that_vanished_from_a_quiet_list_is_forgotten(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, pong_seconds=1)
    ana = await world.user()
    list_id, _ = await insert_list(resources, ana)
    token = token_of(resources, ana)
    request = (
        f"GET /api/v1/lists/{list_id}/events HTTP/1.1\r\nHost: localhost\r\n"
        f"Accept: text/event-stream\r\nAuthorization: Bearer {token}\r\n\r\n"
    )

    # A window of 2 kB, which nobody empties: as good as a peer that has gone.
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        peer.setblocking(False)
        async with served(settings) as node:
            realtime: RealtimeNode = node.app.state.realtime
            loop = asyncio.get_running_loop()
            await loop.sock_connect(peer, ("127.0.0.1", node.port))
            await loop.sock_sendall(peer, request.encode())
            await wait_until(lambda: len(realtime.connections) == 1, 5, "the stream")
            # Far less than would fill any buffer of ours.
            await write_much(resources, list_id, 20)
            await wait_until(lambda: not realtime.connections, 10, "forgetting the peer")


@one_database
async def test_the_end_of_the_server_is_said_and_the_stream_ends(
    settings: Settings, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, _ = await insert_list(resources, ana)

    async with served(settings) as node:
        streams = stream_of(node.port, resources, ana, events_of(list_id))
        client = await streams.__aenter__()
        await client.receive_named("subscribed")
        before = monotonic()
    end = await client.receive_end()
    await streams.__aexit__(None, None, None)

    assert (end.name, end.frame["code"]) == ("closed", Close.GOING_AWAY)
    assert monotonic() - before < 2
