"""Connect recording clients, wait until they have received everything, and count what they received."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from shared.actor import Actor
from shared.ids import ListId
from tests.support.api_server import ApiNode
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults.expected_events import sum_outcomes
from tests.support.faults.recording_client import RecordingClient, drop_all
from tests.support.faults.scenarios import Outcome, ScenarioEnv
from tests.support.realtime.websocket_client import head_of


@asynccontextmanager
async def connected_clients(
    env: ScenarioEnv, nodes: Sequence[ApiNode], actors: Sequence[Actor], *lists: ListId
) -> AsyncIterator[list[RecordingClient]]:
    """Yield a client for each actor, round-robin over the nodes, subscribed to the lists."""
    clients = [
        await RecordingClient(env.resources, actor).start_at_head(*lists) for actor in actors
    ]
    async with _subscribed(clients, nodes):
        yield clients


@asynccontextmanager
async def connected_clients_with_state(
    env: ScenarioEnv, nodes: Sequence[ApiNode], actors: Sequence[Actor]
) -> AsyncIterator[list[RecordingClient]]:
    """Yield such clients, each with a snapshot and subscribed to every stream of its user."""
    clients = [
        await RecordingClient(env.resources, actor).start_from_snapshot() for actor in actors
    ]
    async with _subscribed(clients, nodes):
        yield clients


@asynccontextmanager
async def _subscribed(
    clients: Sequence[RecordingClient], nodes: Sequence[ApiNode]
) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        stack.callback(drop_all, clients)
        for number, client in enumerate(clients):
            await client.connect(nodes[number % len(nodes)].socket_url)
        for client in clients:
            await client.wait_subscribed()
        yield


async def assert_states_match_database(clients: Sequence[RecordingClient]) -> None:
    """Assert that the state of each client equals a fresh snapshot of the database."""
    wrong = [client.actor.name for client in clients if not await client.matches_database()]
    assert not wrong, f"the state of {len(wrong)} clients differs from the database: {wrong}"


async def count_deliveries(
    clients: Sequence[RecordingClient],
    *streams: str,
    seconds: float = DEADLINE_SECONDS,
    note: str = "",
) -> Outcome:
    """Return what all clients received of the streams, compared with the database.

    Wait until every client has received everything, at most `seconds`; events that are missing then
    count as lost.
    """
    resources = clients[0].resources
    heads = {stream: (await head_of(resources, stream))[1] for stream in streams}

    async def count_for(client: RecordingClient) -> Outcome:
        try:
            await client.wait_until(
                lambda: all(client.cursors[stream].seq >= seq for stream, seq in heads.items()),
                seconds,
            )
        except TimeoutError:
            # The comparison reports what is missing; for a closed socket it would blame delivery.
            ended = client.socket and client.socket.ended
            assert not (ended and ended.done()), f"a socket was closed with {ended.result()}"
        await _wait_for_answer(client)
        return sum_outcomes(client.compare(stream, seq) for stream, seq in heads.items())

    return sum_outcomes(await asyncio.gather(*map(count_for, clients)), note)


async def _wait_for_answer(client: RecordingClient) -> None:
    """Wait for the answer to one more request: earlier frames, duplicates too, arrive before it."""
    if client.socket is None or client.socket.ended.done():
        return
    number = client.socket.send("unsubscribe", lists=["nothing"])
    try:
        await client.wait_for_answer(number)
    except TimeoutError:
        raise AssertionError("a socket no longer answers") from None


def assert_no_resets(clients: Sequence[RecordingClient]) -> None:
    """Assert that no client was sent a reset, because nothing in the scenario causes one."""
    resets = [frame for client in clients for frame in client.control_frames_of("reset")]
    assert not resets, f"{len(resets)} resets: {resets[0]}"
