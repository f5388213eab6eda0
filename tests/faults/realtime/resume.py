"""Clients resume while writers commit, while the event log is trimmed, and ahead of a lagging node."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

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
from tests.support.faults.expected_events import compare_events
from tests.support.faults.interrupted_attach import (
    InterruptibleNode,
    RecordingTransport,
    open_interruptible_node,
)
from tests.support.faults.network_proxy import NetworkProxy, open_network_proxy
from tests.support.faults.random_writer import write_plain
from tests.support.faults.recording_client import RecordingClient
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.realtime.websocket_client import (
    insert_list,
    remove_member,
    revoke_session,
    write_event,
)

# Clients resume from this position; there are events before and after it.
SINCE, EVENTS = 2, 6


@dataclass(frozen=True)
class _Case:
    """What is committed, and which nodes receive the published event."""

    change: Literal["event", "removal", "revocation"]
    published_to: Literal["this node", "all nodes", "no node"]


ALL_CASES = [
    _Case(change, published_to)
    for change in ("event", "removal", "revocation")
    for published_to in ("this node", "all nodes", "no node")
]
FEW_CASES = [
    _Case("event", "this node"),
    _Case("removal", "all nodes"),
    _Case("revocation", "no node"),
]


async def commit_at_every_await(env: ScenarioEnv) -> Outcome:
    """Commit an event, a removal or a revocation at each await of attaching and resuming."""
    outcome, awaits = Outcome(), Counter[str]()
    ana = await env.world.user("Ana")
    async with (
        open_interruptible_node(env.settings, head_check_seconds=0.2) as node,
        open_resources(env.settings) as unpublished,
    ):
        unpublished.event_publisher = EventPublisher(None)
        writers = {
            "this node": node.resources, "all nodes": env.resources, "no node": unpublished
        }  # fmt: skip
        for case in ALL_CASES if env.is_full else FEW_CASES:
            node.interrupt_at, node.awaits = 0, 1
            while node.interrupt_at < node.awaits:
                writer = writers[case.published_to]
                outcome += await _attach_during(case.change, node, env, ana, writer)
                node.interrupt_at += 1
            awaits[case.change] = max(awaits[case.change], node.interrupt_at - 1)
    assert min(awaits.values()) > 3, f"too few awaits: {awaits}"
    return outcome + Outcome(note=f"{max(awaits.values())} awaits")


async def _attach_during(
    change: str, node: InterruptibleNode, env: ScenarioEnv, ana: Actor, writer: Resources
) -> Outcome:
    """Return what a socket received that attached while `writer` committed the change."""
    ben = await env.world.user("Ben")
    list_id, epoch = await insert_list(env.resources, ana, ben)
    for _ in range(EVENTS):
        await write_event(env.resources, list_id)
    committed: list[int] = []

    async def commit() -> None:
        committed.append(await _commit(change, writer, list_id, ben))

    node.interruption = commit
    transport = RecordingTransport()
    connection = await node.attach(ben, transport, StreamId(list_id), epoch, SINCE)
    try:
        if connection is not None:
            await transport.wait_until(
                lambda: bool(transport.answers(list_id)) or transport.closed is not None
            )
        # This event reaches the hub at once and makes it backfill what it missed before.
        last = await write_event(node.resources, list_id)
        if not committed or change == "event":
            await transport.wait_until(lambda: last in transport.seqs(list_id))
            assert transport.answers(list_id) == ["subscribed"], f"{transport.answers(list_id)}"
            return compare_events(transport.seqs(list_id), SINCE, last)
        if change == "removal":
            return await _count_until_removal(transport, list_id, committed[0])
        if connection is not None:
            await transport.wait_until(lambda: transport.closed is not None)
            assert transport.closed == Close.REFUSED, f"closed with {transport.closed}"
        return Outcome(1, 1)
    finally:
        if connection is not None:
            node.node.detach(connection)


async def _commit(change: str, writer: Resources, list_id: ListId, ben: Actor) -> int:
    """Commit the change and return its position in the list; a revocation is in no list."""
    if change == "removal":
        return await remove_member(writer, list_id, ben)
    if change == "revocation":
        await revoke_session(writer, ben)
        return 0
    return await write_event(writer, list_id)


async def _count_until_removal(
    transport: RecordingTransport, list_id: ListId, removal: int
) -> Outcome:
    await transport.wait_until(
        lambda: transport.answers(list_id)[-1:] in (["unsubscribed"], ["error"])
    )
    if transport.answers(list_id) == ["error"]:
        # Removed before the node checked the subscription: no event, as for any other user.
        return compare_events(transport.seqs(list_id), SINCE, SINCE)
    assert transport.frames[-1]["reason"] == "removed", f"{transport.frames[-1]}"
    return compare_events(transport.seqs(list_id), SINCE, removal)


async def trim_during_resume(env: ScenarioEnv) -> Outcome:
    """The floor moves to since - 1, since, since + 1, before a resume and at each await of one."""
    ana, outcome = await env.world.user("Ana"), Outcome()
    answers: Counter[str] = Counter()
    # With pages of two events a resume reads several pages, and the floor moves between them.
    async with open_interruptible_node(env.settings, page_events=2) as node:
        for offset in (-1, 0, 1):
            kind, received = await _resume_and_trim(node, env, ana, offset, is_before=True)
            assert kind == ("reset" if offset > 0 else "subscribed"), f"since{-offset:+}: {kind}"
            outcome += received
            node.interrupt_at, node.awaits = 0, 1
            while node.interrupt_at < node.awaits:
                kind, received = await _resume_and_trim(node, env, ana, offset, is_before=False)
                answers[kind] += 1
                outcome += received
                node.interrupt_at += env.size(1, 3)
    assert answers["reset"] > 0, "no resume was interrupted by a trim"
    return outcome + Outcome(note=f"{answers['reset']} reset, {answers['subscribed']} complete")


async def _resume_and_trim(
    node: InterruptibleNode, env: ScenarioEnv, ana: Actor, offset: int, *, is_before: bool
) -> tuple[str, Outcome]:
    """Return the answer to a resume and its outcome: all events, or some events and a reset."""
    list_id, epoch = await insert_list(env.resources, ana)
    stream = StreamId(list_id)
    for _ in range(EVENTS):
        await write_event(env.resources, list_id)

    async def trim_log() -> None:
        async with env.resources.begin() as work:
            await work.lock_streams([stream])
            await trim(work.connection, stream, SINCE + offset)

    node.interruption = None if is_before else trim_log
    if is_before:
        await trim_log()
    transport = RecordingTransport()
    connection = await node.attach(ana, transport, stream, epoch, SINCE)
    assert connection is not None
    try:
        await transport.wait_until(lambda: bool(transport.answers(list_id)))
    finally:
        node.node.detach(connection)
    [kind] = transport.answers(list_id)
    received = transport.seqs(list_id)
    if kind == "subscribed":
        return kind, compare_events(received, SINCE, EVENTS)
    reset = transport.frames[-1]
    assert (reset["reason"], reset["seq"]) == ("trimmed", EVENTS)
    # The events before the reset have no gap: a client may keep them until it has the snapshot.
    return kind, compare_events(received, SINCE, SINCE + len(received))


async def client_ahead_of_hub(env: ScenarioEnv) -> Outcome:
    """Clients alternate between a node on pub/sub and a node that lags behind by a head check."""
    users = [await env.world.user(f"User {number}") for number in range(4)]
    list_id, _ = await insert_list(env.resources, *users)
    async with (
        open_network_proxy(env.broker.port) as proxy,
        open_node(env) as quick,
        open_node(env, redis_port=proxy.port) as lagging,
        connected_clients(env, [quick, lagging], users[:2], list_id) as pair,
    ):
        for client in pair:
            client.arrivals = {}
        moving = [
            await RecordingClient(env.resources, users[2 + n % 2]).start_at_head(list_id)
            for n in range(env.size(16, 6))
        ]
        seconds = env.size(6, 2)
        writing = asyncio.gather(
            *(write_plain(env.resources, list_id, seconds * 20, seconds) for _ in range(2))
        )
        freezing = asyncio.create_task(_keep_frozen(proxy, writing))
        generators = [random.Random(env.random.random()) for _ in moving]
        moves = await asyncio.gather(
            *(
                _move_between(client, [quick, lagging], writing, rng)
                for client, rng in zip(moving, generators, strict=True)
            )
        )
        await freezing
        lag = await _measure_lag(pair, list_id, writing)
        outcome = await count_deliveries([*pair, *moving], list_id)
        assert_no_resets([*pair, *moving])
        for client in moving:
            client.drop()
    return outcome + Outcome(note=f"{sum(moves)} moves, the lagging node {lag:.2f} s behind")


async def _keep_frozen(proxy: NetworkProxy, writing: "asyncio.Future[Any]") -> None:
    while not writing.done():
        proxy.freeze_connections()
        await asyncio.wait([writing], timeout=0.2)


async def _move_between(
    client: RecordingClient,
    nodes: list[ApiNode],
    writing: "asyncio.Future[Any]",
    rng: random.Random,
) -> int:
    """Connect to the nodes in turn, each for a moment, and return the number of connections."""
    moves = 0
    while not writing.done():
        await client.connect(nodes[moves % 2].socket_url)
        moves += 1
        before, pause = len(client.received[next(iter(client.cursors))]), rng.uniform(0.05, 0.4)
        await asyncio.wait([writing], timeout=pause)
        if not writing.done() or before == 0:
            client.drop()
    if client.socket is None:
        await client.connect(nodes[0].socket_url)
    return moves


async def _measure_lag(
    pair: list[RecordingClient], list_id: str, writing: "asyncio.Future[Any]"
) -> float:
    """Return the largest delay of the lagging node behind the quick node. Assert that it lags."""
    await writing
    await count_deliveries(pair, list_id)
    quick, lagging = (client.arrivals or {} for client in pair)
    lag = max(lagging[key] - quick[key] for key in lagging.keys() & quick.keys())
    # A client that comes from the quick node makes the other node read earlier than its head check.
    assert lag > 0.05, f"the lagging node was only {lag:.2f} s behind"
    return lag


SCENARIOS = (
    Scenario(
        "commit-at-every-await", "a commit injected at every await of attach", commit_at_every_await
    ),
    Scenario(
        "client-ahead-of-hub",
        "a client ahead of a lagging hub",
        client_ahead_of_hub,
        short_on=("sqlite",),
    ),
    Scenario("trim-during-resume", "trim at since, since ± 1", trim_during_resume),
)
