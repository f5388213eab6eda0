"""Input that is rejected with a problem before it reaches a route."""

import json
from typing import Annotated

import httpx
import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, TypeAdapter, ValidationError

from api.http.problems import problem_of
from shared.text import NotAcceptableError

JSON = {"content-type": "application/json"}


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["request_id"] == answer.headers["x-request-id"]


async def test_a_body_arrives_as_it_was_sent(client: httpx.AsyncClient) -> None:
    body = {"title": "Milk \u00fc \U0001f600", "more": [1, 2.5, None, {"a": True}]}

    answer = await client.post("/api/v1/echo", json=body)

    assert answer.status_code == 200
    assert answer.json() == body


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b'{"title": NaN}', b'{"title": 1e400}', b'{"title": "a", "title": "b"}',
        b'{"title": "\\ud800"}', b'{"title": "\\u0000"}', b'{"title": 9007199254740992}',
        b'{"title": "\xff"}', b'{"title":' * 1000, b"[" * 100_000, b"null", b'"text"', b"[]",
    ],
    ids=lambda body: repr(body[:24]),
)  # fmt: skip
async def test_a_body_that_cannot_be_read_is_answered_with_a_problem(
    client: httpx.AsyncClient, body: bytes
) -> None:
    answer = await client.post("/api/v1/echo", content=body, headers=JSON)

    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] in ("bad_json", "invalid")


async def test_a_problem_never_repeats_what_was_sent(client: httpx.AsyncClient) -> None:
    canary = "canary-5c1f"

    answers = [
        await client.post("/api/v1/echo", json={"title": [canary]}),
        await client.post("/api/v1/echo", json={canary: canary}),
        await client.post("/api/v1/echo", content=f'{{"{canary}": NaN}}', headers=JSON),
        await client.post("/api/v1/echo", content=canary, headers={"content-type": canary}),
        await client.get(f"/api/v1/{canary}"),
    ]

    for answer in answers:
        assert 400 <= answer.status_code < 500
        problem = answer.json()
        # `errors` names unknown fields, but never contains their values.
        problem.pop("errors", None)
        assert canary not in str(problem)


def test_the_message_of_a_library_is_not_passed_on() -> None:
    def parse(text: str) -> int:
        return int(text)

    def refuse(text: str) -> int:
        raise NotAcceptableError("must be even")

    messages = []
    for function in (parse, refuse):
        with pytest.raises(ValidationError) as caught:
            TypeAdapter(Annotated[str, AfterValidator(function)]).validate_python("canary-5c1f")
        response = problem_of(RequestValidationError(caught.value.errors()))
        assert response is not None
        messages.append(json.loads(bytes(response.body))["errors"][0]["message"])

    assert messages == ["is not acceptable", "must be even"]


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a", "",
        "application/json; charset=latin-1", "application/xml", "text/json", "APPLICATION", "\u00ff",
    ],
)  # fmt: skip
async def test_a_body_that_is_not_json_in_utf_8_is_refused(
    client: httpx.AsyncClient, kind: str
) -> None:
    answer = await client.post(
        "/api/v1/echo", content=b'{"title": "a"}', headers={b"content-type": kind.encode("latin-1")}
    )

    assert_problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON", 'application/json; charset="UTF-8"']
)
async def test_the_media_type_of_json_is_accepted_in_every_spelling(
    client: httpx.AsyncClient, kind: str
) -> None:
    answer = await client.post(
        "/api/v1/echo", content=b'{"title": "a"}', headers={"content-type": kind}
    )

    assert answer.status_code == 200


async def test_a_compressed_body_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/api/v1/echo", content=b"\x1f\x8b", headers=JSON | {"content-encoding": "gzip"}
    )

    assert_problem(answer, 415, "unsupported_media_type")


async def test_the_password_form_is_a_form(client: httpx.AsyncClient) -> None:
    as_form = await client.post("/api/v1/auth/token", data={"username": "ana"})
    as_json = await client.post("/api/v1/auth/token", json={"username": "ana"})

    assert as_form.json() == {"username": "ana"}
    assert_problem(as_json, 415, "unsupported_media_type")


async def test_a_write_without_a_body_needs_no_type(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/anything")

    assert answer.json() == {"body": None}


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/things/%00", "/api/v1/things/%ff", "/api/v1/things/%ed%a0%80", "/%00", "/lists/%c3",
        "/api/v1/echo?word=%00", "/api/v1/echo?word=%ff", "/api/v1/echo?%00=a", "/web/%00.js",
        "/api/v1/echo?word=a%C3", "/health?a=%fe",
    ],
)  # fmt: skip
async def test_an_address_that_is_not_text_is_refused(
    client: httpx.AsyncClient, address: str
) -> None:
    answer = await client.get(address, headers={"accept": "text/html"})

    assert_problem(answer, 400, "bad_request")


async def test_an_address_may_hold_any_text(client: httpx.AsyncClient) -> None:
    path = await client.get("/api/v1/things/%C3%BC%25%F0%9F%98%80")
    query = await client.get("/api/v1/echo?word=%C3%BC%25+100")

    assert path.json() == {"id": "\u00fc%\U0001f600"}
    assert query.json() == {"word": "\u00fc% 100"}


async def test_a_body_of_exactly_one_mebibyte_passes_and_one_byte_more_does_not(
    client: httpx.AsyncClient,
) -> None:
    frame = b'{"title": ""}'
    largest = frame.replace(b'""', b'"' + b"a" * (1024 * 1024 - len(frame)) + b'"')

    fits = await client.post("/api/v1/echo", content=largest, headers=JSON)
    too_large = await client.post("/api/v1/echo", content=largest + b" ", headers=JSON)

    assert fits.status_code == 200
    assert_problem(too_large, 413, "too_large")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/v1", 404, "not_found"),
        ("GET", "/api/v1/nothing/", 404, "not_found"),
        ("PUT", "/api/v1/echo", 405, "method_not_allowed"),
        ("POST", "/health", 405, "method_not_allowed"),
        ("POST", "/nothing", 405, "method_not_allowed"),
        ("POST", "/web/nothing.js", 405, "method_not_allowed"),
        ("GET", "/ws", 404, "not_found"),
        ("GET", "/dev/nothing", 404, "not_found"),
        ("GET", "/web/nothing.js", 404, "not_found"),
    ],
)
async def test_a_wrong_address_or_method_is_a_problem(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await client.request(method, path, headers={"accept": "text/html"})

    assert_problem(answer, status, code)
    if status == 405:
        assert answer.headers["allow"]
