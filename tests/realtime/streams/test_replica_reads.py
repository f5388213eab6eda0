"""Missed events are read from a real streaming replica, as far as it has them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from prometheus_client import REGISTRY
from sqlalchemy import update

from console.processes.broker import free_port
from console.schema.upgrade import upgrade
from realtime.limits import Limits
from realtime.streams.replica_reader import ReplicaReader
from shared.actor import Actor
from shared.database.connections import Database
from shared.event_log import EventPage, Head, compare_cursors
from shared.ids import StreamId, list_stream
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.streams import StreamRow
from tests.support.api_server import InProcessNode, served
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.realtime.websocket_client import (
    Frame,
    InsertedList,
    insert_list,
    remove_member,
    socket_of,
    trim_events,
    write_event,
    write_events,
)
from tests.support.services import postgres
from tests.support.services.postgres_replica import PostgresReplica
from tests.support.services.processes import wait_until
from tests.support.settings import changed_settings, plain_settings


@pytest.fixture(scope="module")
def primary() -> Iterator[postgres.Postgres]:
    server = postgres.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def running_replica(
    primary: postgres.Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PostgresReplica]:
    upgrade(plain_settings(tmp_path_factory.mktemp("primary"), database_url=primary.url))
    server = PostgresReplica(primary)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def database_url(primary: postgres.Postgres) -> str:
    """Postgres alone: SQLite has no replicas."""
    return primary.url


@pytest.fixture
def settings(
    tmp_path: Path, database_url: str, redis_url: str, running_replica: PostgresReplica
) -> Settings:
    url = running_replica.url
    return plain_settings(
        tmp_path, database_url=database_url, redis_url=redis_url, database_replica_url=url
    )


@pytest_asyncio.fixture
async def replica(running_replica: PostgresReplica) -> AsyncIterator[PostgresReplica]:
    """The replica, whose replay a test may pause."""
    yield running_replica
    await running_replica.resume_replay()


@pytest_asyncio.fixture
async def node(settings: Settings, resources: Resources) -> AsyncIterator[InProcessNode]:
    async with served(settings) as opened:
        yield opened


RESULTS = ("found", "lagging", "unavailable")


def replica_reads() -> dict[str, float]:
    """Return the metric of replica reads, by result."""
    name = "livelist_replica_reads_total"
    return {it: REGISTRY.get_sample_value(name, {"result": it}) or 0 for it in RESULTS}


@dataclass
class Reader:
    """A user whose list has five events, and who resumes it on a node."""

    resources: Resources
    node: InProcessNode
    actor: Actor
    shared_list: InsertedList
    reads_before: dict[str, float] = field(default_factory=replica_reads)
    received: list[int] = field(default_factory=list)

    @property
    def stream(self) -> StreamId:
        return list_stream(self.shared_list.list_id)

    async def resume(self, since: int) -> Frame:
        """Subscribe, and return the answer; `received` are the events before it."""
        async with socket_of(self.node.socket_url, self.resources, self.actor) as client:
            request_id = await client.subscribe((*self.shared_list, since))
            answer = await client.receive_answer(request_id)
            self.received = client.seqs(self.stream)
        return answer

    async def unread_heads(self) -> dict[StreamId, Head]:
        """Return the heads up to which a reader at 1 must read."""
        async with self.resources.begin_read() as read:
            _, unread = await compare_cursors(read.connection, self.cursors)
        return unread

    @property
    def cursors(self) -> dict[StreamId, tuple[str, int]]:
        return {self.stream: (self.shared_list.epoch, 1)}

    def results(self) -> dict[str, float]:
        """Return how many reads of the replica had which result, since the beginning."""
        now = replica_reads()
        counts = {result: now[result] - self.reads_before[result] for result in now}
        return {result: count for result, count in counts.items() if count}


@pytest_asyncio.fixture
async def reader(
    resources: Resources, node: InProcessNode, ana: Actor, ana_list: InsertedList
) -> Reader:
    await write_events(resources, ana_list.list_id, 5)
    return Reader(resources, node, ana, ana_list)


async def test_missed_events_come_from_a_replica_that_has_them(
    reader: Reader, replica: PostgresReplica
) -> None:
    await replica.catch_up()

    answer = await reader.resume(2)

    assert reader.received == [3, 4, 5]
    assert (answer["type"], answer["seq"]) == ("subscribed", 5)
    assert reader.results() == {"found": 1}


async def test_events_that_the_replica_does_not_have_yet_come_from_the_database(
    reader: Reader, replica: PostgresReplica
) -> None:
    await replica.catch_up()
    await replica.pause_replay()
    await write_event(reader.resources, reader.shared_list.list_id)

    answer = await reader.resume(2)

    assert reader.received == [3, 4, 5, 6]
    assert (answer["type"], answer["seq"]) == ("subscribed", 6)
    assert reader.results() == {"lagging": 1}


async def test_a_client_that_is_ahead_of_the_replica_is_not_reset(
    reader: Reader, replica: PostgresReplica
) -> None:
    await replica.catch_up()
    await replica.pause_replay()
    for _ in range(3):
        await write_event(reader.resources, reader.shared_list.list_id)

    answer = await reader.resume(7)

    assert reader.received == [8]
    assert (answer["type"], answer["seq"]) == ("subscribed", 8)
    assert reader.results() == {"lagging": 1}


async def test_a_list_that_the_replica_has_never_seen_can_be_read(
    reader: Reader, replica: PostgresReplica
) -> None:
    await replica.pause_replay()
    reader.shared_list = await insert_list(reader.resources, reader.actor)
    await write_event(reader.resources, reader.shared_list.list_id)

    answer = await reader.resume(0)

    assert reader.received == [1]
    assert answer["type"] == "subscribed"


async def test_a_removed_user_reads_nothing_though_the_replica_still_has_the_membership(
    reader: Reader, replica: PostgresReplica
) -> None:
    await replica.catch_up()
    await replica.pause_replay()
    await remove_member(reader.resources, reader.shared_list.list_id, reader.actor)

    answer = await reader.resume(2)

    assert reader.received == []
    assert (answer["type"], answer["code"]) == ("error", "not_found")


async def test_trimmed_and_rewound_events_are_reset_though_the_replica_still_has_them(
    reader: Reader, replica: PostgresReplica
) -> None:
    await replica.catch_up()
    await replica.pause_replay()
    await trim_events(reader.resources, reader.shared_list.list_id, 3)

    trimmed = await reader.resume(2)
    async with reader.resources.begin() as work:
        await work.connection.execute(
            update(StreamRow).where(StreamRow.id == reader.stream).values(epoch="rewound")
        )
    rewound = await reader.resume(4)

    assert (trimmed["type"], trimmed["reason"]) == ("reset", "trimmed")
    assert (rewound["type"], rewound["reason"]) == ("reset", "epoch")


async def test_no_event_is_read_beyond_the_head_at_which_rights_were_read(
    reader: Reader, replica: PostgresReplica
) -> None:
    list_id = reader.shared_list.list_id
    old_heads = await reader.unread_heads()
    await write_event(reader.resources, list_id)
    assert reader.resources.replica is not None
    slots = asyncio.Semaphore(1)
    replica_reader = ReplicaReader(reader.resources, reader.resources.replica, Limits(), slots)

    await replica.catch_up()
    found = await replica_reader.read(reader.cursors, old_heads)
    await replica.pause_replay()
    await write_event(reader.resources, list_id)
    new_heads = await reader.unread_heads()
    await write_event(reader.resources, list_id)
    lagging = await replica_reader.read(reader.cursors, new_heads)

    assert reader.results() == {"found": 1, "lagging": 1}
    for results, heads, last in ((found, old_heads, 5), (lagging, new_heads, 7)):
        page = results[reader.stream]
        assert isinstance(page, EventPage)
        assert [seq for seq, _ in page.frames] == list(range(2, last + 1))
        assert page.head == heads[reader.stream]


async def test_a_replica_that_is_unavailable_is_waited_for_once(
    settings: Settings, resources: Resources, ana: Actor, ana_list: InsertedList
) -> None:
    await write_events(resources, ana_list.list_id, 5)
    nowhere = f"postgresql+asyncpg://postgres@127.0.0.1:{free_port()}/postgres"

    async with served(changed_settings(settings, database_replica_url=nowhere)) as node:
        reader = Reader(resources, node, ana, ana_list)
        first = await reader.resume(2)
        received = reader.received
        second = await reader.resume(3)

    assert (first["type"], second["type"]) == ("subscribed", "subscribed")
    assert (received, reader.received) == ([3, 4, 5], [4, 5])
    assert reader.results() == {"unavailable": 2}


async def test_a_read_of_the_replica_holds_no_slot_for_the_database(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    ben: Actor,
    shared_list: InsertedList,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await write_event(resources, shared_list.list_id)
    asked, answer = asyncio.Event(), asyncio.Event()

    async def wait_for_answer(replica: ReplicaReader, wanted: object) -> None:
        asked.set()
        await answer.wait()

    monkeypatch.setattr(ReplicaReader, "read_replica", wait_for_answer)
    # Of two connections one is for sockets.
    small = changed_settings(settings, database_pool_size=2)
    async with served(small) as node, socket_of(node.socket_url, resources, ana) as waiting:
        await waiting.subscribe((*shared_list, 0))
        await asyncio.wait_for(asked.wait(), DEADLINE_SECONDS)
        try:
            async with socket_of(node.socket_url, resources, ben) as other:
                await other.subscribe((*shared_list, 1))
                current = await other.receive_type("subscribed")
        finally:
            answer.set()
        caught_up = await waiting.receive_type("subscribed")

    assert current["seq"] == caught_up["seq"] == 1


class SilentDatabase(Database):
    """A replica that lets every reader wait until `answer` is set, and then fails."""

    def __init__(self) -> None:
        self.reads = 0
        self.answer = asyncio.Event()

    @asynccontextmanager
    async def read_connection(self) -> AsyncIterator[Any]:
        self.reads += 1
        await self.answer.wait()
        yield self._connection()

    def _connection(self) -> object:
        raise OSError


async def test_many_readers_do_not_use_more_connections_than_the_replica_has(
    resources: Resources, reader: Reader
) -> None:
    silent, connections = SilentDatabase(), resources.settings.database.pool_size
    replica_reader = ReplicaReader(resources, silent, Limits(), asyncio.Semaphore(1))
    heads = await reader.unread_heads()

    reads = [
        asyncio.create_task(replica_reader.read(reader.cursors, heads))
        for _ in range(3 * connections)
    ]
    await wait_until(lambda: silent.reads >= connections, what="reading the replica")
    silent.answer.set()
    results = await asyncio.gather(*reads)

    # Readers that had to wait for a slot know meanwhile that the replica is unavailable.
    assert silent.reads == connections
    assert all(len(result) == 1 for result in results)
