"""Generate the AsyncAPI document of the live protocol from shared/contract.

    channels    /ws, and the two addresses of Server-Sent Events
    messages    every frame and every event, with its schema and an example
    operations  what a client can send, with the replies, and what the server sends

`python -m api.openapi.asyncapi` writes docs/asyncapi.json; a test fails if that file is out of date.
The meaning and the order of the frames are described in docs/protocol.md.
"""

import sys
from typing import Any, get_args

import orjson
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from api.openapi import frame_examples
from realtime.limits import Limits
from shared.contract import frames
from shared.contract.base import Body
from shared.contract.events import EVENTS, LIST_EVENTS, Event
from shared.contract.frames import CLOSES, SUBPROTOCOL, Closed, EventFrame, ServerFrame
from shared.settings import ROOT
from shared.version import VERSION

Json = dict[str, Any]

FILE = ROOT / "docs/asyncapi.json"
DESCRIPTION = """\
Everything that happens in shared to-do lists, in order, without gaps, and resumed after an
interruption: over a WebSocket or as Server-Sent Events. docs/protocol.md explains the protocol to
client developers. Requests and answers over HTTP are in the OpenAPI document.
"""
SOCKET = """\
JSON text messages in both directions. The first is `hello`, within 5 s. The server may send several
frames as one `batch`. The close code says why a socket was closed: see `x-close-codes`.
"""
STREAM = """\
`GET` with `Accept: text/event-stream`. Each message is the `data` of one server-sent event. Events of
the list have no event name; other frames have their type as event name. `id` is `<epoch>:<seq>`, and
`Last-Event-ID` resumes after it. `reset`, `unsubscribed`, `error` and `closed` end the stream.
"""
# The replies to each client frame, which no schema contains. Frames that are missing have none.
REPLIES: dict[str, tuple[str, ...]] = {
    "Hello": ("Welcome",),
    "Subscribe": ("Subscribed", "Reset", "Failed"),
    "Unsubscribe": ("Unsubscribed",),
    "Auth": ("Authenticated", "Failed"),
    "SayPresence": ("Presence", "Failed"),
    "SayEditing": ("Failed",),
}
# Sent by the WebSocket protocol itself, before the frame is read to its end.
FRAME_TOO_LARGE = {
    "code": 1009, "meaning": f"A frame was larger than {Limits.frame_bytes // 1024} KiB.",
    "client_should": "stop, and tell the person", "reconnect": False,
}  # fmt: skip
# A stream has one subscription and no client frames, so only these server frames occur on it.
ON_STREAMS = ("Subscribed", "Reset", "Unsubscribed", "Ping", "Expiring", "Failed", "Closed")


def document() -> Json:
    """Return the AsyncAPI 3 document."""
    client_frames, server_frames = frames_of(Body), frames_of(ServerFrame)
    # Each event has a message of its own.
    del server_frames[EventFrame.__name__]
    frame_kinds = client_frames | server_frames
    events = {kind.__name__: kind for kind in EVENTS.values()}
    list_events = [name for name, kind in events.items() if kind.name in LIST_EVENTS]
    account_events = [name for name in events if name not in list_events]
    on_socket = [*(name for name in server_frames if name != Closed.__name__), *events]
    on_list_stream = [*ON_STREAMS, *list_events]
    on_own_stream = [*ON_STREAMS, *account_events]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Livelist", "version": VERSION, "description": DESCRIPTION,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {
            "socket": _socket_channel([*client_frames, *on_socket]),
            "listEvents": _stream_channel("/api/v1/lists/{list_id}/events", on_list_stream),
            "ownEvents": _stream_channel("/api/v1/users/me/events", on_own_stream),
        },
        "operations": {
            **{name[0].lower() + name[1:]: _client_operation(name) for name in client_frames},
            **_server_operations(on_socket, on_list_stream, on_own_stream),
        },
        "components": {
            "messages": {
                **{name: _frame_message(kind) for name, kind in frame_kinds.items()},
                **{name: _event_message(kind) for name, kind in events.items()},
            },
            "schemas": _schemas([*frame_kinds.values(), EventFrame], events.values()),
            "securitySchemes": _security_schemes(),
        },
    }  # fmt: skip


def frames_of(base: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Return the frames of the contract that derive from `base`, by the names of their models."""
    return {
        name: kind
        for name, kind in vars(frames).items()
        if isinstance(kind, type) and issubclass(kind, base) and "type" in kind.model_fields
    }


def _servers() -> Json:
    host = {"host": "localhost:8000", "description": "As `./livelist up` starts it."}
    return {
        "socket": {**host, "protocol": "ws", "security": [_ref("securitySchemes", "hello")]},
        "http": {**host, "protocol": "http", "security": [_ref("securitySchemes", "bearer")]},
    }


def _security_schemes() -> Json:
    return {
        "hello": {
            "type": "apiKey",
            "in": "user",
            "description": "A ticket (`POST /api/v1/ws-ticket`) or an access token, in the first "
            "frame. Nothing in the address and no cookie signs in.",
        },
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token, in the header `Authorization`.",
        },
    }


def _socket_channel(names: list[str]) -> Json:
    protocol = {"type": "string", "const": SUBPROTOCOL}
    headers = {
        "type": "object",
        "properties": {"Sec-WebSocket-Protocol": protocol},
        "required": ["Sec-WebSocket-Protocol"],
    }
    return {
        "address": "/ws",
        "title": "The socket",
        "description": SOCKET,
        "servers": [{"$ref": "#/servers/socket"}],
        "messages": {name: _ref("messages", name) for name in names},
        "bindings": {"ws": {"method": "GET", "headers": headers, "bindingVersion": "0.1.0"}},
        "x-close-codes": [
            {
                "code": int(close), "meaning": meaning.reason,
                "client_should": meaning.client_should, "reconnect": meaning.reconnect,
            }
            for close, meaning in CLOSES.items()
        ] + [FRAME_TOO_LARGE],
    }  # fmt: skip


def _stream_channel(address: str, names: list[str]) -> Json:
    channel: Json = {
        "address": address,
        "title": "Server-Sent Events",
        "description": STREAM,
        "servers": [{"$ref": "#/servers/http"}],
        "messages": {name: _ref("messages", name) for name in names},
    }
    if "{list_id}" in address:
        channel["parameters"] = {"list_id": {"description": "The list's id."}}
    return channel


def _client_operation(name: str) -> Json:
    operation: Json = {
        "action": "receive",
        "summary": f"A client sends `{_type_of(frames_of(Body)[name])}`.",
        "channel": {"$ref": "#/channels/socket"},
        "messages": [{"$ref": f"#/channels/socket/messages/{name}"}],
    }
    if name in REPLIES:
        operation["reply"] = {
            "channel": {"$ref": "#/channels/socket"},
            "messages": [
                {"$ref": f"#/channels/socket/messages/{reply}"} for reply in REPLIES[name]
            ],
        }
    return operation


def _server_operations(on_socket: list[str], on_list: list[str], on_own: list[str]) -> Json:
    """Return the operations of the three channels on which the server sends."""
    return {
        "hearSocket": _server_operation(
            "socket", on_socket, "Everything that the server sends on a socket."
        ),
        "followList": _server_operation("listEvents", on_list, "What happens in a list."),
        "followYourself": _server_operation("ownEvents", on_own, "What happens to an account."),
    }


def _server_operation(channel: str, names: list[str], summary: str) -> Json:
    operation: Json = {
        "action": "send",
        "summary": summary,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names],
    }
    if channel != "socket":
        operation["bindings"] = {"http": {"method": "GET", "bindingVersion": "0.3.0"}}
    return operation


def _frame_message(kind: type[BaseModel]) -> Json:
    return _message(_type_of(kind), kind, _ref("schemas", kind.__name__), frame_examples.of(kind))


def _event_message(kind: type[Event]) -> Json:
    """Return the message of one event: the event frame with the name and the data of `kind`."""
    specific = {
        "type": "object",
        "properties": {
            "event": {"type": "string", "const": kind.name},
            "data": _ref("schemas", kind.__name__),
        },
    }
    payload = {"allOf": [_ref("schemas", EventFrame.__name__), specific]}
    return _message(kind.name, kind, payload, frame_examples.of_event(kind))


def _message(name: str, kind: type[BaseModel], payload: Json, example: Json) -> Json:
    message: Json = {"name": name, "title": kind.__name__, "payload": payload}
    # Not an inherited docstring, which describes all events.
    if docstring := vars(kind).get("__doc__"):
        message["summary"] = " ".join(docstring.split())
    message["examples"] = [{"name": name, "payload": example}]
    return message


def _schemas(frame_kinds: list[type[BaseModel]], events: Any) -> Json:
    """Return the schemas of all frames and events, as they are on the wire."""
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (kind, "validation" if issubclass(kind, Body) else "serialization")
        for kind in (*frame_kinds, *events)
    ]
    _, generated = models_json_schema(modes, ref_template="#/components/schemas/{model}")
    schemas: Json = generated["$defs"]
    for kind in frame_kinds:
        if issubclass(kind, ServerFrame):
            # Pydantic treats every field with a default as optional. On the wire only null fields
            # are omitted, and none of an event, whose encoder is another (shared/event_log.py).
            schemas[kind.__name__]["required"] = [
                name
                for name, field in kind.model_fields.items()
                if field.default is not None or kind is EventFrame
            ]
    return schemas


def _type_of(kind: type[BaseModel]) -> str:
    """Return the `type` that identifies the frame on the wire."""
    [name] = get_args(kind.model_fields["type"].annotation)
    return str(name)


def _ref(section: str, name: str) -> Json:
    return {"$ref": f"#/components/{section}/{name}"}


def encoded() -> bytes:
    """Return the contents of docs/asyncapi.json."""
    return orjson.dumps(document(), option=orjson.OPT_INDENT_2) + b"\n"


if __name__ == "__main__":
    FILE.write_bytes(encoded())
    print(f"{FILE.relative_to(ROOT)} is up to date with shared/contract.", file=sys.stderr)
