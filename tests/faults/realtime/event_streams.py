"""Server-Sent Events: the same promise without a socket, by the id of the last event."""

import asyncio
import random
from collections.abc import Sequence

from shared.actor import Actor
from shared.ids import ListId
from tests.support.api_server import ApiNode
from tests.support.faults.api_nodes import api_process, open_node
from tests.support.faults.expected_events import score
from tests.support.faults.random_writer import write_plain
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.realtime.sse_client import stream_of
from tests.support.realtime.websocket_client import a_list

# What a reader of the standard calls "the connection was lost".
LOST = (EOFError, OSError, TimeoutError, asyncio.IncompleteReadError)
HEAR_SECONDS = 30.0


async def stream_resume(env: ScenarioEnv) -> Outcome:
    """Readers drop their streams and change nodes, of which one dies; each resumes by its last id."""
    people = [await env.world.user(f"Person {number}") for number in range(4)]
    list_id, epoch = await a_list(env.resources, *people)
    count = env.size(400, 80)
    async with api_process(env.settings) as doomed, open_node(env) as other:
        nodes: list[ApiNode] = [doomed, other]
        dice = [random.Random(env.random.random()) for _ in range(env.size(16, 4))]
        readers = [
            asyncio.create_task(_read(env, nodes, people[n % 4], list_id, epoch, count, one))
            for n, one in enumerate(dice)
        ]
        half = count // 2
        await write_plain(env.resources, list_id, half, env.size(3, 1))
        doomed.process.kill()
        nodes.remove(doomed)
        await write_plain(env.resources, list_id, count - half, env.size(3, 1))
        results = await asyncio.gather(*readers)
    turns = sum(turn for turn, _ in results)
    assert turns > 2 * len(readers), f"only {turns} streams were opened"
    outcomes = (score(heard, 0, count) for _, heard in results)
    return sum(outcomes, Outcome(note=f"{turns} streams of {len(readers)} readers"))


async def _read(
    env: ScenarioEnv,
    nodes: Sequence[ApiNode],
    actor: Actor,
    list_id: ListId,
    epoch: str,
    count: int,
    dice: random.Random,
) -> tuple[int, list[int]]:
    """Returns how many streams it took to hear of the last event, and all that was heard."""
    after, heard, turns = f"{epoch}:0", list[int](), 0
    while not heard or max(heard) < count:
        turns += 1
        node, patience = dice.choice(nodes), dice.randint(1, count // 3)
        path = f"/lists/{list_id}/events"
        try:
            async with stream_of(node.port, env.resources, actor, path, after=after) as client:
                try:
                    while len(client.seqs()) < patience and count not in client.seqs():
                        await client.hear(HEAR_SECONDS)
                        after = client.last_id or after
                finally:
                    heard += client.seqs()
        except LOST:
            # The standard's pause before it asks again, in short.
            await asyncio.sleep(0.05)
    return turns, heard


SCENARIOS = (
    Scenario(
        "stream-resume",
        "a node killed mid-broadcast, resume on another: as Server-Sent Events",
        stream_resume,
        small_on=("postgres",),
    ),
)
