"""The event that each server stores with an edit, in the form of Livelist's (docs/protocol.md)."""

from datetime import datetime

import orjson


def event_frame(
    list_id: str, seq: int, event: str, at: datetime, actor: tuple[str, str], todo: bytes
) -> str:
    """Return the frame of an event about one todo, which is given as JSON."""
    head = orjson.dumps(
        {
            "type": "event",
            "list": list_id,
            "seq": seq,
            "event": event,
            "at": at,
            "actor": {"id": actor[0], "name": actor[1]},
            "mutation": None,
        }
    )
    return (head[:-1] + b',"data":{"todo":' + todo + b',"changed":["title"]}}').decode()
