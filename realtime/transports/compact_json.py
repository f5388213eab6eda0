"""JSON that is kept for as long as a socket is open."""

import orjson


def compact(value: object) -> bytes:
    """Returns `value` as JSON, in no more memory than it needs; raises what orjson raises.

    orjson leaves its working space behind every answer: 4 kB for 200 bytes, a third of a socket.
    """
    return bytes(memoryview(orjson.dumps(value)))
