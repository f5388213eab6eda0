"""Server-Sent Events of an API process that gets SIGTERM. For SIGKILL see realtime/event_streams.py."""

import asyncio
import signal

import pytest

from api.__main__ import DRAIN_SECONDS
from shared.clock import monotonic
from shared.contract.frames import Close
from shared.resources import Resources
from shared.settings import Settings
from tests.support.faults.api_nodes import api_process
from tests.support.realtime.sse_client import stream_of
from tests.support.realtime.websocket_client import insert_list
from tests.support.world_builder import World

# The test is about processes and not about SQL, so one database is enough.
pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


async def test_sigterm_ends_every_stream_with_1012_and_the_process_does_not_wait(
    settings: Settings, resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id, _ = await insert_list(resources, ana, ben)
    path = f"/lists/{list_id}/events"

    async with (
        api_process(settings) as node,
        stream_of(node.port, resources, ana, path) as first,
        stream_of(node.port, resources, ben, path) as second,
    ):
        await first.receive_named("subscribed")
        await second.receive_named("subscribed")
        before = monotonic()
        ends, code = await asyncio.gather(
            asyncio.gather(first.receive_end(), second.receive_end()), node.process.terminate()
        )

    assert [(end.name, end.frame["code"]) for end in ends] == [("closed", Close.GOING_AWAY)] * 2
    assert code in (0, -signal.SIGTERM)
    # Less than the time that running requests are given.
    assert monotonic() - before < DRAIN_SECONDS
