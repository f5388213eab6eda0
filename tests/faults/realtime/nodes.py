"""API processes that are two, that die at the worst moment, and that are replaced one by one."""

import asyncio
import contextlib
import random
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import httpx

from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.frames import Close
from shared.contract.shapes import Role
from shared.ids import ListId, new_id
from tests.support.api_server import ApiNode
from tests.support.faults.api_nodes import ProcessNode, api_process, open_node, open_two_nodes
from tests.support.faults.delivery_count import (
    assert_no_resets,
    assert_states_match_database,
    connected_clients,
    connected_clients_with_state,
    count_deliveries,
)
from tests.support.faults.light_socket import RefusedError
from tests.support.faults.random_writer import RandomWriter, write_plain
from tests.support.faults.recording_client import RecordingClient, drop_all
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.realtime.websocket_client import a_list, token_of

# The sweep finds what no ring told within a second; half of one more for a busy machine.
FOUND_SECONDS = 1.5


@asynccontextmanager
async def rest(node: ApiNode, env: ScenarioEnv, actor: Actor) -> AsyncIterator[httpx.AsyncClient]:
    """Yields the actor's REST client of a node."""
    headers = {"Authorization": f"Bearer {token_of(env.resources, actor)}"}
    url = f"{node.url}/api/v1"
    async with httpx.AsyncClient(
        base_url=url, headers=headers, trust_env=False, timeout=30
    ) as http:
        yield http


async def two_writers(env: ScenarioEnv) -> Outcome:
    """Both nodes are written to by REST, the same two lists, and both are listened to."""
    ana, ben = await env.world.user("Ana"), await env.world.user("Ben")
    lists = [await env.world.list(ana, (ben, Role.EDITOR)) for _ in range(2)]
    each = env.size(100, 12)
    async with (
        open_two_nodes(env) as nodes,
        connected_clients_with_state(env, nodes, [ana, ben, ana, ben]) as followers,
    ):

        async def write(node: ApiNode, actor: Actor, dice: random.Random) -> None:
            mine: list[str] = []
            async with rest(node, env, actor) as http:
                for number in range(each):
                    if not mine or dice.random() < 0.5:
                        body = {"list_id": dice.choice(lists), "title": f"Todo {number}"}
                        answer = await http.post("/todos", json=body)
                        mine.append(answer.json()["id"])
                    else:
                        body = {"title": f"Title {number}"}
                        answer = await http.patch(f"/todos/{dice.choice(mine)}", json=body)
                    answer.raise_for_status()

        writers = [(node, actor) for node in nodes for actor in (ana, ben)]
        await asyncio.gather(*(write(*one, random.Random(env.random.random())) for one in writers))
        outcome = await count_deliveries(followers, *lists)
        assert outcome.expected == len(followers) * each * len(writers), f"{outcome}"
        await assert_states_match_database(followers)
        assert_no_resets(followers)
    return outcome


async def crash_before_ring(env: ScenarioEnv) -> Outcome:
    """A node dies between commit and ring; the other's clients hear, and a retry is recognised."""
    ana = await env.world.user()
    list_id, _ = await a_list(env.resources, ana)
    rounds, slowest = env.size(3, 1), 0.0
    async with (
        open_node(env) as living,
        connected_clients(env, [living], [ana, ana], list_id) as followers,
    ):
        for number in range(rounds):
            key = new_id()
            async with api_process(env.settings, FAILPOINT="committed:kill") as doomed:
                await _post_to_the_dying(env, doomed, ana, list_id, key)
                code = await doomed.process.wait()
                died = monotonic()
                for one in followers:
                    await one.reach(list_id, number + 1)
                slowest = max(slowest, monotonic() - died)
            assert code == -signal.SIGKILL, f"it ended with {code}"
            async with rest(living, env, ana) as http:
                again = await http.post(
                    "/todos",
                    json={"list_id": list_id, "title": "Milk"},
                    headers={"Idempotency-Key": key},
                )
            assert again.headers.get("Idempotency-Replayed") == "true", again.text
        outcome = await count_deliveries(
            followers, list_id, note=f"{slowest:.2f} s after the death at most"
        )
    assert outcome.expected == 2 * rounds, "a retry was a second todo"
    assert slowest < FOUND_SECONDS, f"heard {slowest:.2f} s after the death"
    return outcome


async def _post_to_the_dying(
    env: ScenarioEnv, node: ProcessNode, actor: Actor, list_id: ListId, key: str
) -> None:
    body = {"list_id": list_id, "title": "Milk"}
    async with rest(node, env, actor) as http:
        try:
            await http.post("/todos", json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            return
    raise AssertionError("it answered, and should have died before")


async def node_killed(env: ScenarioEnv) -> Outcome:
    """A node dies in the middle of a broadcast; its clients go on at the other from where they were."""
    ana, ben = await env.world.user("Ana"), await env.world.user("Ben")
    lists = [await env.world.list(ana, (ben, Role.EDITOR)) for _ in range(2)]
    writers = [_scribe(env, actor, lists) for actor in (ana, ben)]
    writers[1].todos, writers[1].moved = writers[0].todos, writers[0].moved
    clients = [ana, ben] * env.size(8, 2)
    async with (
        api_process(env.settings) as doomed,
        open_node(env) as other,
        connected_clients_with_state(env, [doomed], clients) as followers,
    ):
        times, seconds = env.size(250, 40), env.size(4, 1)
        writing = asyncio.gather(*(one.write(times, seconds) for one in writers))
        for one in followers:
            await one.until(partial(_has_heard, one, 20))
        doomed.process.kill()
        for one in followers:
            assert one.socket is not None
            await one.socket.ended
            await one.connect(other.socket_url)
        assert not writing.done(), "nothing was written meanwhile"
        await writing
        outcome = await count_deliveries(followers, *lists)
        await assert_states_match_database(followers)
        assert_no_resets(followers)
    return outcome


def _has_heard(one: RecordingClient, count: int) -> bool:
    return sum(map(len, one.heard.values())) > count


def _scribe(env: ScenarioEnv, actor: Actor, lists: Sequence[ListId]) -> RandomWriter:
    return RandomWriter(env.resources, actor, lists, random.Random(env.random.random()))


async def rolling_restart(env: ScenarioEnv) -> Outcome:
    """Each node is told to stop and replaced, under a crowd that is told 1012 and comes back."""
    count, spread = env.size(1000, 20), env.size(4, 1)
    people = [await env.world.user(f"P{number}") for number in range(count // 8 + 1)]
    lists = [(await a_list(env.resources, *people))[0] for _ in range(env.size(10, 2))]
    async with contextlib.AsyncExitStack() as stack:
        nodes = await _start(stack, env, env.size(2, 1))
        crowd = [
            await RecordingClient(env.resources, people[one // 8]).begin(lists[one % len(lists)])
            for one in range(count)
        ]
        stack.callback(drop_all, crowd)
        await asyncio.gather(*(_join(one, nodes, env) for one in crowd))
        writing = asyncio.gather(
            *(write_plain(env.resources, one, env.size(60, 20), 3 * spread) for one in lists)
        )
        codes: list[int] = []
        for number in range(len(nodes)):
            [fresh] = await _start(stack, env, 1)
            old, nodes[number] = nodes[number], fresh
            codes += await _stop(env, old, crowd, nodes, spread)
        await writing
        outcomes = [
            await count_deliveries([one for one in crowd if list_id in one.cursors], list_id)
            for list_id in lists
        ]
        assert_no_resets(crowd)
    assert set(codes) == {Close.GOING_AWAY}, f"closed with {set(codes)}"
    assert len(codes) >= count, f"only {len(codes)} were told to go"
    return sum(outcomes, Outcome(note=f"{count} clients, {len(codes)} closes, all 1012"))


async def _start(
    stack: contextlib.AsyncExitStack, env: ScenarioEnv, count: int
) -> list[ProcessNode]:
    return [await stack.enter_async_context(api_process(env.settings)) for _ in range(count)]


async def _join(one: RecordingClient, nodes: Sequence[ProcessNode], env: ScenarioEnv) -> None:
    """The client is at one of the nodes; a node that is going is tried again, as a client would."""
    for _ in range(20):
        node = env.random.choice(nodes)
        try:
            await one.connect(node.socket_url)
        except (RefusedError, OSError):
            await asyncio.sleep(0.5)  # the shortest pause that docs/protocol.md names
        else:
            return
    raise AssertionError("no node lets a client in")


async def _stop(
    env: ScenarioEnv,
    old: ProcessNode,
    crowd: Sequence[RecordingClient],
    nodes: Sequence[ProcessNode],
    spread: float,
) -> list[int]:
    """The node has stopped and its clients are elsewhere; returns the codes they were given."""
    codes: list[int] = []
    leaving = [one for one in crowd if one.socket and one.socket.url == old.socket_url]

    async def move(one: RecordingClient) -> None:
        assert one.socket is not None
        codes.append(await one.socket.ended)
        await asyncio.sleep(env.random.uniform(0, spread))  # "spread over 10 s", in short
        await _join(one, nodes, env)

    async with asyncio.TaskGroup() as group:
        for one in leaving:
            group.create_task(move(one))
        # Twice what the drain promises: five seconds of goodbyes, and what was under way.
        ended = await old.process.terminate(40)
        assert ended in (0, -signal.SIGTERM), f"it ended with {ended}"
    return codes


SCENARIOS = (
    Scenario("two-writers", "writers on two nodes", two_writers),
    Scenario(
        "crash-before-ring",
        "crash between commit and publish",
        crash_before_ring,
        small_on=("postgres",),
    ),
    Scenario(
        "node-killed",
        "a node killed mid-broadcast, resume on another",
        node_killed,
        small_on=("sqlite",),
    ),
    Scenario(
        "rolling-restart",
        "rolling restart with 1,000 clients",
        rolling_restart,
        small_on=("postgres",),
    ),
)
