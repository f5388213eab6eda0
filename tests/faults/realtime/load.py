"""Many at once, and one that does not read: the others must not notice."""

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
from tests.faults.realtime.nodes import rest
from tests.support.api_server import ApiNode
from tests.support.faults.api_nodes import ProcessNode, api_process, open_node
from tests.support.faults.delivery_count import (
    assert_no_resets,
    connected_clients,
    count_deliveries,
)
from tests.support.faults.expected_events import percentile
from tests.support.faults.light_socket import RefusedError
from tests.support.faults.recording_client import RecordingClient, drop_all
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.realtime.websocket_client import a_list, head_of, write_event

FRAME_BYTES = 6_000
# What one socket may hold on the server: its outbox, the burst that went beyond it, and as much
# again for what asyncio keeps meanwhile. Beside it, what a process gains by working: half of the
# pool reads a page of a megabyte each, as rows, as text and as bytes.
SOCKET_BYTES, PROCESS_BYTES = 512 * 1024, 32 * 1024 * 1024
# "Unchanged", on a machine that also runs the clients and the database.
P99_RATIO, P99_SLACK_SECONDS = 1.5, 0.010
# A smaller receive buffer than usual: what the kernel takes in for a reader is not the server's to bound.
RECEIVE_BYTES = 64 * 1024


async def never_reads(env: ScenarioEnv) -> Outcome:
    """Some sockets are never read, with megabytes waiting; beside them, others hear as before."""
    count, rounds = env.size(20, 20), env.size(4, 1)
    quick = [await env.world.user(f"Quick {number}") for number in range(env.size(10, 3))]
    slow = [await env.world.user(f"Slow {number}") for number in range(count)]
    list_id, _ = await a_list(env.resources, *quick, *slow)
    with_slow: list[float] = []
    without: list[float] = []
    async with (
        api_process(env.settings) as node,
        connected_clients(env, [node], quick, list_id) as ears,
    ):
        for one in ears:
            one.arrivals = {}
        await _broadcast(env, ears, list_id)
        before = largest = _memory(node)
        for _ in range(rounds):
            without += await _broadcast(env, ears, list_id)
            async with _not_reading(env, node, slow, list_id) as stuck:
                await _write_much(env.resources, list_id, env.size(1200, 500))
                await ears[0].reach(list_id, await write_event(env.resources, list_id))
                largest = max(largest, _memory(node))
                with_slow += await _broadcast(env, ears, list_id)
                largest = max(largest, _memory(node))
                await _made_whole(stuck[0], list_id)
        outcome = await count_deliveries(ears, list_id)
        assert_no_resets(ears)
    grown = largest - before
    assert grown < count * SOCKET_BYTES + PROCESS_BYTES, f"{grown / 2**20:.0f} MiB more"
    alone, beside = percentile(without, 0.99), percentile(with_slow, 0.99)
    note = (
        f"p99 {alone * 1000:.1f} ms alone, {beside * 1000:.1f} ms beside {count} that do not read"
    )
    note += f"; {grown / 2**20:.0f} MiB more"
    assert beside <= alone * P99_RATIO + P99_SLACK_SECONDS, note
    return outcome + Outcome(note=note)


async def _broadcast(
    env: ScenarioEnv, ears: Sequence[RecordingClient], list_id: ListId
) -> list[float]:
    """Returns the seconds from commit to arrival, of events that come one at a time."""
    late: list[float] = []
    committed: dict[int, float] = {}
    # In the process that writes, the moment of the commit itself: an event may well arrive before
    # the ring's own answer has.
    env.resources.event_publisher.set_local_subscriber(
        lambda recorded: committed.update((one.seq, monotonic()) for one in recorded)
    )
    for _ in range(env.size(150, 30)):
        seq = await write_event(env.resources, list_id)
        for one in ears:
            await one.reach(list_id, seq)
            assert one.arrivals is not None
            late.append(one.arrivals[list_id, seq] - committed[seq])
    env.resources.event_publisher.set_local_subscriber(None)
    return late


async def _write_much(resources: Resources, list_id: ListId, count: int) -> None:
    for _ in range(count // 20):
        async with resources.begin() as work:
            await work.lock_streams([StreamId(list_id)])
            for _ in range(20):
                work.record(StreamId(list_id), TodoPurged(todo_id="x" * FRAME_BYTES), None)


@asynccontextmanager
async def _not_reading(
    env: ScenarioEnv, node: ProcessNode, people: Sequence[Actor], list_id: ListId
) -> AsyncIterator[list[RecordingClient]]:
    """Yields sockets that are subscribed, and from which nothing is read any more."""
    async with AsyncExitStack() as stack:
        slow = [await RecordingClient(env.resources, one).begin(list_id) for one in people]
        stack.callback(drop_all, slow)
        for one in slow:
            await one.connect(node.socket_url)
            await one.subscribed()
            assert one.socket is not None
            one.socket.receive_buffer(RECEIVE_BYTES)
            one.socket.stop_reading()
        yield slow


async def _made_whole(one: RecordingClient, list_id: ListId) -> None:
    """Whoever reads again hears what it missed, in order; or is told that it was too slow."""
    assert one.socket is not None
    heard = len(one.heard[list_id])
    _, head = await head_of(one.resources, list_id)
    assert one.cursors[list_id].seq < head, "the slow reader was not slow"
    one.socket.go_on_reading()
    ended = one.socket.ended
    await one.until(lambda: ended.done() or one.cursors[list_id].seq >= head)
    assert not ended.done() or ended.result() == Close.TOO_SLOW, f"closed with {ended}"
    outcome = one.score(list_id, one.cursors[list_id].seq)
    assert outcome.has_passed, f"{outcome} after {heard}"


def _memory(node: ProcessNode) -> int:
    """Returns the bytes of memory that the node's process has in use."""
    pages = int(Path(f"/proc/{node.process.pid}/statm").read_text().split()[1])
    return pages * 4096


async def storm(env: ScenarioEnv) -> Outcome:
    """Two thousand sockets come at once, each behind on five lists; requests are answered meanwhile."""
    count = env.size(2000, 60)
    people = [await env.world.user(f"P{number}") for number in range(count // 8 + 1)]
    lists = [(await a_list(env.resources, *people))[0] for _ in range(5)]
    crowd = [
        await RecordingClient(env.resources, people[number // 8]).begin(*lists)
        for number in range(count)
    ]
    for list_id in lists:
        for _ in range(3):
            await write_event(env.resources, list_id)
    # In short, a pool of two: sixty sockets would not notice one of ten.
    pool = None if env.is_full else 2
    async with open_node(env, pool_size=pool) as node, rest(node, env, people[0]) as http:
        began = monotonic()
        storming = asyncio.gather(*(_come_back(one, node) for one in crowd))
        try:
            answered = await _ask_meanwhile(http, storming)
            retries = sum(await storming)
            seconds = monotonic() - began
            outcome = Outcome()
            for list_id in lists:
                await write_event(env.resources, list_id)
                outcome += await count_deliveries(crowd, list_id)
            assert_no_resets(crowd)
        finally:
            drop_all(crowd)
    slowest = max(answered)
    # The pool's own patience is 10 s: whoever waited longer was refused.
    assert slowest < 10, f"a request took {slowest:.1f} s"
    note = f"{count} back in {seconds:.1f} s, {retries} tried twice; {len(answered)} requests, "
    return outcome + Outcome(note=note + f"slowest {slowest:.2f} s")


async def _come_back(one: RecordingClient, node: ApiNode) -> int:
    """The client is live again; returns how often it had to try anew."""
    for attempt in range(10):
        try:
            await one.connect(node.socket_url)
        except (RefusedError, OSError):
            await asyncio.sleep(0.5)  # the shortest pause that docs/protocol.md names
        else:
            await one.subscribed(60)
            return attempt
    raise AssertionError("the node never let it in")


async def _ask_meanwhile(
    http: httpx.AsyncClient, storming: "asyncio.Future[list[int]]"
) -> list[float]:
    """Returns how long requests took; fails when one was refused."""
    answered: list[float] = []
    while not storming.done() or not answered:
        before = monotonic()
        answer = await http.get("/lists")
        answered.append(monotonic() - before)
        assert answer.status_code == 200, f"a request was answered {answer.status_code}"
        await asyncio.wait([storming], timeout=0.05)
    return answered


NEVER = "a reader that never reads (memory bounded, others' p99 unchanged)"
STORM = "a storm of 2,000 reconnects that does not exhaust the pool"

SCENARIOS = (
    Scenario("never-reads", NEVER, never_reads, small_on=("sqlite",)),
    Scenario("storm", STORM, storm, small_on=("postgres",)),
)
