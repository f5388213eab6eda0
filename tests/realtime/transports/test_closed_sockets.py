"""A socket or a stream that was closed is freed at once, without the garbage collector."""

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
from shared.actor import Actor
from shared.resources import Resources
from tests.support.api_server import InProcessNode
from tests.support.realtime.databases import SQLITE_ONLY
from tests.support.realtime.sse_client import events_path, stream_of
from tests.support.realtime.websocket_client import InsertedList, socket_of
from tests.support.services.processes import wait_until

pytestmark = SQLITE_ONLY


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def connection_of(node: InProcessNode) -> Connection:
    """Return the node's only connection."""
    realtime: RealtimeNode = node.app.state.realtime
    [connection] = realtime.connections
    return connection


def send_buffer_of(node: InProcessNode) -> int:
    """Return what the kernel may hold for the node's only connection."""
    transport = connection_of(node).transport
    if isinstance(transport, DirectTransport):
        outlet = transport.protocol.transport
    else:
        assert isinstance(transport, SseTransport)
        outlet = transport.connection_bytes.__self__.transport  # type: ignore[attr-defined]
    size: int = outlet.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    return size


async def wait_until_freed(*objects: weakref.ref[Any]) -> None:
    await wait_until(lambda: not any(it() for it in objects), what="freeing the connection")


@pytest.mark.usefixtures("no_collector")
async def test_a_closed_socket_is_freed_at_once(
    server: InProcessNode, resources: Resources, ana: Actor, ana_list: InsertedList
) -> None:
    async with socket_of(server.socket_url, resources, ana) as client:
        await client.follow(ana_list)
        transport = connection_of(server).transport
        assert isinstance(transport, DirectTransport)
        protocol = transport.protocol
        objects = [connection_of(server), protocol, protocol.conn]
        references = [weakref.ref(it) for it in objects]
        del transport, protocol, objects

    await wait_until_freed(*references)


@pytest.mark.usefixtures("no_collector")
async def test_a_closed_stream_is_freed_at_once(
    server: InProcessNode, resources: Resources, ana: Actor, ana_list: InsertedList
) -> None:
    path = events_path(ana_list.list_id)
    async with stream_of(server.port, resources, ana, path) as client:
        await client.receive_named("subscribed")
        of_connection = weakref.ref(connection_of(server))
        of_transport = weakref.ref(connection_of(server).transport)

    await wait_until_freed(of_connection, of_transport)


async def test_the_kernel_holds_little_of_what_a_socket_or_a_stream_is_sent(
    server: InProcessNode, resources: Resources, ana: Actor, ana_list: InsertedList
) -> None:
    realtime: RealtimeNode = server.app.state.realtime
    path = events_path(ana_list.list_id)

    async with socket_of(server.socket_url, resources, ana):
        of_socket = send_buffer_of(server)
    await wait_until(lambda: not realtime.connections, what="forgetting the socket")
    async with stream_of(server.port, resources, ana, path) as client:
        await client.receive_named("subscribed")
        of_stream = send_buffer_of(server)

    # Linux doubles what it is asked for, and reports the double.
    limit = Limits.send_buffer_bytes
    assert {of_socket, of_stream} <= {limit, 2 * limit}
