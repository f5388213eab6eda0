"""The broker, or the network between a node and the broker, fails in every way."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from redis.asyncio import Redis

from shared.clock import monotonic
from shared.ids import ListId
from tests.support.api_server import ApiNode
from tests.support.faults.api_nodes import open_node, open_two_nodes
from tests.support.faults.delivery_count import (
    assert_no_resets,
    connected_clients,
    count_deliveries,
)
from tests.support.faults.network_proxy import open_network_proxy
from tests.support.faults.random_writer import write_plain
from tests.support.faults.recording_client import RecordingClient
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.realtime.websocket_client import insert_list, write_event

# docs/architecture.md: without the broker, changes of other users arrive up to a second late.
MAX_DELAY_SECONDS = 1.5
# A head check delivers later than this, so faster events came by pub/sub.
PUBSUB_SECONDS = 0.15
# A node misses two probes, pauses and opens a new connection; and the machine is busy.
RECONNECT_SECONDS = 8.0
WRITERS = 4


async def _deliver_during(
    disturb: Callable[["asyncio.Future[Any]", ListId], Awaitable[str]],
    env: ScenarioEnv,
    nodes: Sequence[ApiNode],
    writes: int,
    seconds: float,
) -> Outcome:
    """Return the outcome of clients on all nodes, while writers write and `disturb` runs."""
    users = [await env.world.user(f"User {number}") for number in range(4)]
    list_id, _ = await insert_list(env.resources, *users)
    async with connected_clients(env, nodes, users, list_id) as clients:
        writing = asyncio.gather(
            *(
                write_plain(env.resources, list_id, writes // WRITERS, seconds)
                for _ in range(WRITERS)
            )
        )
        note = await disturb(writing, list_id)
        await writing
        outcome = await count_deliveries(clients, list_id, note=note)
        assert_no_resets(clients)
    return outcome


async def unreliable_pubsub(env: ScenarioEnv) -> Outcome:
    """Both nodes reach the broker through a proxy that drops, doubles and reorders messages."""
    async with (
        open_network_proxy(env.broker.port) as proxy,
        open_network_proxy(env.broker.port) as other_proxy,
        open_node(env, redis_port=proxy.port) as node,
        open_node(env, redis_port=other_proxy.port) as other_node,
    ):

        async def disturb(writing: "asyncio.Future[Any]", list_id: ListId) -> str:
            await writing
            done = proxy.disturbances + other_proxy.disturbances
            assert min(done["dropped"], done["doubled"], done["delayed"]) > 0, f"only {done}"
            return ", ".join(f"{count} {what}" for what, count in done.items())

        proxy.disturb_messages(env.random)
        other_proxy.disturb_messages(env.random)
        writes = env.size(800, 240)
        return await _deliver_during(disturb, env, [node, other_node], writes, env.size(4, 1))


async def pubsub_connections_killed(env: ScenarioEnv) -> Outcome:
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
        return await _deliver_during(disturb, env, [node], writes, env.size(6, 1))


async def half_open_connection(env: ScenarioEnv) -> Outcome:
    """The connection to the broker carries nothing more; the node notices and opens a new one."""
    async with (
        open_network_proxy(env.broker.port) as proxy,
        open_node(env, redis_port=proxy.port) as node,
    ):
        ana = await env.world.user()
        list_id, _ = await insert_list(env.resources, ana)
        async with connected_clients(env, [node], [ana], list_id) as [client]:
            assert await _uses_pubsub(env, client, list_id), "pub/sub does not work at the start"
            proxy.freeze_connections()
            slowest = max([await _delay_of_event(env, client, list_id) for _ in range(4)])
            assert slowest < env.time_bound(MAX_DELAY_SECONDS), (
                f"{slowest:.2f} s late without pub/sub"
            )
            began = monotonic()
            assert await _uses_pubsub(env, client, list_id), "the dead connection was not noticed"
            note = f"{slowest:.2f} s late at most, replaced after {monotonic() - began:.1f} s"
            return await count_deliveries([client], list_id, note=note)


async def _delay_of_event(env: ScenarioEnv, client: RecordingClient, list_id: ListId) -> float:
    """Write one more event and return the seconds from its commit to its arrival."""
    seq = await write_event(env.resources, list_id)
    before = monotonic()
    await client.wait_for_seq(list_id, seq)
    return monotonic() - before


async def _uses_pubsub(env: ScenarioEnv, client: RecordingClient, list_id: ListId) -> bool:
    """Return True once three events in a row arrive faster than by a head check."""
    before = monotonic()
    while monotonic() - before < RECONNECT_SECONDS:
        delays = [await _delay_of_event(env, client, list_id) for _ in range(3)]
        if max(delays) < PUBSUB_SECONDS:
            return True
    return False


def _with_broken_broker(
    break_broker: Callable[[ScenarioEnv, RecordingClient, ListId], Coroutine[Any, Any, str]],
) -> Callable[[ScenarioEnv], Awaitable[Outcome]]:
    """Return a scenario with two nodes and steady writers, during which the broker is broken."""

    async def run(env: ScenarioEnv) -> Outcome:
        async with open_two_nodes(env) as nodes:
            ana = await env.world.user()

            async def disturb(writing: "asyncio.Future[Any]", list_id: ListId) -> str:
                other_list, _ = await insert_list(env.resources, ana)
                async with connected_clients(env, nodes[:1], [ana], other_list) as [client]:
                    note = await break_broker(env, client, other_list)
                    outcome = await count_deliveries([client], other_list)
                assert outcome.has_passed, f"the list whose delay is measured: {outcome}"
                return note

            writes = env.size(300, 60)
            return await _deliver_during(disturb, env, nodes, writes, env.size(7, 1))

    return run


async def _measure_delays(
    env: ScenarioEnv, client: RecordingClient, list_id: ListId, seconds: float
) -> str:
    """Return a note of the largest delay within that time; assert that the promise allows it."""
    began = monotonic()
    delays: list[float] = []
    while not delays or monotonic() - began < seconds:
        delays.append(await _delay_of_event(env, client, list_id))
    assert max(delays) < env.time_bound(MAX_DELAY_SECONDS), (
        f"{max(delays):.2f} s late without a broker"
    )
    return f"{max(delays):.2f} s late at most"


@_with_broken_broker
async def broker_paused(env: ScenarioEnv, client: RecordingClient, list_id: ListId) -> str:
    env.broker.pause()
    try:
        return await _measure_delays(env, client, list_id, env.size(6, 1))
    finally:
        env.broker.resume()


@_with_broken_broker
async def broker_restarted(env: ScenarioEnv, client: RecordingClient, list_id: ListId) -> str:
    await asyncio.to_thread(env.broker.kill)
    note = await _measure_delays(env, client, list_id, env.size(6, 1))
    # On this thread: the parent-death signal kills the broker when the thread that started it ends.
    env.broker.start()
    assert await _uses_pubsub(env, client, list_id), "pub/sub does not work after the restart"
    return note


@_with_broken_broker
async def broker_killed(env: ScenarioEnv, client: RecordingClient, list_id: ListId) -> str:
    await asyncio.to_thread(env.broker.kill)
    return await _measure_delays(env, client, list_id, env.size(6, 1))


@_with_broken_broker
async def broker_flushed(env: ScenarioEnv, client: RecordingClient, list_id: ListId) -> str:
    async with Redis.from_url(env.settings.redis.url) as redis:
        for _ in range(3):
            await redis.flushall()
            await _delay_of_event(env, client, list_id)
    return "flushed 3 times"


PUBLISHES = "5 % publishes dropped, 3 % doubled, reordered"
KILLED = "pub/sub connections killed every 250 ms"
HALF_OPEN = "a half-open Redis socket"
STOPPED = "Redis stopped for 6 s, killed for good, flushed"

SCENARIOS = (
    Scenario("unreliable-pubsub", PUBLISHES, unreliable_pubsub, short_on=("postgres",)),
    Scenario("pubsub-connections-killed", KILLED, pubsub_connections_killed, short_on=("sqlite",)),
    Scenario("half-open-connection", HALF_OPEN, half_open_connection, short_on=("sqlite",)),
    Scenario("broker-paused", STOPPED, broker_paused, short_on=("postgres",)),
    Scenario("broker-restarted", STOPPED, broker_restarted, short_on=("sqlite",)),
    Scenario("broker-killed", STOPPED, broker_killed, short_on=("postgres",)),
    Scenario("broker-flushed", STOPPED, broker_flushed, short_on=("sqlite",)),
)
