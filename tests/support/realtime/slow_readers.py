"""Sockets that are not read, and writes that fill every buffer on the way to them."""

from realtime.node import RealtimeNode
from realtime.transports.direct_transport import DirectTransport
from shared.ids import ListId
from shared.resources import Resources
from tests.support.api_server import InProcessNode
from tests.support.realtime.websocket_client import write_events

# Options of a client that reads nothing: it takes a few frames into its own buffers.
UNREAD = {"max_queue": 1}
FRAME_BYTES = 6_000


async def write_large_events(resources: Resources, list_id: ListId, count: int) -> None:
    """Record `count` events of FRAME_BYTES each, 20 in a transaction."""
    for _ in range(count // 20):
        await write_events(resources, list_id, 20, size=FRAME_BYTES)


def outbox_bytes(node: InProcessNode) -> int:
    """Return the size of the largest outbox among the node's sockets."""
    realtime: RealtimeNode = node.app.state.realtime
    transports = [connection.transport for connection in realtime.connections]
    return max(it.waiting_bytes for it in transports if isinstance(it, DirectTransport))
