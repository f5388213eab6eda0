"""Server-Sent Events resume by the id of the last event, with the same promise as sockets."""

import asyncio
import random
from collections.abc import Sequence

from shared.actor import Actor
from shared.ids import ListId
from tests.support.api_server import ApiNode
from tests.support.faults.api_nodes import api_process, open_node
from tests.support.faults.expected_events import compare_events
from tests.support.faults.random_writer import write_plain
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.realtime.sse_client import stream_of
from tests.support.realtime.websocket_client import insert_list

# Errors that mean a lost connection.
CONNECTION_LOST = (EOFError, OSError, TimeoutError, asyncio.IncompleteReadError)


async def event_stream_resume(env: ScenarioEnv) -> Outcome:
    """Readers drop their streams and change between two nodes, one of which is killed."""
    users = [await env.world.user(f"User {number}") for number in range(4)]
    list_id, epoch = await insert_list(env.resources, *users)
    count = env.size(400, 80)
    async with api_process(env.settings) as killed_node, open_node(env) as other:
        nodes: list[ApiNode] = [killed_node, other]
        generators = [random.Random(env.random.random()) for _ in range(env.size(16, 4))]
        readers = [
            asyncio.create_task(_read(env, nodes, users[n % 4], list_id, epoch, count, rng))
            for n, rng in enumerate(generators)
        ]
        half = count // 2
        await write_plain(env.resources, list_id, half, env.size(3, 1))
        killed_node.process.kill()
        nodes.remove(killed_node)
        await write_plain(env.resources, list_id, count - half, env.size(3, 1))
        results = await asyncio.gather(*readers)
    streams = sum(opened for opened, _ in results)
    assert streams > 2 * len(readers), f"only {streams} streams were opened"
    outcomes = (compare_events(received, 0, count) for _, received in results)
    return sum(outcomes, Outcome(note=f"{streams} streams of {len(readers)} readers"))


async def _read(
    env: ScenarioEnv,
    nodes: Sequence[ApiNode],
    actor: Actor,
    list_id: ListId,
    epoch: str,
    count: int,
    rng: random.Random,
) -> tuple[int, list[int]]:
    """Read until the last event; return the number of streams that took, and the received events."""
    after, received, streams = f"{epoch}:0", list[int](), 0
    while not received or max(received) < count:
        streams += 1
        node, limit = rng.choice(nodes), rng.randint(1, count // 3)
        path = f"/lists/{list_id}/events"
        try:
            async with stream_of(node.port, env.resources, actor, path, after=after) as client:
                try:
                    while len(client.seqs()) < limit and count not in client.seqs():
                        await client.receive()
                        after = client.last_id or after
                finally:
                    received += client.seqs()
        except CONNECTION_LOST:
            # The reconnection time of the standard, shortened.
            await asyncio.sleep(0.05)
    return streams, received


SCENARIOS = (
    Scenario(
        "event-stream-resume",
        "a node killed mid-broadcast, resume on another: as Server-Sent Events",
        event_stream_resume,
        short_on=("postgres",),
    ),
)
