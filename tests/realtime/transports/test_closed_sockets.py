"""What is left of a socket or a stream that was closed: nothing, and the collector is not needed."""

import gc
import socket
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from realtime.connection import Connection
from realtime.limits import Limits
from realtime.node import RealtimeNode
from realtime.transports.direct_transport import DirectTransport
from realtime.transports.sse_transport import SseTransport
from shared.resources import Resources
from tests.realtime.transports.test_event_streams import events_of, one_database
from tests.support.api_server import InProcessNode
from tests.support.realtime.sse_client import stream_of
from tests.support.realtime.websocket_client import insert_list, socket_of
from tests.support.services.processes import wait_until
from tests.support.world_builder import World

Kept = list[weakref.ref[Any]]


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def connection_of(server: InProcessNode) -> Connection:
    realtime: RealtimeNode = server.app.state.realtime
    [connection] = realtime.connections
    return connection


def send_buffer_of(node: InProcessNode) -> int:
    """Return what the kernel may hold for the node's only socket or stream."""
    transport = connection_of(node).transport
    if isinstance(transport, DirectTransport):
        outlet = transport.protocol.transport
    else:
        assert isinstance(transport, SseTransport)
        outlet = transport.connection_bytes.__self__.transport  # type: ignore[attr-defined]
    size: int = outlet.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    return size


@one_database
@pytest.mark.usefixtures("no_collector")
async def test_a_closed_socket_is_freed_at_once(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)

    async with socket_of(server.socket_url, resources, ana) as client:
        await client.subscribe((list_id, epoch, 0))
        await client.receive_type("subscribed")
        transport = connection_of(server).transport
        assert isinstance(transport, DirectTransport)
        protocol = transport.protocol
        kept: Kept = [weakref.ref(connection_of(server)), weakref.ref(protocol)]
        kept.append(weakref.ref(protocol.conn))
        del transport, protocol

    await wait_until(lambda: not any(one() for one in kept), 5, "freeing the socket")


@one_database
@pytest.mark.usefixtures("no_collector")
async def test_a_closed_stream_is_freed_at_once(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, _ = await insert_list(resources, ana)

    async with stream_of(server.port, resources, ana, events_of(list_id)) as client:
        await client.receive_named("subscribed")
        kept: Kept = [
            weakref.ref(connection_of(server)),
            weakref.ref(connection_of(server).transport),
        ]

    await wait_until(lambda: not any(one() for one in kept), 5, "freeing the stream")


@one_database
async def test_the_kernel_holds_little_of_what_a_socket_or_a_stream_is_sent(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, _ = await insert_list(resources, ana)
    realtime: RealtimeNode = server.app.state.realtime

    async with socket_of(server.socket_url, resources, ana):
        of_socket = send_buffer_of(server)
    await wait_until(lambda: not realtime.connections, 5, "forgetting the socket")
    async with stream_of(server.port, resources, ana, events_of(list_id)) as client:
        await client.receive_named("subscribed")
        of_stream = send_buffer_of(server)

    # Linux doubles what it is told, and says so.
    known = Limits.send_buffer_bytes
    assert {of_socket, of_stream} <= {known, 2 * known}
