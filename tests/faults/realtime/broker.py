"""The broker, and the way to it, in every state that is not well."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from redis.asyncio import Redis

from shared.clock import monotonic
from shared.ids import ListId
from tests.support.faults.api_nodes import Addressed, a_node
from tests.support.faults.delivery_count import assert_no_resets, followers_of, tally
from tests.support.faults.network_proxy import line_to
from tests.support.faults.random_writer import write_plain
from tests.support.faults.recording_client import Follower
from tests.support.faults.scenarios import Outcome, Scenario, Stage
from tests.support.realtime.websocket_client import a_list, write_event

# docs/architecture.md: with the broker away, others' changes come up to a second late.
LATE_SECONDS = 1.5
# Two of a node's own probes missed, a pause, a new connection; and a machine that is busy.
NOTICED_SECONDS = 8.0
WRITERS = 4


async def _listen_while(
    stage: Stage,
    nodes: list[Addressed],
    writes: int,
    seconds: float,
    disturb: Callable[["asyncio.Future[Any]", ListId], Awaitable[str]],
) -> Outcome:
    """Returns the tally of followers on all nodes, while writers write and something is disturbed."""
    people = [await stage.world.user(f"Person {number}") for number in range(4)]
    list_id, _ = await a_list(stage.resources, *people)
    async with followers_of(stage, nodes, people, list_id) as followers:
        writing = asyncio.gather(
            *(
                write_plain(stage.resources, list_id, writes // WRITERS, seconds)
                for _ in range(WRITERS)
            )
        )
        note = await disturb(writing, list_id)
        await writing
        outcome = await tally(followers, list_id, note=note)
        assert_no_resets(followers)
    return outcome


async def rude_line(stage: Stage) -> Outcome:
    """Both nodes hear the broker through a line that drops, doubles and reorders."""
    async with (
        line_to(stage.broker.port) as one,
        line_to(stage.broker.port) as two,
        a_node(stage, redis_port=one.port) as first,
        a_node(stage, redis_port=two.port) as second,
    ):

        async def disturb(writing: "asyncio.Future[Any]", list_id: ListId) -> str:
            await writing
            done = one.done + two.done
            assert min(done["dropped"], done["doubled"], done["delayed"]) > 0, f"only {done}"
            return ", ".join(f"{count} {what}" for what, count in done.items())

        one.be_rude(stage.random)
        two.be_rude(stage.random)
        writes = stage.size(800, 240)
        return await _listen_while(stage, [first, second], writes, stage.size(4, 1), disturb)


async def killed_subscriptions(stage: Stage) -> Outcome:
    """Every pub/sub connection is killed each 250 ms."""
    async with a_node(stage) as node, Redis.from_url(stage.settings.redis_url) as killer:

        async def disturb(writing: "asyncio.Future[Any]", list_id: ListId) -> str:
            kills = 0
            while not writing.done():
                await asyncio.wait([writing], timeout=0.25)
                kills += await killer.client_kill_filter(_type="pubsub")
            assert kills >= stage.size(20, 3), f"only {kills} were killed"
            return f"{kills} killed"

        writes = stage.size(600, 120)
        return await _listen_while(stage, [node], writes, stage.size(6, 1), disturb)


async def half_open(stage: Stage) -> Outcome:
    """The line goes silent under the node, which notices and connects anew, and is late till then."""
    async with line_to(stage.broker.port) as line, a_node(stage, redis_port=line.port) as node:
        ana = await stage.world.user()
        list_id, _ = await a_list(stage.resources, ana)
        async with followers_of(stage, [node], [ana], list_id) as [ear]:
            assert await _quick_again(stage, ear, list_id), "the doorbell is not heard at all"
            line.go_dead()
            slowest = max([await _lateness(stage, ear, list_id) for _ in range(4)])
            assert slowest < LATE_SECONDS, f"{slowest:.2f} s late without a doorbell"
            began = monotonic()
            assert await _quick_again(stage, ear, list_id), "silence was not noticed in time"
            note = f"{slowest:.2f} s late at most, replaced after {monotonic() - began:.1f} s"
            return await tally([ear], list_id, note=note)


async def _lateness(stage: Stage, ear: Follower, list_id: ListId) -> float:
    """Returns the seconds from the commit of one more event to its arrival."""
    seq = await write_event(stage.resources, list_id)
    before = monotonic()
    await ear.reach(list_id, seq)
    return monotonic() - before


async def _quick_again(stage: Stage, ear: Follower, list_id: ListId) -> bool:
    """Whether three events in a row come sooner than any sweep would bring them, soon enough."""
    before = monotonic()
    while monotonic() - before < NOTICED_SECONDS:
        late = [await _lateness(stage, ear, list_id) for _ in range(3)]
        if max(late) < 0.15:
            return True
    return False


def _away(
    harm: Callable[[Stage, Follower, ListId], Coroutine[Any, Any, str]],
) -> Callable[[Stage], Awaitable[Outcome]]:
    """Returns a scenario: two nodes, steady writers, and harm done to the broker meanwhile."""

    async def run(stage: Stage) -> Outcome:
        async with a_node(stage) as one, a_node(stage) as two:
            ana = await stage.world.user()

            async def disturb(writing: "asyncio.Future[Any]", list_id: ListId) -> str:
                other, _ = await a_list(stage.resources, ana)
                async with followers_of(stage, [one], [ana], other) as [ear]:
                    note = await harm(stage, ear, other)
                    last = await tally([ear], other)
                assert last.is_kept, f"the watcher's own: {last}"
                return note

            writes = stage.size(300, 60)
            return await _listen_while(stage, [one, two], writes, stage.size(7, 1), disturb)

    return run


async def _late_for(stage: Stage, ear: Follower, list_id: ListId, seconds: float) -> str:
    """Returns a note of how late events were for so long; fails when it was more than promised."""
    began = monotonic()
    late: list[float] = []
    while not late or monotonic() - began < seconds:
        late.append(await _lateness(stage, ear, list_id))
    assert max(late) < LATE_SECONDS, f"{max(late):.2f} s late without a broker"
    return f"{max(late):.2f} s late at most"


@_away
async def stands_still(stage: Stage, ear: Follower, list_id: ListId) -> str:
    stage.broker.pause()
    try:
        return await _late_for(stage, ear, list_id, stage.size(6, 1))
    finally:
        stage.broker.resume()


@_away
async def killed_and_back(stage: Stage, ear: Follower, list_id: ListId) -> str:
    await asyncio.to_thread(stage.broker.kill)
    note = await _late_for(stage, ear, list_id, stage.size(6, 1))
    # On this thread: the leash would kill the broker with the thread that started it.
    stage.broker.start()
    assert await _quick_again(stage, ear, list_id), "the doorbell never came back"
    return note


@_away
async def killed_for_good(stage: Stage, ear: Follower, list_id: ListId) -> str:
    await asyncio.to_thread(stage.broker.kill)
    return await _late_for(stage, ear, list_id, stage.size(6, 1))


@_away
async def flushed(stage: Stage, ear: Follower, list_id: ListId) -> str:
    async with Redis.from_url(stage.settings.redis_url) as redis:
        for _ in range(3):
            await redis.flushall()
            await _lateness(stage, ear, list_id)
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
