"""Write one batch to many sockets: the innermost loop of a node."""

from collections.abc import Mapping
from os import write
from typing import TypeVar

from realtime.transports.frame_batch import FrameBatch
from realtime.transports.transport import Transport

Recipient = TypeVar("Recipient")


def write_to_all(audience: Mapping[Recipient, Transport], batch: FrameBatch) -> list[Recipient]:
    """Write the batch to every transport of the audience; return whose transport is full.

    Where nothing waits to be sent, write to the socket itself: what the event loop's transport
    does besides takes as long as all that Python does here.
    """
    data = batch.websocket_bytes
    size = len(data)
    full = set()
    # Without the recipients, which would be a cache miss for each.
    for transport in audience.values():
        sent = 0
        if (descriptor := transport.descriptor) >= 0:
            try:
                sent = write(descriptor, data)
            except OSError:
                # The socket is full, or broken: then the transport meets the error as well, and
                # ends the connection.
                sent = 0
            if sent == size:
                continue
        if not transport.write(batch, sent):
            full.add(transport)
    if not full:
        return []
    return [recipient for recipient, transport in audience.items() if transport in full]
