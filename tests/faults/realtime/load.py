"""Load: slow readers and reconnect storms, during which all other clients are served as usual."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx

from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.events import TodoPurged
from shared.contract.frames import Close
from shared.ids import ListId, StreamId
from shared.resources import Resources
from tests.support.api_server import ApiNode
from tests.support.faults.api_nodes import ProcessNode, api_process, open_node, rest_client
from tests.support.faults.delivery_count import (
    assert_no_resets,
    connected_clients,
    count_deliveries,
)
from tests.support.faults.expected_events import percentile
from tests.support.faults.recording_client import RecordingClient, drop_all
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.realtime.websocket_client import head_of, insert_list, write_event

FRAME_BYTES = 6_000
# Memory bound for a socket: its outbox, the batch that exceeded it, and as much again in asyncio.
# For the process: half of the database pool reads a page of a megabyte each, as rows, text and bytes.
SOCKET_BYTES, PROCESS_BYTES = 512 * 1024, 32 * 1024 * 1024
# What counts as unchanged, on a machine that also runs the clients and the database.
P99_RATIO, P99_SLACK_SECONDS = 1.5, 0.010
# Smaller than the default, because the server cannot bound what the kernel buffers for a reader.
RECEIVE_BYTES = 64 * 1024


async def slow_reader(env: ScenarioEnv) -> Outcome:
    """Some sockets are never read while megabytes are due; latency of the others does not change."""
    count, rounds = env.size(20, 20), env.size(4, 1)
    quick = [await env.world.user(f"Quick {number}") for number in range(env.size(10, 3))]
    slow = [await env.world.user(f"Slow {number}") for number in range(count)]
    list_id, _ = await insert_list(env.resources, *quick, *slow)
    with_slow: list[float] = []
    without: list[float] = []
    async with (
        api_process(env.settings) as node,
        connected_clients(env, [node], quick, list_id) as clients,
    ):
        for client in clients:
            client.arrivals = {}
        await _broadcast(env, clients, list_id)
        before = largest = _memory(node)
        for _ in range(rounds):
            without += await _broadcast(env, clients, list_id)
            async with _not_reading(env, node, slow, list_id) as stalled:
                await _write_much(env.resources, list_id, env.size(1200, 500))
                await clients[0].wait_for_seq(list_id, await write_event(env.resources, list_id))
                largest = max(largest, _memory(node))
                with_slow += await _broadcast(env, clients, list_id)
                largest = max(largest, _memory(node))
                await _assert_catches_up(stalled[0], list_id)
        outcome = await count_deliveries(clients, list_id)
        assert_no_resets(clients)
    grown = largest - before
    assert grown < count * SOCKET_BYTES + PROCESS_BYTES, f"{grown / 2**20:.0f} MiB more"
    alone, beside = percentile(without, 0.99), percentile(with_slow, 0.99)
    note = (
        f"p99 {alone * 1000:.1f} ms alone, {beside * 1000:.1f} ms beside {count} that do not read"
    )
    note += f"; {grown / 2**20:.0f} MiB more"
    assert beside <= env.time_bound(alone * P99_RATIO + P99_SLACK_SECONDS), note
    return outcome + Outcome(note=note)


async def _broadcast(
    env: ScenarioEnv, clients: Sequence[RecordingClient], list_id: ListId
) -> list[float]:
    """Write events one at a time and return the seconds from each commit to each arrival."""
    delays: list[float] = []
    committed: dict[int, float] = {}
    # The local subscriber is called right after the commit. An event may arrive at a client before
    # the publish command has its answer, so the time after write_event() would be too late.
    env.resources.event_publisher.set_local_subscriber(
        lambda recorded: committed.update((event.seq, monotonic()) for event in recorded)
    )
    for _ in range(env.size(150, 30)):
        seq = await write_event(env.resources, list_id)
        for client in clients:
            await client.wait_for_seq(list_id, seq)
            assert client.arrivals is not None
            delays.append(client.arrivals[list_id, seq] - committed[seq])
    env.resources.event_publisher.set_local_subscriber(None)
    return delays


async def _write_much(resources: Resources, list_id: ListId, count: int) -> None:
    for _ in range(count // 20):
        async with resources.begin() as work:
            await work.lock_streams([StreamId(list_id)])
            for _ in range(20):
                work.record(StreamId(list_id), TodoPurged(todo_id="x" * FRAME_BYTES), None)


@asynccontextmanager
async def _not_reading(
    env: ScenarioEnv, node: ProcessNode, actors: Sequence[Actor], list_id: ListId
) -> AsyncIterator[list[RecordingClient]]:
    """Yield subscribed clients that have stopped reading."""
    async with AsyncExitStack() as stack:
        slow = [
            await RecordingClient(env.resources, actor).start_at_head(list_id) for actor in actors
        ]
        stack.callback(drop_all, slow)
        for client in slow:
            await client.connect(node.socket_url)
            await client.wait_subscribed()
            assert client.socket is not None
            client.socket.set_receive_buffer(RECEIVE_BYTES)
            client.socket.stop_reading()
        yield slow


async def _assert_catches_up(client: RecordingClient, list_id: ListId) -> None:
    """Assert that a client that reads again gets the missed events in order, or is closed with 4002."""
    assert client.socket is not None
    received = len(client.received[list_id])
    _, head = await head_of(client.resources, list_id)
    assert client.cursors[list_id].seq < head, "the slow reader was not slow"
    client.socket.resume_reading()
    ended = client.socket.ended
    await client.wait_until(lambda: ended.done() or client.cursors[list_id].seq >= head)
    assert not ended.done() or ended.result() == Close.TOO_SLOW, f"closed with {ended}"
    outcome = client.compare(list_id, client.cursors[list_id].seq)
    assert outcome.has_passed, f"{outcome} after {received}"


def _memory(node: ProcessNode) -> int:
    """Return the resident memory of the node's process, in bytes."""
    pages = int(Path(f"/proc/{node.process.pid}/statm").read_text().split()[1])
    return pages * 4096


async def reconnect_storm(env: ScenarioEnv) -> Outcome:
    """Two thousand sockets reconnect at once, each behind on five lists, while requests are answered."""
    count = env.size(2000, 60)
    users = [await env.world.user(f"U{number}") for number in range(count // 8 + 1)]
    lists = [(await insert_list(env.resources, *users))[0] for _ in range(5)]
    clients = [
        await RecordingClient(env.resources, users[number // 8]).start_at_head(*lists)
        for number in range(count)
    ]
    for list_id in lists:
        for _ in range(3):
            await write_event(env.resources, list_id)
    # At the short size a pool of two: sixty sockets do not exhaust a pool of ten.
    pool_size = None if env.is_full else 2
    async with (
        open_node(env, pool_size=pool_size) as node,
        rest_client(node, env, users[0]) as http,
    ):
        began = monotonic()
        reconnecting = asyncio.gather(*(_reconnect(client, node) for client in clients))
        try:
            durations = await _request_during(http, reconnecting)
            retries = sum(await reconnecting)
            seconds = monotonic() - began
            outcome = Outcome()
            for list_id in lists:
                await write_event(env.resources, list_id)
                outcome += await count_deliveries(clients, list_id)
            assert_no_resets(clients)
        finally:
            drop_all(clients)
    slowest = max(durations)
    # The database pool's own timeout is 10 s: a request that waited longer was refused.
    assert slowest < 10, f"a request took {slowest:.1f} s"
    note = f"{count} back in {seconds:.1f} s, {retries} retries; {len(durations)} requests, "
    return outcome + Outcome(note=note + f"slowest {slowest:.2f} s")


async def _reconnect(client: RecordingClient, node: ApiNode) -> int:
    """Connect and wait until every subscription is answered; return the number of retries."""
    retries = await client.connect_with_retries(lambda: node.socket_url, 10)
    await client.wait_subscribed(60)
    return retries


async def _request_during(
    http: httpx.AsyncClient, reconnecting: "asyncio.Future[list[int]]"
) -> list[float]:
    """Return the durations of the requests made meanwhile; assert that none was refused."""
    durations: list[float] = []
    while not reconnecting.done() or not durations:
        before = monotonic()
        answer = await http.get("/lists")
        durations.append(monotonic() - before)
        assert answer.status_code == 200, f"a request was answered {answer.status_code}"
        await asyncio.wait([reconnecting], timeout=0.05)
    return durations


NEVER = "a reader that never reads (memory bounded, others' p99 unchanged)"
STORM = "a storm of 2,000 reconnects that does not exhaust the pool"

SCENARIOS = (
    Scenario("slow-reader", NEVER, slow_reader, short_on=("sqlite",)),
    Scenario("reconnect-storm", STORM, reconnect_storm, short_on=("postgres",)),
)
