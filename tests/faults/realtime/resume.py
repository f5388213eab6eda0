"""Coming back: while something is committed, while the past is trimmed, and ahead of a slow node."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.actor import Actor
from shared.contract.frames import Close
from shared.event_log import trim
from shared.ids import ListId, StreamId
from shared.pubsub import EventPublisher
from shared.resources import Resources, open_resources
from tests.support.api_server import ApiNode
from tests.support.faults.api_nodes import open_node
from tests.support.faults.delivery_count import (
    assert_no_resets,
    connected_clients,
    count_deliveries,
)
from tests.support.faults.expected_events import score
from tests.support.faults.interrupted_attach import (
    InterruptibleNode,
    RecordingTransport,
    open_interruptible_node,
)
from tests.support.faults.network_proxy import open_network_proxy
from tests.support.faults.random_writer import write_plain
from tests.support.faults.recording_client import RecordingClient
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.realtime.websocket_client import (
    a_list,
    remove_member,
    revoke_session,
    write_event,
)

# The joining resumes here; before and after it there are events.
SINCE, EVENTS = 2, 6


@dataclass(frozen=True)
class _Case:
    """What is committed (event, removal, revocation), and who is told: this node, all, or nobody."""

    what: str
    told: str


EVERY = [
    _Case(what, told)
    for what in ("event", "removal", "revocation")
    for told in ("here", "all", "nobody")
]
FEW = [_Case("event", "here"), _Case("removal", "all"), _Case("revocation", "nobody")]


async def commit_at_every_await(env: ScenarioEnv) -> Outcome:
    """An event, a removal or a revocation is committed at each await of attaching and resuming."""
    outcome, awaits = Outcome(), Counter[str]()
    ana = await env.world.user("Ana")
    async with (
        open_interruptible_node(env.settings, sweep_seconds=0.2) as joins,
        open_resources(env.settings) as silent,
    ):
        silent.event_publisher = EventPublisher(None)
        writers = {"here": joins.resources, "all": env.resources, "nobody": silent}
        for case in EVERY if env.is_full else FEW:
            joins.at, joins.awaits = 0, 1
            while joins.at < joins.awaits:
                outcome += await _join_while(joins, env, ana, writers[case.told], case.what)
                joins.at += 1
            awaits[case.what] = max(awaits[case.what], joins.at - 1)
    assert min(awaits.values()) > 3, f"hardly an await: {awaits}"
    return outcome + Outcome(note=f"{max(awaits.values())} awaits")


async def _join_while(
    joins: InterruptibleNode, env: ScenarioEnv, ana: Actor, writer: Resources, what: str
) -> Outcome:
    """Returns what a socket heard that joined while `writer` did that to it."""
    ben = await env.world.user("Ben")
    list_id, epoch = await a_list(env.resources, ana, ben)
    for _ in range(EVENTS):
        await write_event(env.resources, list_id)
    done: list[int] = []

    async def happens() -> None:
        if what == "removal":
            done.append(await remove_member(writer, list_id, ben))
        elif what == "revocation":
            await revoke_session(writer, ben)
            done.append(0)
        else:
            done.append(await write_event(writer, list_id))

    joins.happens = happens
    transport = RecordingTransport()
    connection = await joins.join(ben, transport, StreamId(list_id), epoch, SINCE)
    try:
        if connection is not None:
            await transport.until(
                lambda: bool(transport.answers(list_id)) or transport.closed is not None
            )
        # Told to this node's hub: whatever it missed before shows now, without waiting for a sweep.
        last = await write_event(joins.resources, list_id)
        if not done or what == "event":
            await transport.until(lambda: last in transport.seqs(list_id))
            assert transport.answers(list_id) == ["subscribed"], f"{transport.answers(list_id)}"
            return score(transport.seqs(list_id), SINCE, last)
        if what == "removal":
            return await _until_removed(transport, list_id, done[0])
        if connection is not None:
            await transport.until(lambda: transport.closed is not None)
            assert transport.closed == Close.REFUSED, f"closed with {transport.closed}"
        return Outcome(1, 1)
    finally:
        if connection is not None:
            joins.node.detach(connection)


async def _until_removed(transport: RecordingTransport, list_id: ListId, removal: int) -> Outcome:
    await transport.until(lambda: transport.answers(list_id)[-1:] in (["unsubscribed"], ["error"]))
    if transport.answers(list_id) == ["error"]:
        # Removed before anybody looked: as for any stranger, nothing at all.
        return score(transport.seqs(list_id), SINCE, SINCE)
    assert transport.frames[-1]["reason"] == "removed", f"{transport.frames[-1]}"
    return score(transport.seqs(list_id), SINCE, removal)


async def trimming(env: ScenarioEnv) -> Outcome:
    """The floor moves to since - 1, since, since + 1: before a resume, and at each await of one."""
    ana, outcome = await env.world.user("Ana"), Outcome()
    answers: Counter[str] = Counter()
    # Pages of two: a resume takes several, and the floor moves between them.
    async with open_interruptible_node(env.settings, page_events=2) as joins:
        for offset in (-1, 0, 1):
            kind, heard = await _resume_over(joins, env, ana, offset, before=True)
            assert kind == ("reset" if offset > 0 else "subscribed"), f"since{-offset:+}: {kind}"
            outcome += heard
            joins.at, joins.awaits = 0, 1
            while joins.at < joins.awaits:
                kind, heard = await _resume_over(joins, env, ana, offset, before=False)
                answers[kind] += 1
                outcome += heard
                joins.at += env.size(1, 3)
    assert answers["reset"] > 0, "no resume was trimmed on the way"
    return outcome + Outcome(note=f"{answers['reset']} reset, {answers['subscribed']} complete")


async def _resume_over(
    joins: InterruptibleNode, env: ScenarioEnv, ana: Actor, offset: int, *, before: bool
) -> tuple[str, Outcome]:
    """Returns how a resume was answered, and what was heard: all of it, or a beginning and a reset."""
    list_id, epoch = await a_list(env.resources, ana)
    stream = StreamId(list_id)
    for _ in range(EVENTS):
        await write_event(env.resources, list_id)

    async def trims() -> None:
        async with env.resources.begin() as work:
            await work.lock_streams([stream])
            await trim(work.connection, stream, SINCE + offset)

    joins.happens = None if before else trims
    if before:
        await trims()
    transport = RecordingTransport()
    connection = await joins.join(ana, transport, stream, epoch, SINCE)
    assert connection is not None
    try:
        await transport.until(lambda: bool(transport.answers(list_id)))
    finally:
        joins.node.detach(connection)
    [kind] = transport.answers(list_id)
    heard = transport.seqs(list_id)
    if kind == "subscribed":
        return kind, score(heard, SINCE, EVENTS)
    assert (transport.frames[-1]["reason"], transport.frames[-1]["seq"]) == ("trimmed", EVENTS)
    # Whatever came before the reset has no hole: a client may keep it until its snapshot is here.
    return kind, score(heard, SINCE, SINCE + len(heard))


async def ahead_of_the_hub(env: ScenarioEnv) -> Outcome:
    """Clients hop between a node that hears the broker and one that lags behind by a sweep."""
    people = [await env.world.user(f"Person {number}") for number in range(4)]
    list_id, _ = await a_list(env.resources, *people)
    async with (
        open_network_proxy(env.broker.port) as line,
        open_node(env) as quick,
        open_node(env, redis_port=line.port) as slow,
        connected_clients(env, [quick, slow], people[:2], list_id) as pair,
    ):
        for one in pair:
            one.arrivals = {}
        hoppers = [
            await RecordingClient(env.resources, people[2 + one % 2]).begin(list_id)
            for one in range(env.size(16, 6))
        ]
        seconds = env.size(6, 2)
        writing = asyncio.gather(
            *(write_plain(env.resources, list_id, seconds * 20, seconds) for _ in range(2))
        )
        cutting = asyncio.create_task(_keep_dead(line.go_dead, writing))
        dice = [random.Random(env.random.random()) for _ in hoppers]
        hops = await asyncio.gather(
            *(
                _hop(one, [quick, slow], writing, some)
                for one, some in zip(hoppers, dice, strict=True)
            )
        )
        await cutting
        lag = await _lag(pair, list_id, writing)
        outcome = await count_deliveries([*pair, *hoppers], list_id)
        assert_no_resets([*pair, *hoppers])
        for one in hoppers:
            one.drop()
    return outcome + Outcome(note=f"{sum(hops)} hops, the slow node {lag:.2f} s behind")


async def _keep_dead(go_dead: Callable[[], None], writing: "asyncio.Future[Any]") -> None:
    while not writing.done():
        go_dead()
        await asyncio.wait([writing], timeout=0.2)


async def _hop(
    one: RecordingClient, nodes: list[ApiNode], writing: "asyncio.Future[Any]", dice: random.Random
) -> int:
    """The client changes nodes as soon as it has heard something; returns how often it did."""
    hops = 0
    while not writing.done():
        await one.connect(nodes[hops % 2].socket_url)
        hops += 1
        before, pause = len(one.heard[next(iter(one.cursors))]), dice.uniform(0.05, 0.4)
        await asyncio.wait([writing], timeout=pause)
        if not writing.done() or before == 0:
            one.drop()
    if one.socket is None:
        await one.connect(nodes[0].socket_url)
    return hops


async def _lag(pair: list[RecordingClient], list_id: str, writing: "asyncio.Future[Any]") -> float:
    """Returns by how much the slow node's events came later, at most; it must be something."""
    await writing
    await count_deliveries(pair, list_id)
    quick, slow = (one.arrivals or {} for one in pair)
    lag = max(slow[key] - quick[key] for key in slow.keys() & quick.keys())
    # Whoever comes over from the quick node makes it look sooner than its sweep would.
    assert lag > 0.05, f"the slow node was only {lag:.2f} s behind"
    return lag


SCENARIOS = (
    Scenario(
        "commit-at-every-await", "a commit injected at every await of attach", commit_at_every_await
    ),
    Scenario(
        "ahead-of-the-hub",
        "a client ahead of a lagging hub",
        ahead_of_the_hub,
        small_on=("sqlite",),
    ),
    Scenario("trimming", "trim at since, since ± 1", trimming),
)
