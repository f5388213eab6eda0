"""The OpenAPI document is complete and agrees with the routes, and /docs shows it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter

from api.http.input_checks import FORM_PATHS
from api.http.problems import Problem
from api.main import ROUTERS
from api.openapi import examples
from api.openapi.documentation import TAGS
from tests.support.openapi_document import DOCUMENT

SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


def each_operation() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())


@each_operation()
def test_every_operation_has_a_summary_and_known_tags(operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["operationId"].isidentifier()
    assert set(operation["tags"]) <= {tag["name"] for tag in TAGS}


def test_operation_ids_are_unique() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]

    assert len(set(names)) == len(names)


@each_operation()
def test_every_error_is_documented_as_a_problem(operation: dict[str, Any]) -> None:
    errors = {status: answer for status, answer in operation["responses"].items() if status >= "4"}

    if "security" in operation:
        assert "401" in errors
    for status, error in errors.items():
        content = error["content"]
        if "application/json" in content:
            # /health has the same body with status 503.
            assert content["application/json"]["schema"]["$ref"].endswith("/HealthReport")
            continue
        assert content["application/problem+json"]["schema"] == {
            "$ref": "#/components/schemas/Problem"
        }, status


@each_operation()
def test_every_operation_of_the_api_documents_the_errors_of_the_middleware(
    operation: dict[str, Any],
) -> None:
    if operation["tags"] == ["operations"]:
        return
    assert {"400", "503"} <= set(operation["responses"])
    if "requestBody" in operation:
        assert {"408", "413", "415", "422"} <= set(operation["responses"])


def has_example(media: dict[str, Any]) -> bool:
    if "example" in media or "examples" in media:
        return True
    schema = media["schema"]
    choices = schema.get("anyOf") or schema.get("oneOf") or [schema]
    return all(
        _resolved(choice).get("examples") for choice in choices if choice.get("type") != "null"
    )


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    target: dict[str, Any] = SCHEMAS[schema["$ref"].split("/")[-1]]
    return target


@each_operation()
def test_every_body_and_every_answer_has_an_example(operation: dict[str, Any]) -> None:
    for media in operation.get("requestBody", {}).get("content", {}).values():
        assert has_example(media)
    for status, answer in operation["responses"].items():
        for media in answer.get("content", {}).values():
            assert has_example(media), status


@each_operation()
def test_writes_document_their_headers(operation: dict[str, Any]) -> None:
    names = {parameter["name"] for parameter in operation.get("parameters", ())}
    answers = operation["responses"]

    if "Idempotency-Key" in names:
        (status,) = [status for status in answers if status.startswith("2")]
        assert "Livelist-Seq" in answers[status]["headers"]
    for status in ("429", "503"):
        if status in answers and "operations" not in operation["tags"]:
            assert "Retry-After" in answers[status]["headers"]


def models() -> Iterator[tuple[str, Any]]:
    """Yield each model that is a body or an answer of a route, with the name of its schema."""
    yield "Problem", Problem
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            if route.body_field is not None:
                for name, model in _named(route.body_field.field_info.annotation):
                    # FastAPI generates the model of a form and gives it this name.
                    yield f"Body_{route.name}" if name.startswith("Body_") else name, model
            if route.response_model is not None:
                yield from _named(route.response_model)


def _named(annotation: Any) -> Iterator[tuple[str, Any]]:
    for part in getattr(annotation, "__args__", None) or (annotation,):
        if isinstance(part, type) and issubclass(part, BaseModel):
            yield part.__name__.replace("[", "_").replace("]", "_"), part


@pytest.mark.parametrize(("name", "model"), dict(models()).items())
def test_every_example_is_valid_for_its_model(name: str, model: Any) -> None:
    example = examples.example_of(name)

    assert example is not None
    adapter = TypeAdapter(model)
    value = adapter.validate_python(example)
    if name in examples.ANSWERS:
        # The example of an answer has every field, in the form in which it is sent.
        assert adapter.dump_python(value, mode="json") == example or name == "Problem"


def test_every_example_belongs_to_a_schema() -> None:
    assert {*examples.ANSWERS, *examples.BODIES} <= set(SCHEMAS)


# The keywords that our models use: of JSON Schema 2020-12, and OpenAPI's `discriminator`.
# Generators of clients ignore others.
KEYWORDS = {
    "$ref", "additionalProperties", "anyOf", "const", "default", "description", "discriminator", "enum",
    "examples", "format", "items", "maxItems", "maxLength", "maximum", "minItems", "minLength", "minimum",
    "oneOf", "pattern",
    "properties", "propertyNames", "required", "title", "type", "writeOnly",
}  # fmt: skip


# Those that bound values of one type. A validator ignores them on values of another type.
BOUNDS = {
    "array": {"maxItems", "minItems"},
    "string": {"maxLength", "minLength", "pattern"},
    "integer": {"maximum", "minimum"},
}


def schemas_in(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every schema below a part of the document that is no schema itself."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "schema":
                yield from _with_inner(value)
            elif key not in ("example", "examples"):
                yield from schemas_in(value)
    elif isinstance(part, list):
        for value in part:
            yield from schemas_in(value)


def _with_inner(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    inner = [
        *schema.get("anyOf", ()),
        *schema.get("oneOf", ()),
        *schema.get("properties", {}).values(),
    ]
    inner += [schema[key] for key in ("items", "additionalProperties") if key in schema]
    for each in inner:
        if isinstance(each, dict):
            yield from _with_inner(each)


def test_every_schema_uses_keywords_of_json_schema() -> None:
    schemas = [
        *schemas_in(DOCUMENT["paths"]),
        *schemas_in([{"schema": it} for it in SCHEMAS.values()]),
    ]

    assert len(schemas) > 1000
    assert [schema for schema in schemas if set(schema) - KEYWORDS] == []
    for kind, bounds in BOUNDS.items():
        others = [it for it in schemas if it.get("type") not in (kind, "number", None)]
        assert [schema for schema in others if set(schema) & bounds] == []


@each_operation()
def test_no_parameter_is_null(operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        assert {"type": "null"} not in parameter["schema"].get("anyOf", ()), parameter["name"]


def test_the_document_says_what_an_id_and_an_address_look_like() -> None:
    list_id = SCHEMAS["NewTodoBody"]["properties"]["list_id"]["anyOf"][0]
    cursor = next(
        parameter["schema"]
        for parameter in OPERATIONS["GET /api/v1/lists"]["parameters"]
        if parameter["name"] == "cursor"
    )

    assert list_id["pattern"] == cursor["pattern"] == "^[0-9a-hjkmnp-tv-z]{26}$"
    assert SCHEMAS["Registering"]["properties"]["email"]["format"] == "email"


def test_a_required_field_of_a_form_is_not_empty() -> None:
    forms = [schema for name, schema in SCHEMAS.items() if name.startswith("Body_")]

    assert len(forms) >= 2
    for form in forms:
        for name in form["required"]:
            # An empty field of a form counts as missing.
            assert form["properties"][name]["minLength"] == 1, (form["title"], name)


def test_the_authorize_button_uses_the_path_of_the_token_form() -> None:
    schemes = DOCUMENT["components"]["securitySchemes"]
    (scheme,) = [each for each in schemes.values() if each["type"] == "oauth2"]

    assert scheme["flows"]["password"]["tokenUrl"] in FORM_PATHS


async def test_the_page_loads_nothing_from_other_servers(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")

    assert page.status_code == 200
    assert "//" not in page.text.replace("<!doctype", "")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    for path in ("/docs/start.js", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css"):
        assert path in page.text
        answer = await client.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(("text/javascript", "text/css"))


async def test_the_document_is_served(client: httpx.AsyncClient) -> None:
    answer = await client.get("/openapi.json")

    assert answer.json()["info"]["title"] == "Livelist"
