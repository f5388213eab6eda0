"""Generate the wire types of the Python client. `python -m api.openapi.typescript_types` writes them.

The answers of livelist_client are TypedDicts, because the client passes JSON on as it received it. They come
from the same documents as the types of the web client, and a test fails when the file is stale.
"""

from api.openapi.contract_schemas import Json, all_schemas
from shared.contract.events import EVENTS
from shared.contract.frames import EventFrame
from shared.settings import ROOT

FILE = ROOT / "clients/python/src/livelist_client/shapes.py"
# What the client sends or returns; every type that one of these needs is written as well.
WANTED = (
    "AccountSnapshot", "AttachmentShape", "CommentBody", "CommentShape", "CommentVersionsShape",
    "EditBody", "EditedTodoShape", "Items_LabelShape_", "Items_MemberShape_", "LabelEditBody",
    "LabelShape", "ListEditBody", "ListSnapshot", "ListSnapshots", "MemberShape", "MissedEvents",
    "MoveBody", "MyListShape", "NewLabelBody", "NewListBody", "NewTodoBody", "Page_CommentShape_",
    "Page_MyListShape_", "Page_ReminderShape_", "Problem", "ReminderBody", "ReminderShape", "SnoozeBody",
    "TodoPage", "TodoShape", "TodoStatus",
    *(event.__name__ for event in EVENTS.values()),
)  # fmt: skip
HEADER = '''\
"""The wire types of Livelist, as JSON has them.

Generated from the OpenAPI and AsyncAPI documents by `python -m api.openapi.typescript_types`: do not edit.
"""

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict
'''
PRIMITIVES = {
    "string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None",
}  # fmt: skip
# A longer list of values is written one a line, as the formatter wants it.
LINE_LENGTH = 95


def python_types() -> str:
    """Return the text of shapes.py."""
    schemas = all_schemas()
    frame = EventFrame.model_json_schema()
    # Every field is sent, also one with a default.
    schemas |= frame.get("$defs", {}) | {
        EventFrame.__name__: frame | {"required": [*frame["properties"]]}
    }
    names = sorted(_with_parts(WANTED, schemas))
    aliases = [name for name in names if "properties" not in schemas[name] and name not in _EVENTS]
    classes = [name for name in names if name not in aliases]
    parts = [HEADER, *(f"{name}: TypeAlias = {_type(schemas[name])}" for name in aliases)]
    return "\n".join(parts) + "\n" + "".join(_class(name, schemas[name]) for name in classes)


_EVENTS = {event.__name__ for event in EVENTS.values()}


def _with_parts(names: tuple[str, ...], schemas: dict[str, Json]) -> set[str]:
    found: set[str] = set()
    waiting = [*names]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(schemas[name])
    return found


def _references(schema: object) -> list[str]:
    match schema:
        case {"$ref": str(path)}:
            return [path.rpartition("/")[2]]
        case dict():
            return [name for part in schema.values() for name in _references(part)]
        case list():
            return [name for part in schema for name in _references(part)]
    return []


def _class(name: str, schema: Json) -> str:
    required = schema.get("required", ())
    fields = [
        f"    {field}: {_type(value) if field in required else f'NotRequired[{_type(value)}]'}"
        for field, value in schema.get("properties", {}).items()
    ]
    return "\n".join(["", "", f"class {_name(name)}(TypedDict):", *(fields or ["    pass"]), ""])


def _name(name: str) -> str:
    """Return `PageOfComments`-like names without the underscores of generic models."""
    return name.replace("_", "")


def _type(schema: Json) -> str:  # noqa: PLR0911  one case for each form of a schema
    """Return the Python type of a JSON schema."""
    match schema:
        case {"$ref": path}:
            return f'"{_name(str(path).rpartition("/")[2])}"'
        case {"const": value}:
            return _literal([value])
        case {"enum": values}:
            return _literal(values)
        case {"anyOf": choices} | {"oneOf": choices}:
            return _union([*dict.fromkeys(map(_type, choices))])
        case {"type": "array", "items": items}:
            return f"list[{_type(items)}]"
        case {"type": "object"}:
            values = schema.get("additionalProperties", True)
            return f"dict[str, {'Any' if values is True else _type(values)}]"
    return PRIMITIVES.get(schema.get("type", ""), "Any")


def _union(choices: list[str]) -> str:
    """Return a union as one text where it names a class: `|` does not take texts."""
    text = " | ".join(choices)
    return '"' + text.replace('"', "") + '"' if '"' in text and len(choices) > 1 else text


def _literal(values: list[object]) -> str:
    texts = [f'"{value}"' if isinstance(value, str) else repr(value) for value in values]
    line = f"Literal[{', '.join(texts)}]"
    if len(line) < LINE_LENGTH - len("Colour: TypeAlias = "):
        return line
    return "\n".join(["Literal[", *(f"    {text}," for text in texts), "]"])
