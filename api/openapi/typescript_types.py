"""Generate the wire types of the clients: `python -m api.openapi.typescript_types`.

    OpenAPI components  ─┐                 ┌─ one type for each component
                         ├→ contract.d.ts ─┤
    AsyncAPI components ─┘                 └─ unions: EventFrame, ServerFrame, ClientFrame

web/types/contract.d.ts is what this module writes, and web/sync/empty_todo.js: the values of a todo
that has nothing in it, and web/store/policy.js: which role allows which action. A test fails when a file
is stale. It also writes the types of the Python client (python_types.py). The web client imports its types
in JSDoc comments, and `deno check` verifies every use.
"""

import sys

import orjson

from api.openapi import asyncapi, python_types
from api.openapi.contract_schemas import Json, all_schemas
from shared.access.policy import ALLOWED, GUEST_ACTIONS
from shared.contract.base import Body
from shared.contract.events import EVENTS
from shared.contract.frames import EventFrame, ServerFrame
from shared.contract.shapes import Role
from shared.settings import ROOT
from shared.todos.rules.todo_edits import empty_fields

HEADER = """\
// The wire types of Livelist. Generated from the OpenAPI and AsyncAPI documents by
// `python -m api.openapi.typescript_types`: do not edit.
"""
EMPTY_TODO_HEADER = """\
// The editable fields of a todo that has nothing in it. Generated from TodoShape and TodoFields by
// `python -m api.openapi.typescript_types`: do not edit.

/**
 * @import { EditBody, TodoShape } from '../types/contract.d.ts'
 */

/** @type {Pick<TodoShape, keyof TodoShape & keyof EditBody>} */
"""
POLICY_HEADER = """\
// Which role in a list allows which action. Generated from shared/access/policy.py by
// `python -m api.openapi.typescript_types`: do not edit.

/**
 * @import { Role } from '../types/contract.d.ts'
"""
PRIMITIVES = {
    "string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null",
}  # fmt: skip


def contract_types() -> str:
    """Return the text of web/types/contract.d.ts."""
    declarations = [_declaration(name, schema) for name, schema in sorted(all_schemas().items())]
    return "\n".join([HEADER, *declarations, *_unions()])


def empty_todo() -> str:
    """Return the text of web/sync/empty_todo.js."""
    fields = [
        f"  {name}: {orjson.dumps(value).decode()},".replace('"', "'")
        for name, value in empty_fields().items()
    ]
    return "\n".join([f"{EMPTY_TODO_HEADER}export const EMPTY_TODO = {{", *fields, "};\n"])


def policy() -> str:
    """Return the text of web/store/policy.js."""
    rows = {
        action: ", ".join(f"'{role}'" for role in Role if role in roles)
        for action, roles in ALLOWED.items()
    }
    typedef = [
        " * @typedef {",
        *(f" *   | '{action}'" for action in rows),
        " * } Action",
        " */",
        "",
    ]
    table = [f"  {action}: [{roles}]," for action, roles in rows.items()]
    start = ["/** @type {Readonly<Record<Action, readonly Role[]>>} */", "export const ALLOWED = {"]
    guest_start = [
        "};",
        "",
        "/**",
        " * What a guest may do, within the role of the share link.",
        " * @type {ReadonlySet<Action>}",
        " */",
        "export const GUEST_ACTIONS = new Set([",
    ]
    guest = [f"  '{action}'," for action in ALLOWED if action in GUEST_ACTIONS]
    return POLICY_HEADER + "\n".join([*typedef, *start, *table, *guest_start, *guest, "]);\n"])


# Each generated file, with the function that returns its text.
FILES = {
    ROOT / "web/types/contract.d.ts": contract_types,
    ROOT / "web/sync/empty_todo.js": empty_todo,
    ROOT / "web/store/policy.js": policy,
    python_types.FILE: python_types.python_types,
}


def _declaration(name: str, schema: Json) -> str:
    if "properties" not in schema:
        return f"export type {name} = {_type(schema)};\n"
    return f"export interface {name} {_type(schema)}\n"


def _type(schema: Json) -> str:  # noqa: PLR0911  one case for each form of a schema
    """Return the TypeScript type of a JSON schema."""
    match schema:
        case {"$ref": path}:
            return str(path).rpartition("/")[2]
        case {"const": value}:
            return f"'{value}'"
        case {"enum": values}:
            return " | ".join(f"'{value}'" for value in values)
        case {"anyOf": choices} | {"oneOf": choices}:
            return " | ".join(dict.fromkeys(map(_type, choices)))
        case {"type": "array", "items": items}:
            each = _type(items)
            return f"({each})[]" if " | " in each else f"{each}[]"
        case {"type": "object"}:
            return _object(schema)
    return PRIMITIVES.get(schema.get("type", ""), "unknown")


def _object(schema: Json) -> str:
    if "properties" not in schema:
        values = schema.get("additionalProperties", True)
        return f"Record<string, {'unknown' if values is True else _type(values)}>"
    required = schema.get("required", ())
    fields = [
        f"  {name}{'' if name in required else '?'}: {_type(field)};"
        for name, field in schema["properties"].items()
    ]
    return "\n".join(["{", *fields, "}"])


def _unions() -> list[str]:
    data = [f"  '{name}': {event.__name__};" for name, event in EVENTS.items()]
    received = sorted(asyncapi.frames_of(ServerFrame).keys() - {EventFrame.__name__})
    sent = sorted(asyncapi.frames_of(Body))
    frame = _object(EventFrame.model_json_schema() | {"required": list(EventFrame.model_fields)})
    frame = frame.replace("event: string", "event: Name").replace(
        "data: Record<string, unknown>", "data: EventData[Name]"
    )
    return [
        "/** The data of each event, by the name of the event. */",
        "\n".join(["export interface EventData {", *data, "}\n"]),
        "export type EventName = keyof EventData;\n",
        f"export interface EventFrameOf<Name extends EventName> {frame}\n",
        "/** A frame that carries an event: `event` decides the type of `data`. */",
        "export type EventFrame = { [Name in EventName]: EventFrameOf<Name> }[EventName];\n",
        "/** What the server sends over a socket. */",
        _union("ServerFrame", "EventFrame", *received),
        "/** What a client sends over a socket. */",
        _union("ClientFrame", *sent),
    ]


def _union(name: str, *members: str) -> str:
    return "\n  | ".join([f"export type {name} =", *members]) + ";\n"


if __name__ == "__main__":
    for file, source in FILES.items():
        file.write_text(source())
        print(f"{file.relative_to(ROOT)} is up to date.", file=sys.stderr)
