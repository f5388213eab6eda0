"""Server-Sent Events of real API processes: one is killed, one is stopped."""

import asyncio
import contextlib
import signal

import pytest

from shared.clock import monotonic
from shared.contract.frames import Close
from shared.ids import ListId
from shared.resources import Resources
from shared.settings import Settings
from tests.faults.nodes import api_process
from tests.realtime.sockets import a_list, write_event
from tests.realtime.streams import stream_of
from tests.serving import Served
from tests.world import World

# Processes, not statements, are what is tried; one kind of database is enough.
pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


async def test_a_stream_of_a_killed_node_resumes_on_another_and_misses_nothing(
    settings: Settings, server: Served, resources: Resources, world: World
) -> None:
    ana = await world.person()
    list_id, epoch = await a_list(resources, ana)
    path = f"/lists/{list_id}/events"

    async with api_process(settings) as doomed:
        writing = asyncio.create_task(_write(resources, 150, list_id))
        async with stream_of(doomed.port, resources, ana, path, after=f"{epoch}:0") as client:
            await client.hear_seq(40)
            doomed.process.kill()
            with contextlib.suppress(EOFError, ConnectionError):
                while True:
                    await client.hear()
            before = client.seqs()
        async with stream_of(server.port, resources, ana, path, after=client.last_id) as again:
            after = await again.hear_seq(150)
        await writing

    assert before + after == list(range(1, 151))


async def _write(resources: Resources, count: int, list_id: ListId) -> None:
    for _ in range(count):
        await write_event(resources, list_id)


async def test_sigterm_ends_every_stream_with_1012_and_the_process_does_not_wait(
    settings: Settings, resources: Resources, world: World
) -> None:
    ana, ben = await world.person("Ana"), await world.person("Ben")
    list_id, _ = await a_list(resources, ana, ben)
    path = f"/lists/{list_id}/events"

    async with (
        api_process(settings) as node,
        stream_of(node.port, resources, ana, path) as one,
        stream_of(node.port, resources, ben, path) as other,
    ):
        await one.hear_name("subscribed")
        await other.hear_name("subscribed")
        before = monotonic()
        ends, code = await asyncio.gather(
            asyncio.gather(one.hear_end(), other.hear_end()), node.process.terminate()
        )

    assert [(end.name, end.frame["code"]) for end in ends] == [("closed", Close.GOING_AWAY)] * 2
    assert code in (0, -signal.SIGTERM)
    # Far less than the 20 s that are given to requests.
    assert monotonic() - before < 8
