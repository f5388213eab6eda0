"""The AsyncAPI document of everything live, made from shared/contract: `python -m api.openapi.asyncapi`.

    channels    /ws, and the two addresses of Server-Sent Events
    messages    every frame and every event there is, with its schema and an example
    operations  what a client may say, with its answers; what it hears

docs/asyncapi.json is what this prints; a test holds them together. What the frames mean, in which
order they come, and what to do about them is docs/protocol.md's.
"""

import sys
from typing import Any, get_args

import orjson
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from api.openapi import frame_examples
from api.openapi.documentation import VERSION
from realtime.limits import Limits
from shared.contract import frames
from shared.contract.base import Body
from shared.contract.events import EVENTS, ON_LISTS, Event
from shared.contract.frames import CLOSES, SUBPROTOCOL, Closed, EventFrame, ServerFrame
from shared.settings import ROOT

Json = dict[str, Any]

FILE = ROOT / "docs/asyncapi.json"
DESCRIPTION = """\
Everything that happens in shared to-do lists, in order, without gaps, and resumed after a break: over
a WebSocket, or as Server-Sent Events. docs/protocol.md tells a client developer the same in words.
Requests and answers over HTTP are in the OpenAPI document.
"""
SOCKET = """\
Text messages of JSON, both ways. The first is `hello`, within 5 s. The server may send several frames
as one `batch`. Why a socket was closed is told by its code: see `x-close-codes`.
"""
STREAM = """\
`GET` with `Accept: text/event-stream`. Each message is the `data` of one server-sent event; events of
the list carry no event name, other frames that of their type. `id` is `<epoch>:<seq>`, and
`Last-Event-ID` resumes after it. `reset`, `unsubscribed`, `error` and `closed` are the last of a stream.
"""
# What answers what is in no schema; a frame that is not named here has no answer of its own.
ANSWERS: dict[str, tuple[str, ...]] = {
    "Hello": ("Welcome",),
    "Subscribe": ("Subscribed", "Reset", "Failed"),
    "Unsubscribe": ("Unsubscribed",),
    "Auth": ("Authenticated", "Failed"),
    "SayPresence": ("Presence", "Failed"),
    "SayEditing": ("Failed",),
}
# Said by the WebSocket's own rules, before the frame is read to its end.
FRAME_TOO_LARGE = {
    "code": 1009, "meaning": f"A frame was larger than {Limits.frame_bytes // 1024} KiB.",
    "client_should": "stop, and tell the person", "reconnect": False,
}  # fmt: skip
# One subscription, nothing to answer: the few frames that are left when nobody speaks.
ON_STREAMS = ("Subscribed", "Reset", "Unsubscribed", "Ping", "Expiring", "Failed", "Closed")


def document() -> Json:
    """Returns the AsyncAPI 3 document."""
    said, heard = frames_of(Body), frames_of(ServerFrame)
    del heard[EventFrame.__name__]
    events = {kind.__name__: kind for kind in EVENTS.values()}
    on_socket = [*(name for name in heard if name != Closed.__name__), *events]
    of_lists = [name for name, kind in events.items() if kind.name in ON_LISTS]
    in_list = [*ON_STREAMS, *of_lists]
    own = [*ON_STREAMS, *(name for name in events if name not in of_lists)]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Livelist", "version": VERSION, "description": DESCRIPTION,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {
            "socket": _socket([*said, *on_socket]),
            "listEvents": _stream("/api/v1/lists/{list_id}/events", in_list),
            "ownEvents": _stream("/api/v1/users/me/events", own),
        },
        "operations": {
            **{name[0].lower() + name[1:]: _saying(name) for name in said},
            "hearSocket": _hearing("socket", on_socket, "Everything the server says on a socket."),
            "followList": _hearing("listEvents", in_list, "What happens in a list."),
            "followYourself": _hearing("ownEvents", own, "What happens to an account."),
        },
        "components": {
            "messages": {
                **{name: _frame_message(kind) for name, kind in (said | heard).items()},
                **{name: _event_message(kind) for name, kind in events.items()},
            },
            "schemas": _schemas([*said.values(), *heard.values(), EventFrame], events.values()),
            "securitySchemes": _security_schemes(),
        },
    }  # fmt: skip


def frames_of(base: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Returns the frames of the contract that go one way, by the names of their models."""
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


def _socket(names: list[str]) -> Json:
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


def _stream(address: str, names: list[str]) -> Json:
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


def _saying(name: str) -> Json:
    operation: Json = {
        "action": "receive",
        "summary": f"A client says `{_type_of(frames_of(Body)[name])}`.",
        "channel": {"$ref": "#/channels/socket"},
        "messages": [{"$ref": f"#/channels/socket/messages/{name}"}],
    }
    if name in ANSWERS:
        operation["reply"] = {
            "channel": {"$ref": "#/channels/socket"},
            "messages": [{"$ref": f"#/channels/socket/messages/{one}"} for one in ANSWERS[name]],
        }
    return operation


def _hearing(channel: str, names: list[str], summary: str) -> Json:
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
    """The frame of all events, with the name and the data of this one."""
    own = {
        "type": "object",
        "properties": {
            "event": {"type": "string", "const": kind.name},
            "data": _ref("schemas", kind.__name__),
        },
    }
    payload = {"allOf": [_ref("schemas", EventFrame.__name__), own]}
    return _message(kind.name, kind, payload, frame_examples.of_event(kind))


def _message(name: str, kind: type[BaseModel], payload: Json, example: Json) -> Json:
    message: Json = {"name": name, "title": kind.__name__, "payload": payload}
    # Not an inherited docstring: that would tell what all events are.
    if told := vars(kind).get("__doc__"):
        message["summary"] = " ".join(told.split())
    message["examples"] = [{"name": name, "payload": example}]
    return message


def _schemas(of_frames: list[type[BaseModel]], events: Any) -> Json:
    """Returns the schemas of all that goes over the wire, as it looks there."""
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (kind, "validation" if issubclass(kind, Body) else "serialization")
        for kind in (*of_frames, *events)
    ]
    _, found = models_json_schema(modes, ref_template="#/components/schemas/{model}")
    schemas: Json = found["$defs"]
    for kind in of_frames:
        if issubclass(kind, ServerFrame):
            # Pydantic holds for optional whatever has a default. On the wire only null is left out,
            # and not of events, which another hand encodes.
            fields = kind.model_fields.items()
            schemas[kind.__name__]["required"] = [
                name for name, one in fields if one.default is not None or kind is EventFrame
            ]
    return schemas


def _type_of(kind: type[BaseModel]) -> str:
    """Returns the `type` that marks the frame on the wire."""
    [name] = get_args(kind.model_fields["type"].annotation)
    return str(name)


def _ref(section: str, name: str) -> Json:
    return {"$ref": f"#/components/{section}/{name}"}


def encoded() -> bytes:
    """Returns the document as docs/asyncapi.json holds it."""
    return orjson.dumps(document(), option=orjson.OPT_INDENT_2) + b"\n"


if __name__ == "__main__":
    FILE.write_bytes(encoded())
    print(f"{FILE.relative_to(ROOT)} is as shared/contract has it.", file=sys.stderr)
