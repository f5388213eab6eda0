"""The broker, and the way to it, in every state that is not well."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from redis.asyncio import Redis

from shared.clock import monotonic
from shared.ids import ListId
from tests.support.api_server import ApiNode
from tests.support.faults.api_nodes import open_node
from tests.support.faults.delivery_count import (
    assert_no_resets,
    connected_clients,
    count_deliveries,
)
from tests.support.faults.network_proxy import open_network_proxy
from tests.support.faults.random_writer import write_plain
from tests.support.faults.recording_client import RecordingClient
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.realtime.websocket_client import a_list, write_event

# docs/architecture.md: with the broker away, others' changes come up to a second late.
LATE_SECONDS = 1.5
# Two of a node's own probes missed, a pause, a new connection; and a machine that is busy.
NOTICED_SECONDS = 8.0
WRITERS = 4


async def _listen_while(
    env: ScenarioEnv,
    nodes: list[ApiNode],
    writes: int,
    seconds: float,
    disturb: Callable[["asyncio.Future[Any]", ListId], Awaitable[str]],
) -> Outcome:
    """Returns the tally of followers on all nodes, while writers write and something is disturbed."""
    people = [await env.world.user(f"Person {number}") for number in range(4)]
    list_id, _ = await a_list(env.resources, *people)
    async with connected_clients(env, nodes, people, list_id) as followers:
        writing = asyncio.gather(
            *(
                write_plain(env.resources, list_id, writes // WRITERS, seconds)
                for _ in range(WRITERS)
            )
        )
        note = await disturb(writing, list_id)
        await writing
        outcome = await count_deliveries(followers, list_id, note=note)
        assert_no_resets(followers)
    return outcome


async def rude_line(env: ScenarioEnv) -> Outcome:
    """Both nodes hear the broker through a line that drops, doubles and reorders."""
    async with (
        open_network_proxy(env.broker.port) as one,
        open_network_proxy(env.broker.port) as two,
        open_node(env, redis_port=one.port) as first,
        open_node(env, redis_port=two.port) as second,
    ):

        async def disturb(writing: "asyncio.Future[Any]", list_id: ListId) -> str:
            await writing
            done = one.done + two.done
            assert min(done["dropped"], done["doubled"], done["delayed"]) > 0, f"only {done}"
            return ", ".join(f"{count} {what}" for what, count in done.items())

        one.be_rude(env.random)
        two.be_rude(env.random)
        writes = env.size(800, 240)
        return await _listen_while(env, [first, second], writes, env.size(4, 1), disturb)


async def killed_subscriptions(env: ScenarioEnv) -> Outcome:
    """Every pub/sub connection is killed each 250 ms."""
    async with open_node(env) as node, Redis.from_url(env.settings.redis.url) as killer:

        async def disturb(writing: "asyncio.Future[Any]", list_id: ListId) -> str:
            kills = 0
            while not writing.done():
                await asyncio.wait([writing], timeout=0.25)
                kills += await killer.client_kill_filter(_type="pubsub")
            assert kills >= env.size(20, 3), f"only {kills} were killed"
            return f"{kills} killed"

        writes = env.size(600, 120)
        return await _listen_while(env, [node], writes, env.size(6, 1), disturb)


async def half_open(env: ScenarioEnv) -> Outcome:
    """The line goes silent under the node, which notices and connects anew, and is late till then."""
    async with (
        open_network_proxy(env.broker.port) as line,
        open_node(env, redis_port=line.port) as node,
    ):
        ana = await env.world.user()
        list_id, _ = await a_list(env.resources, ana)
        async with connected_clients(env, [node], [ana], list_id) as [ear]:
            assert await _quick_again(env, ear, list_id), "the doorbell is not heard at all"
            line.go_dead()
            slowest = max([await _lateness(env, ear, list_id) for _ in range(4)])
            assert slowest < LATE_SECONDS, f"{slowest:.2f} s late without a doorbell"
            began = monotonic()
            assert await _quick_again(env, ear, list_id), "silence was not noticed in time"
            note = f"{slowest:.2f} s late at most, replaced after {monotonic() - began:.1f} s"
            return await count_deliveries([ear], list_id, note=note)


async def _lateness(env: ScenarioEnv, ear: RecordingClient, list_id: ListId) -> float:
    """Returns the seconds from the commit of one more event to its arrival."""
    seq = await write_event(env.resources, list_id)
    before = monotonic()
    await ear.reach(list_id, seq)
    return monotonic() - before


async def _quick_again(env: ScenarioEnv, ear: RecordingClient, list_id: ListId) -> bool:
    """Whether three events in a row come sooner than any sweep would bring them, soon enough."""
    before = monotonic()
    while monotonic() - before < NOTICED_SECONDS:
        late = [await _lateness(env, ear, list_id) for _ in range(3)]
        if max(late) < 0.15:
            return True
    return False


def _away(
    harm: Callable[[ScenarioEnv, RecordingClient, ListId], Coroutine[Any, Any, str]],
) -> Callable[[ScenarioEnv], Awaitable[Outcome]]:
    """Returns a scenario: two nodes, steady writers, and harm done to the broker meanwhile."""

    async def run(env: ScenarioEnv) -> Outcome:
        async with open_node(env) as one, open_node(env) as two:
            ana = await env.world.user()

            async def disturb(writing: "asyncio.Future[Any]", list_id: ListId) -> str:
                other, _ = await a_list(env.resources, ana)
                async with connected_clients(env, [one], [ana], other) as [ear]:
                    note = await harm(env, ear, other)
                    last = await count_deliveries([ear], other)
                assert last.has_passed, f"the watcher's own: {last}"
                return note

            writes = env.size(300, 60)
            return await _listen_while(env, [one, two], writes, env.size(7, 1), disturb)

    return run


async def _late_for(env: ScenarioEnv, ear: RecordingClient, list_id: ListId, seconds: float) -> str:
    """Returns a note of how late events were for so long; fails when it was more than promised."""
    began = monotonic()
    late: list[float] = []
    while not late or monotonic() - began < seconds:
        late.append(await _lateness(env, ear, list_id))
    assert max(late) < LATE_SECONDS, f"{max(late):.2f} s late without a broker"
    return f"{max(late):.2f} s late at most"


@_away
async def stands_still(env: ScenarioEnv, ear: RecordingClient, list_id: ListId) -> str:
    env.broker.pause()
    try:
        return await _late_for(env, ear, list_id, env.size(6, 1))
    finally:
        env.broker.resume()


@_away
async def killed_and_back(env: ScenarioEnv, ear: RecordingClient, list_id: ListId) -> str:
    await asyncio.to_thread(env.broker.kill)
    note = await _late_for(env, ear, list_id, env.size(6, 1))
    # On this thread: the kernel kills a child with the thread that started it.
    env.broker.start()
    assert await _quick_again(env, ear, list_id), "the doorbell never came back"
    return note


@_away
async def killed_for_good(env: ScenarioEnv, ear: RecordingClient, list_id: ListId) -> str:
    await asyncio.to_thread(env.broker.kill)
    return await _late_for(env, ear, list_id, env.size(6, 1))


@_away
async def flushed(env: ScenarioEnv, ear: RecordingClient, list_id: ListId) -> str:
    async with Redis.from_url(env.settings.redis.url) as redis:
        for _ in range(3):
            await redis.flushall()
            await _lateness(env, ear, list_id)
    return "flushed 3 times"


PUBLISHES = "5 % publishes dropped, 3 % doubled, reordered"
KILLED = "pub/sub connections killed every 250 ms"
HALF_OPEN = "a half-open Redis socket"
STOPPED = "Redis stopped for 6 s, killed for good, flushed"

SCENARIOS = (
    Scenario("rude-line", PUBLISHES, rude_line, small_on=("postgres",)),
    Scenario("killed-subscriptions", KILLED, killed_subscriptions, small_on=("sqlite",)),
    Scenario("half-open", HALF_OPEN, half_open, small_on=("sqlite",)),
    Scenario("broker-stands-still", STOPPED, stands_still, small_on=("postgres",)),
    Scenario("broker-killed-and-back", STOPPED, killed_and_back, small_on=("sqlite",)),
    Scenario("broker-killed-for-good", STOPPED, killed_for_good, small_on=("postgres",)),
    Scenario("broker-flushed", STOPPED, flushed, small_on=("sqlite",)),
)
