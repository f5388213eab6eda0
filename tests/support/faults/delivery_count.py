"""Waits until everybody has what they were to have, and counts what they got."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from shared.actor import Actor
from shared.ids import ListId
from tests.support.api_server import ApiNode
from tests.support.faults.expected_events import total
from tests.support.faults.recording_client import DEADLINE_SECONDS, RecordingClient, drop_all
from tests.support.faults.scenarios import Outcome, ScenarioEnv
from tests.support.realtime.websocket_client import head_of


@asynccontextmanager
async def connected_clients(
    env: ScenarioEnv, nodes: Sequence[ApiNode], actors: Sequence[Actor], *lists: ListId
) -> AsyncIterator[list[RecordingClient]]:
    """Yields a follower for each actor, in turn on the nodes, all of them live on the lists."""
    async with AsyncExitStack() as stack:
        followers = [await RecordingClient(env.resources, actor).begin(*lists) for actor in actors]
        stack.callback(drop_all, followers)
        for number, one in enumerate(followers):
            await one.connect(nodes[number % len(nodes)].socket_url)
        for one in followers:
            await one.subscribed()
        yield followers


@asynccontextmanager
async def connected_clients_with_state(
    env: ScenarioEnv, nodes: Sequence[ApiNode], actors: Sequence[Actor]
) -> AsyncIterator[list[RecordingClient]]:
    """As `followers_of`, each with a snapshot, live on everything that is the person's own."""
    async with AsyncExitStack() as stack:
        followers = [
            await RecordingClient(env.resources, one).start_from_snapshot() for one in actors
        ]
        stack.callback(drop_all, followers)
        for number, one in enumerate(followers):
            await one.connect(nodes[number % len(nodes)].socket_url)
        for one in followers:
            await one.subscribed()
        yield followers


async def assert_states_match_database(followers: Sequence[RecordingClient]) -> None:
    """What each client holds is what the database says."""
    wrong = [one.actor.name for one in followers if not await one.matches_database()]
    assert not wrong, f"{len(wrong)} clients hold something else than the database: {wrong}"


async def count_deliveries(
    followers: Sequence[RecordingClient],
    *streams: str,
    seconds: float = DEADLINE_SECONDS,
    note: str = "",
) -> Outcome:
    """Returns what all of them heard of the streams, against what the database has.

    Waits until they have heard it, or `seconds`: then what is missing is lost.
    """
    resources = followers[0].resources
    heads = {stream: (await head_of(resources, stream))[1] for stream in streams}

    async def hear(one: RecordingClient) -> Outcome:
        try:
            await one.until(
                lambda: all(one.cursors[stream].seq >= seq for stream, seq in heads.items()),
                seconds,
            )
        except TimeoutError:
            # The count says what is missing; of a socket that is gone it would say the wrong thing.
            ended = one.socket and one.socket.ended
            assert not (ended and ended.done()), f"a socket was closed with {ended.result()}"
        await _answered(one)
        return total(one.score(stream, seq) for stream, seq in heads.items())

    return total(await asyncio.gather(*map(hear, followers)), note)


async def _answered(one: RecordingClient) -> None:
    """Whatever was written to the socket before this moment was heard: doubles, too."""
    if one.socket is None or one.socket.ended.done():
        return
    number = one.socket.say("unsubscribe", lists=["nothing"])
    try:
        await one.until(lambda: any(frame.get("re") == number for frame in one.told))
    except TimeoutError:
        raise AssertionError("a socket does not answer any more") from None


def assert_no_resets(followers: Sequence[RecordingClient]) -> None:
    """Nobody was told to begin anew: nothing in the scenario asks for it."""
    resets = [frame for one in followers for frame in one.kinds("reset")]
    assert not resets, f"{len(resets)} resets: {resets[0]}"
