"""Missed events are read from a real streaming replica, and never what it does not have."""

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

from console.commands.migrate import upgrade
from console.processes.broker import free_port
from realtime.limits import Limits
from realtime.streams.replica_reader import ReplicaReader
from shared import event_log
from shared.actor import Actor
from shared.database.connections import Database
from shared.event_log import EventPage
from shared.ids import ListId, list_stream
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.streams import StreamRow
from tests.support.api_server import InProcessNode, served
from tests.support.realtime.websocket_client import (
    DEADLINE_SECONDS,
    Frame,
    insert_list,
    remove_member,
    socket_of,
    write_event,
)
from tests.support.services import postgres
from tests.support.services.postgres_replica import PostgresReplica
from tests.support.services.processes import wait_until
from tests.support.settings import changed_settings, plain_settings
from tests.support.world_builder import World


@pytest.fixture(scope="module")
def primary() -> Iterator[postgres.Postgres]:
    server = postgres.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def replica(
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
    tmp_path: Path, database_url: str, redis_url: str, replica: PostgresReplica
) -> Settings:
    return plain_settings(
        tmp_path, database_url=database_url, redis_url=redis_url, database_replica_url=replica.url
    )


@pytest_asyncio.fixture
async def held(replica: PostgresReplica) -> AsyncIterator[PostgresReplica]:
    """The replica, whose replay a test may pause; it is resumed afterwards."""
    yield replica
    await replica.resume_replay()


@pytest_asyncio.fixture
async def node(settings: Settings, resources: Resources) -> AsyncIterator[InProcessNode]:
    async with served(settings) as node:
        yield node


@dataclass
class Missing:
    """A list with five events, a member who resumes it, and how the reads were answered."""

    resources: Resources
    node: InProcessNode
    ana: Actor
    list_id: ListId
    epoch: str
    before: dict[str, float]
    received: list[int] = field(default_factory=list)

    async def resume(self, since: int) -> Frame:
        """Return the answer to the subscription. Store the events before it in `received`."""
        async with socket_of(self.node.socket_url, self.resources, self.ana) as client:
            await client.subscribe((self.list_id, self.epoch, since))
            answer = await client.receive_until(lambda frame: frame["type"] in ANSWERS)
            self.received = client.seqs(self.list_id)
        return answer

    def found(self) -> dict[str, float]:
        """Return how many streams were read from the replica since the start, by result."""
        now = reads()
        return {
            word: now[word] - self.before[word] for word in now if now[word] != self.before[word]
        }


ANSWERS = ("subscribed", "reset", "error")


def reads() -> dict[str, float]:
    name = "livelist_replica_reads_total"
    words = ("there", "behind", "away")
    return {word: REGISTRY.get_sample_value(name, {"found": word}) or 0 for word in words}


@pytest_asyncio.fixture
async def missing(resources: Resources, node: InProcessNode, world: World) -> Missing:
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)
    for _ in range(5):
        await write_event(resources, list_id)
    return Missing(resources, node, ana, list_id, epoch, reads())


async def test_missed_events_come_from_a_replica_that_has_them(
    missing: Missing, held: PostgresReplica
) -> None:
    await held.catch_up()

    answer = await missing.resume(2)

    assert missing.received == [3, 4, 5]
    assert (answer["type"], answer["seq"]) == ("subscribed", 5)
    assert missing.found() == {"there": 1}


async def test_what_the_replica_does_not_have_yet_comes_from_the_database(
    missing: Missing, held: PostgresReplica
) -> None:
    await held.catch_up()
    await held.pause_replay()
    await write_event(missing.resources, missing.list_id)

    answer = await missing.resume(2)

    assert missing.received == [3, 4, 5, 6]
    assert (answer["type"], answer["seq"]) == ("subscribed", 6)
    assert missing.found() == {"behind": 1}


async def test_a_client_that_is_ahead_of_the_replica_is_not_reset(
    missing: Missing, held: PostgresReplica
) -> None:
    await held.catch_up()
    await held.pause_replay()
    for _ in range(3):
        await write_event(missing.resources, missing.list_id)

    answer = await missing.resume(7)

    assert missing.received == [8]
    assert (answer["type"], answer["seq"]) == ("subscribed", 8)
    assert missing.found() == {"behind": 1}


async def test_a_list_that_the_replica_has_never_seen_can_be_read(
    missing: Missing, held: PostgresReplica
) -> None:
    await held.pause_replay()
    missing.list_id, missing.epoch = await insert_list(missing.resources, missing.ana)
    await write_event(missing.resources, missing.list_id)

    answer = await missing.resume(0)

    assert missing.received == [1]
    assert answer["type"] == "subscribed"


async def test_whoever_was_removed_reads_nothing_though_the_replica_still_lets_them_in(
    missing: Missing, held: PostgresReplica
) -> None:
    await held.catch_up()
    await held.pause_replay()
    await remove_member(missing.resources, missing.list_id, missing.ana)

    answer = await missing.resume(2)

    assert missing.received == []
    assert (answer["type"], answer["code"]) == ("error", "not_found")


async def test_what_was_rewound_or_trimmed_is_reset_though_the_replica_still_has_it(
    missing: Missing, held: PostgresReplica
) -> None:
    await held.catch_up()
    await held.pause_replay()
    stream = list_stream(missing.list_id)
    async with missing.resources.begin() as work:
        await work.lock_streams([stream])
        await event_log.trim(work.connection, stream, 3)

    trimmed = await missing.resume(2)
    async with missing.resources.begin() as work:
        await work.connection.execute(
            update(StreamRow).where(StreamRow.id == stream).values(epoch="rewound")
        )
    rewound = await missing.resume(4)

    assert (trimmed["type"], trimmed["reason"]) == ("reset", "trimmed")
    assert (rewound["type"], rewound["reason"]) == ("reset", "epoch")


async def test_nothing_beyond_the_moment_at_which_rights_were_read_is_told(
    missing: Missing, held: PostgresReplica
) -> None:
    cursors = {list_stream(missing.list_id): (missing.epoch, 1)}
    async with missing.resources.begin_read() as read:
        _, waiting = await event_log.compare_cursors(read.connection, cursors)
    await write_event(missing.resources, missing.list_id)
    assert missing.resources.replica is not None
    places = asyncio.Semaphore(1)
    replica = ReplicaReader(missing.resources, missing.resources.replica, Limits(), places)

    await held.catch_up()
    there = await replica.read(cursors, waiting)
    await held.pause_replay()
    await write_event(missing.resources, missing.list_id)
    async with missing.resources.begin_read() as read:
        _, newer = await event_log.compare_cursors(read.connection, cursors)
    await write_event(missing.resources, missing.list_id)
    behind = await replica.read(cursors, newer)

    assert missing.found() == {"there": 1, "behind": 1}
    for found, heads, last in ((there, waiting, 5), (behind, newer, 7)):
        missed = found[list_stream(missing.list_id)]
        assert isinstance(missed, EventPage)
        assert [seq for seq, _ in missed.frames] == list(range(2, last + 1))
        assert missed.head == heads[list_stream(missing.list_id)]


async def test_a_replica_that_is_away_is_done_without_and_waited_for_once(
    settings: Settings, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)
    for _ in range(5):
        await write_event(resources, list_id)
    nowhere = f"postgresql+asyncpg://postgres@127.0.0.1:{free_port()}/postgres"

    async with served(changed_settings(settings, database_replica_url=nowhere)) as node:
        missing = Missing(resources, node, ana, list_id, epoch, reads())
        first = await missing.resume(2)
        first_received = missing.received
        second = await missing.resume(3)

    assert (first["type"], second["type"]) == ("subscribed", "subscribed")
    assert (first_received, missing.received) == ([3, 4, 5], [4, 5])
    assert missing.found() == {"away": 2}


async def test_a_socket_that_waits_for_the_replica_delays_no_read_from_the_database(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    place = await insert_list(resources, ana, ben)
    await write_event(resources, place[0])
    asked, answer = asyncio.Event(), asyncio.Event()

    async def says_nothing(replica: ReplicaReader, wanted: object) -> None:
        asked.set()
        await answer.wait()

    monkeypatch.setattr(ReplicaReader, "read_replica", says_nothing)
    # Of two connections sockets get one.
    small = changed_settings(settings, database_pool_size=2)
    async with served(small) as node, socket_of(node.socket_url, resources, ana) as waiting:
        await waiting.subscribe((*place, 0))
        await asyncio.wait_for(asked.wait(), DEADLINE_SECONDS)
        try:
            async with socket_of(node.socket_url, resources, ben) as other:
                await other.subscribe((*place, 1))
                current = await other.receive_type("subscribed")
        finally:
            answer.set()
        caught_up = await waiting.receive_type("subscribed")

    assert current["seq"] == caught_up["seq"] == 1


class SilentDatabase(Database):
    """A replica that accepts every connection, and fails once `answer` is set."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer = asyncio.Event()

    @asynccontextmanager
    async def read_connection(self) -> AsyncIterator[Any]:
        self.asked += 1
        await self.answer.wait()
        yield self._connection()

    def _connection(self) -> object:
        raise OSError


async def test_concurrent_reads_of_the_replica_are_no_more_than_its_connections(
    resources: Resources, missing: Missing
) -> None:
    there, has = SilentDatabase(), resources.settings.database.pool_size
    replica = ReplicaReader(resources, there, Limits(), asyncio.Semaphore(1))
    cursors = {list_stream(missing.list_id): (missing.epoch, 1)}
    async with resources.begin_read() as read:
        _, waiting = await event_log.compare_cursors(read.connection, cursors)

    crowd = [asyncio.create_task(replica.read(cursors, waiting)) for _ in range(3 * has)]
    await wait_until(lambda: there.asked >= has, what="asking the replica")
    there.answer.set()
    found = await asyncio.gather(*crowd)

    # The reads that waited for a connection know by now that the replica is away.
    assert there.asked == has
    assert all(len(streams) == 1 for streams in found)
