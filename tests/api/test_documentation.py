"""The OpenAPI document is complete, and true where it can be checked; the page shows it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter

from api.http.middleware.input_checks import FORM_PATHS
from api.http.problems import Problem
from api.main import ROUTERS, create_app
from api.openapi import examples
from api.openapi.documentation import TAGS
from shared.settings import Settings

DOCUMENT: dict[str, Any] = create_app(Settings.from_variables({})).openapi()
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


def each_operation() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())


@each_operation()
def test_every_operation_says_what_it_does_and_is_sorted(operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["operationId"].isidentifier()
    assert set(operation["tags"]) <= {tag["name"] for tag in TAGS}


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]

    assert len(set(names)) == len(names)


@each_operation()
def test_every_refusal_is_documented_as_the_problem_that_it_is(operation: dict[str, Any]) -> None:
    refusals = {status: one for status, one in operation["responses"].items() if status >= "4"}

    if "security" in operation:
        assert "401" in refusals
    for status, refusal in refusals.items():
        content = refusal["content"]
        if "application/json" in content:
            # /health says how it stands, with whatever status.
            assert content["application/json"]["schema"]["$ref"].endswith("/HealthReport")
            continue
        assert content["application/problem+json"]["schema"] == {
            "$ref": "#/components/schemas/Problem"
        }, status


@each_operation()
def test_every_operation_of_the_api_documents_what_stands_before_it(
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
    one_of = schema.get("anyOf", [schema])
    return all(_schema(one).get("examples") for one in one_of if one.get("type") != "null")


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = SCHEMAS[schema["$ref"].split("/")[-1]] if "$ref" in schema else schema
    return found


@each_operation()
def test_every_body_and_every_answer_has_an_example(operation: dict[str, Any]) -> None:
    for media in operation.get("requestBody", {}).get("content", {}).values():
        assert has_example(media)
    for status, answer in operation["responses"].items():
        for media in answer.get("content", {}).values():
            assert has_example(media), status


@each_operation()
def test_writes_name_their_headers(operation: dict[str, Any]) -> None:
    names = {parameter["name"] for parameter in operation.get("parameters", ())}
    answers = operation["responses"]

    if "Idempotency-Key" in names:
        (status,) = [status for status in answers if status.startswith("2")]
        assert "Livelist-Seq" in answers[status]["headers"]
    for status in ("429", "503"):
        if status in answers and "operations" not in operation["tags"]:
            assert "Retry-After" in answers[status]["headers"]


def models() -> Iterator[tuple[str, Any]]:
    """Yields each model that a route takes or gives, with the name of its schema."""
    yield "Problem", Problem
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            if route.body_field is not None:
                for name, model in _named(route.body_field.field_info.annotation):
                    # A form has no model of its own; FastAPI makes one, and names it so.
                    yield f"Body_{route.name}" if name.startswith("Body_") else name, model
            if route.response_model is not None:
                yield from _named(route.response_model)


def _named(annotation: Any) -> Iterator[tuple[str, Any]]:
    for one in getattr(annotation, "__args__", None) or (annotation,):
        if isinstance(one, type) and issubclass(one, BaseModel):
            name = one.__name__.replace("[", "_").replace("]", "_")
            yield name, one


@pytest.mark.parametrize(("name", "model"), dict(models()).items())
def test_every_example_is_what_its_model_accepts(name: str, model: Any) -> None:
    example = examples.example_of(name)

    assert example is not None
    adapter = TypeAdapter(model)
    read = adapter.validate_python(example)
    if name in examples.ANSWERS:
        # An answer shows every field, as it is sent.
        assert adapter.dump_python(read, mode="json") == example or name == "Problem"


def test_no_example_is_of_nothing() -> None:
    assert {*examples.ANSWERS, *examples.BODIES} <= set(SCHEMAS)


def test_the_authorize_button_has_its_address() -> None:
    (scheme,) = DOCUMENT["components"]["securitySchemes"].values()

    assert scheme["flows"]["password"]["tokenUrl"] in FORM_PATHS


async def test_the_page_asks_nobody_else(client: httpx.AsyncClient) -> None:
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
