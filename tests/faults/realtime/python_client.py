"""Whole clients of livelist_client, with their own sockets, retries and optimistic writes.

The other scenarios use its cursors and its reducer on light sockets
(tests/support/faults/recording_client.py). Here nothing is taken from the client: it reconnects, resumes
and sends again by itself.
"""

import asyncio
import random
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from livelist_client import ChangeKind, Client, Live
from shared.contract.shapes import Role
from shared.ids import ListId
from tests.support.api_tokens import insert_api_token
from tests.support.faults.api_nodes import open_two_nodes
from tests.support.faults.client_proxy import ClientProxy, open_client_proxy
from tests.support.faults.expected_events import compare_events, sum_outcomes
from tests.support.faults.scenarios import DEADLINE_SECONDS, Outcome, Scenario, ScenarioEnv
from tests.support.realtime.websocket_client import head_of

# The client waits up to a second before it reconnects: a shorter pause would only keep it away.
CUT_EVERY_SECONDS = 1.5
# A person who works fast.
WRITE_EVERY_SECONDS = 0.1


@dataclass(eq=False)
class Follower:
    """One client, and every change that it was told."""

    client: Client
    live: Live
    started_at: dict[str, int]
    received: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    snapshots: int = 0

    async def read(self) -> None:
        async for change in self.live:
            if change.frame is not None:
                self.received[change.stream].append(change.frame["seq"])
            self.snapshots += change.kind is ChangeKind.SNAPSHOT

    async def write(
        self, list_id: ListId, prefix: str, rng: random.Random, stop: asyncio.Event
    ) -> int:
        """Write as a user does until `stop` is set, and return how many todos were added."""
        added = 0
        while not stop.is_set():
            mine = [it for it in self.live.shown.todos(list_id) if it["title"].startswith(prefix)]
            if not mine or rng.random() < 0.5:
                self.live.add_todo(list_id, f"{prefix} {added}")
                added += 1
            elif rng.random() < 0.5:
                self.live.edit_todo(rng.choice(mine)["id"], priority=rng.randrange(6))
            else:
                self.live.move_todo(rng.choice(mine)["id"], before_id=mine[0]["id"])
            await asyncio.sleep(WRITE_EVERY_SECONDS)  # the pace of the writes, not a wait
        return added


async def python_client(env: ScenarioEnv) -> Outcome:
    """Connections are cut again and again while clients write and follow, each time to another node."""
    ana, ben = await env.world.user("Ana"), await env.world.user("Ben")
    list_id = await env.world.list(ana, (ben, Role.EDITOR))
    actors = [ana, ben] * env.size(6, 1)
    async with AsyncExitStack() as stack:
        nodes = await stack.enter_async_context(open_two_nodes(env))
        proxy = await stack.enter_async_context(open_client_proxy(nodes[0].port))
        reading = await stack.enter_async_context(asyncio.TaskGroup())
        followers = []
        for actor in actors:
            token = await insert_api_token(env.resources, actor)
            client = await stack.enter_async_context(Client(proxy.url, token.text))
            live = await stack.enter_async_context(client.follow(list_id))
            seq = live.state.lists[list_id]["stream"]["seq"]
            followers.append(Follower(client, live, {list_id: seq}))
            reading.create_task(followers[-1].read())
        stop = asyncio.Event()
        cutting = asyncio.create_task(
            _cut(proxy, [node.port for node in nodes], env.size(12, 3), stop)
        )
        added = await asyncio.gather(
            *(
                follower.write(list_id, f"U{number}", random.Random(env.random.random()), stop)
                for number, follower in enumerate(followers)
            )
        )
        cuts = await cutting
        async with asyncio.timeout(DEADLINE_SECONDS):
            await asyncio.gather(*(follower.live.wait_settled() for follower in followers))
        outcome = await _compare(env, followers, list_id, sum(added))
    return outcome + Outcome(note=f"{cuts} cuts, {sum(added)} todos added")


async def _cut(proxy: ClientProxy, ports: list[int], times: int, stop: asyncio.Event) -> int:
    """Cut every connection so many times, each time leading the next ones to the other node."""
    for number in range(times):
        await asyncio.sleep(CUT_EVERY_SECONDS)  # the pace of the cuts, not a wait
        proxy.target = ports[(number + 1) % len(ports)]
        proxy.abort()
    stop.set()
    return times


async def _compare(
    env: ScenarioEnv, followers: list[Follower], list_id: ListId, added: int
) -> Outcome:
    """Compare events and states with the database, once every client has all events."""
    _, head = await head_of(env.resources, list_id)
    async with asyncio.timeout(DEADLINE_SECONDS):
        for follower in followers:
            while follower.live.state.lists[list_id]["stream"]["seq"] < head:
                await asyncio.sleep(0.02)  # the client of a program tells changes, not positions
            await follower.live.wait_current()
    fresh = await followers[0].client.lists.snapshot(list_id)
    todos = {todo["id"]: todo for todo in fresh["todos"]}
    assert len(todos) == added, f"{added} todos were added, {len(todos)} are there"
    for follower in followers:
        assert follower.live.state.contents[list_id].todos == todos, "a state differs"
        assert follower.live.shown is follower.live.state, "a confirmed write is still pending"
        assert follower.snapshots == 0, "a client was reset, though all events are kept"
    return sum_outcomes(
        compare_events(follower.received[list_id], follower.started_at[list_id], head)
        for follower in followers
    )


SCENARIOS = (
    Scenario(
        "python-client",
        "cut connections under whole Python clients that write",
        python_client,
        short_on=("sqlite",),
    ),
)
