"""Wrong values for every parameter and body field of every route, made from the OpenAPI document."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from api.http.paths import API
from tests.support.features.permissions import ROUTES
from tests.support.openapi_document import DOCUMENT

CANARY = "canary-7f3a91"

NOT_FLAGS = ("yes", "true", "on", 1, 0, 1.0)
NOT_INTEGERS = (True, "1", 2.0, 1e3, [1])
NOT_QUERY_FLAGS = ("yes", "on", "1", "0", "True", "t", "")
NOT_QUERY_INTEGERS = ("1.0", "1e1", "1_0", "+1", " 1", "٣", "0x1", "01", "true")

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Field:
    """A field of the body of a route, by its path in the body, or a parameter of its query."""

    route: str
    path: Path
    schema: dict[str, Any] = field(hash=False, compare=False)

    def __str__(self) -> str:
        return f"{self.route} {'.'.join(map(str, self.path))}"

    @property
    def types(self) -> set[str]:
        return _types(self.schema)


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every route of the API, named as in ROUTES, with its operation in the document."""
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            if path.startswith(f"{API}/"):
                yield f"{method.upper()} {path.removeprefix(API)}", operation


def query_fields() -> list[Field]:
    return [
        Field(route, (parameter["name"],), parameter["schema"])
        for route, operation in operations()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query"
    ]


def body_fields() -> list[Field]:
    return [
        Field(route, path, schema)
        for route, operation in operations()
        for path, schema in _walk(_body_schema(operation), ())
    ]


def body_objects() -> list[Field]:
    """Return every object in a body that has named fields, the body itself included."""
    return [
        Field(route, path, schema)
        for route, operation in operations()
        for path, schema in [((), _body_schema(operation)), *_walk(_body_schema(operation), ())]
        if any("properties" in each for each in _choices(schema))
    ]


def with_value(body: Any, path: Path, value: Any) -> Any:
    """Return `body` with `value` at `path`; what is missing on the way is added."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        return [with_value(body[0] if isinstance(body, list) and body else None, rest, value)]
    changed = deepcopy(body) if isinstance(body, dict) else {}
    changed[step] = with_value(changed.get(step), rest, value)
    return changed


def body_of(route: str) -> Any:
    return ROUTES[route]


def _body_schema(operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    schema: dict[str, Any] = content.get("application/json", {}).get("schema", {})
    return schema


def _walk(schema: dict[str, Any], path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every field below `schema`, with its path."""
    for choice in _choices(schema):
        inner: Sequence[tuple[str | int, Any]] = list(choice.get("properties", {}).items())
        if isinstance(choice.get("additionalProperties"), dict):
            names = _resolved(choice.get("propertyNames", {})).get("enum", ["name"])
            inner = [*inner, (names[0], choice["additionalProperties"])]
        if "items" in choice:
            inner = [*inner, (0, choice["items"])]
        for step, below in inner:
            yield (*path, step), below
            yield from _walk(below, (*path, step))


def _choices(schema: dict[str, Any]) -> list[dict[str, Any]]:
    resolved = _resolved(schema)
    choices = resolved.get("anyOf") or resolved.get("oneOf", ())
    return [each for choice in choices for each in _choices(choice)] or [resolved]


def _types(schema: dict[str, Any]) -> set[str]:
    return {str(choice.get("type")) for choice in _choices(schema)} - {"null"}


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema
