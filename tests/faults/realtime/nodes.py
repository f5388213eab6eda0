"""Several API nodes: writes on two, nodes that crash, and a rolling restart."""

import asyncio
import contextlib
import random
import signal
from collections.abc import Sequence
from functools import partial

import httpx

from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.frames import Close
from shared.contract.shapes import Role
from shared.ids import ListId, new_id
from tests.support.api_server import ApiNode
from tests.support.faults.api_nodes import (
    ProcessNode,
    api_process,
    open_node,
    open_two_nodes,
    rest_client,
)
from tests.support.faults.delivery_count import (
    assert_no_resets,
    assert_states_match_database,
    connected_clients,
    connected_clients_with_state,
    count_deliveries,
)
from tests.support.faults.random_writer import RandomWriter, write_plain
from tests.support.faults.recording_client import RecordingClient, drop_all
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.realtime.websocket_client import insert_list

# The head check finds unpublished events within a second; half a second more for a busy machine.
FOUND_SECONDS = 1.5


async def two_writers(env: ScenarioEnv) -> Outcome:
    """Users write to the same two lists through both nodes while clients are connected to both."""
    ana, ben = await env.world.user("Ana"), await env.world.user("Ben")
    lists = [await env.world.list(ana, (ben, Role.EDITOR)) for _ in range(2)]
    each = env.size(100, 12)
    async with (
        open_two_nodes(env) as nodes,
        connected_clients_with_state(env, nodes, [ana, ben, ana, ben]) as clients,
    ):

        async def write(node: ApiNode, actor: Actor, rng: random.Random) -> None:
            mine: list[str] = []
            async with rest_client(node, env, actor) as http:
                for number in range(each):
                    if not mine or rng.random() < 0.5:
                        body = {"list_id": rng.choice(lists), "title": f"Todo {number}"}
                        answer = await http.post("/todos", json=body)
                        mine.append(answer.json()["id"])
                    else:
                        body = {"title": f"Title {number}"}
                        answer = await http.patch(f"/todos/{rng.choice(mine)}", json=body)
                    answer.raise_for_status()

        writers = [(node, actor) for node in nodes for actor in (ana, ben)]
        await asyncio.gather(
            *(write(*writer, random.Random(env.random.random())) for writer in writers)
        )
        outcome = await count_deliveries(clients, *lists)
        assert outcome.expected == len(clients) * each * len(writers), f"{outcome}"
        await assert_states_match_database(clients)
        assert_no_resets(clients)
    return outcome


async def crash_before_publish(env: ScenarioEnv) -> Outcome:
    """A node crashes between commit and publish; clients of another node get the event all the same.

    A retry with the same idempotency key, sent to the other node, is recognised.
    """
    ana = await env.world.user()
    list_id, _ = await insert_list(env.resources, ana)
    rounds, slowest = env.size(3, 1), 0.0
    async with (
        open_node(env) as living,
        connected_clients(env, [living], [ana, ana], list_id) as clients,
    ):
        for number in range(rounds):
            key = new_id()
            async with api_process(env.settings, FAILPOINT="events_committed:kill") as killed_node:
                await _post_and_crash(env, killed_node, ana, list_id, key)
                code = await killed_node.process.wait()
                died = monotonic()
                for client in clients:
                    await client.wait_for_seq(list_id, number + 1)
                slowest = max(slowest, monotonic() - died)
            assert code == -signal.SIGKILL, f"the node ended with {code}"
            async with rest_client(living, env, ana) as http:
                again = await http.post(
                    "/todos",
                    json={"list_id": list_id, "title": "Milk"},
                    headers={"Idempotency-Key": key},
                )
            assert again.headers.get("Idempotency-Replayed") == "true", again.text
        outcome = await count_deliveries(
            clients, list_id, note=f"{slowest:.2f} s after the crash at most"
        )
    assert outcome.expected == 2 * rounds, "a retry was a second todo"
    assert slowest < env.time_bound(FOUND_SECONDS), f"received {slowest:.2f} s after the crash"
    return outcome


async def _post_and_crash(
    env: ScenarioEnv, node: ProcessNode, actor: Actor, list_id: ListId, key: str
) -> None:
    body = {"list_id": list_id, "title": "Milk"}
    async with rest_client(node, env, actor) as http:
        try:
            await http.post("/todos", json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            return
    raise AssertionError("the node answered instead of crashing before the answer")


async def node_killed(env: ScenarioEnv) -> Outcome:
    """A node is killed during a broadcast; its clients resume on another node from their cursors."""
    ana, ben = await env.world.user("Ana"), await env.world.user("Ben")
    lists = [await env.world.list(ana, (ben, Role.EDITOR)) for _ in range(2)]
    writers = [_random_writer(env, actor, lists) for actor in (ana, ben)]
    writers[1].todos, writers[1].moved = writers[0].todos, writers[0].moved
    actors = [ana, ben] * env.size(8, 2)
    async with (
        api_process(env.settings) as killed_node,
        open_node(env) as other,
        connected_clients_with_state(env, [killed_node], actors) as clients,
    ):
        times, seconds = env.size(250, 40), env.size(4, 1)
        writing = asyncio.gather(*(writer.write(times, seconds) for writer in writers))
        for client in clients:
            await client.wait_until(partial(_has_received, client, 20))
        killed_node.process.kill()
        for client in clients:
            assert client.socket is not None
            await client.socket.ended
            await client.connect(other.socket_url)
        assert not writing.done(), "nothing was written meanwhile"
        await writing
        outcome = await count_deliveries(clients, *lists)
        await assert_states_match_database(clients)
        assert_no_resets(clients)
    return outcome


def _has_received(client: RecordingClient, count: int) -> bool:
    """Return True if the client has received more than `count` events."""
    return sum(map(len, client.received.values())) > count


def _random_writer(env: ScenarioEnv, actor: Actor, lists: Sequence[ListId]) -> RandomWriter:
    return RandomWriter(env.resources, actor, lists, random.Random(env.random.random()))


async def rolling_restart(env: ScenarioEnv) -> Outcome:
    """Each node gets SIGTERM and is replaced; its clients are closed with 1012 and reconnect."""
    count, spread = env.size(1000, 20), env.size(4, 1)
    users = [await env.world.user(f"U{number}") for number in range(count // 8 + 1)]
    lists = [(await insert_list(env.resources, *users))[0] for _ in range(env.size(10, 2))]
    async with contextlib.AsyncExitStack() as stack:
        nodes = await _start(stack, env, env.size(2, 1))
        clients = [
            await RecordingClient(env.resources, users[n // 8]).start_at_head(lists[n % len(lists)])
            for n in range(count)
        ]
        stack.callback(drop_all, clients)
        await asyncio.gather(*(_connect_to_any(client, nodes, env) for client in clients))
        writing = asyncio.gather(
            *(
                write_plain(env.resources, list_id, env.size(60, 20), 3 * spread)
                for list_id in lists
            )
        )
        codes: list[int] = []
        for number in range(len(nodes)):
            [fresh] = await _start(stack, env, 1)
            old, nodes[number] = nodes[number], fresh
            codes += await _stop(env, old, clients, nodes, spread)
        await writing
        outcomes = [
            await count_deliveries(
                [client for client in clients if list_id in client.cursors], list_id
            )
            for list_id in lists
        ]
        assert_no_resets(clients)
    assert set(codes) == {Close.GOING_AWAY}, f"closed with {set(codes)}"
    assert len(codes) >= count, f"only {len(codes)} sockets were closed"
    return sum(outcomes, Outcome(note=f"{count} clients, {len(codes)} closes, all 1012"))


async def _start(
    stack: contextlib.AsyncExitStack, env: ScenarioEnv, count: int
) -> list[ProcessNode]:
    return [await stack.enter_async_context(api_process(env.settings)) for _ in range(count)]


async def _connect_to_any(
    client: RecordingClient, nodes: Sequence[ProcessNode], env: ScenarioEnv
) -> None:
    """Connect to a random node, and try another one while nodes refuse because they stop."""
    await client.connect_with_retries(lambda: env.random.choice(nodes).socket_url, 20)


async def _stop(
    env: ScenarioEnv,
    old: ProcessNode,
    clients: Sequence[RecordingClient],
    nodes: Sequence[ProcessNode],
    spread: float,
) -> list[int]:
    """Stop the node, reconnect its clients to others, and return the close codes they received."""
    codes: list[int] = []
    leaving = [
        client for client in clients if client.socket and client.socket.url == old.socket_url
    ]

    async def move(client: RecordingClient) -> None:
        assert client.socket is not None
        codes.append(await client.socket.ended)
        # docs/protocol.md: reconnect spread over 10 s; here shorter.
        await asyncio.sleep(env.random.uniform(0, spread))
        await _connect_to_any(client, nodes, env)

    async with asyncio.TaskGroup() as group:
        for client in leaving:
            group.create_task(move(client))
        # Twice what the drain promises: five seconds of closes, and the running requests.
        ended = await old.process.terminate(40)
        assert ended in (0, -signal.SIGTERM), f"the node ended with {ended}"
    return codes


SCENARIOS = (
    Scenario("two-writers", "writers on two nodes", two_writers),
    Scenario(
        "crash-before-publish",
        "crash between commit and publish",
        crash_before_publish,
        short_on=("postgres",),
    ),
    Scenario(
        "node-killed",
        "a node killed mid-broadcast, resume on another",
        node_killed,
        short_on=("sqlite",),
    ),
    Scenario(
        "rolling-restart",
        "rolling restart with 1,000 clients",
        rolling_restart,
        short_on=("postgres",),
    ),
)
