"""Routes are called as FastAPI calls them: with the same arguments, and the same errors."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, Literal

import httpx
import pytest
import pytest_asyncio
from fastapi import APIRouter, Body, Depends, FastAPI, Form, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import AfterValidator, Field

from api.http import middleware
from api.http.endpoint import Endpoint
from api.http.problems import problem_of
from shared.contract.base import Body as BodyShape
from shared.contract.base import Shape
from shared.errors import NotFound, Unauthenticated
from shared.settings import Settings
from tests.support.api_server import client_of

router = APIRouter(prefix="/api/v1")


class Filter(BodyShape):
    status: tuple[Literal["open", "done"], ...] = ()
    words: list[str] | None = None
    limit: Annotated[int, Field(ge=1)] = 50


class NewThing(BodyShape):
    title: str
    size: int = 1


class Thing(Shape):
    id: str
    name: str = Field("Milk", serialization_alias="title")


def _known(text: str) -> str:
    if text == "unknown":
        raise NotFound
    return text


calls: list[str] = []


async def caller(
    request: Request, token: Annotated[str | None, Header(alias="X-Token", max_length=5)] = None
) -> str:
    calls.append("caller")
    if token == "wrong":
        raise Unauthenticated
    return f"{request.url.path} {token}"


Caller = Annotated[str, Depends(caller)]


async def first(who: Caller) -> str:
    return f"first of {who}"


async def second(who: Caller, above: Annotated[str, Depends(first)], page: int = 1) -> str:
    calls.append("second")
    return f"second of {who}, {above}, {page}"


@router.get("/scalars/{thing_id}")
async def scalars(
    thing_id: Annotated[str, AfterValidator(_known)],
    number: int,
    several: Annotated[list[int] | None, Query()] = None,
    flag: bool = False,
    user_agent: Annotated[str, Header()] = "",
    kind: Literal["a", "b"] = "a",
) -> dict[str, Any]:
    return {"all": [thing_id, number, several, flag, user_agent, kind]}


@router.get("/model")
async def model(query: Annotated[Filter, Query()]) -> Filter:
    return query


@router.get("/nested")
async def nested(
    below: Annotated[str, Depends(second)], who: Caller, limit: Annotated[int, Query(le=9)] = 1
) -> list[Any]:
    calls.append("nested")
    return [below, who, limit]


@router.post("/body", status_code=201)
async def body(who: Caller, body: NewThing) -> NewThing:
    return body


@router.post("/perhaps")
async def perhaps(body: NewThing | None = None) -> dict[str, Any]:
    return {"body": body}


@router.post("/anything")
async def anything(body: Annotated[Any, Body()] = None) -> dict[str, Any]:
    return {"body": body}


@router.post("/auth/token")
async def form(
    name: Annotated[str, Form(max_length=5)], kind: Annotated[Literal["a"], Form()] = "a"
) -> list[str]:
    return [name, kind]


@router.get("/shape")
async def shape(response: Response) -> Thing:
    response.headers["ETag"] = '"3"'
    response.set_cookie("kind", "chocolate")
    response.set_cookie("size", "large")
    response.status_code = 202
    return Thing(id="1")


@router.get("/response", status_code=201)
async def plain() -> Response:
    return Response("as it is", 203, {"X-Kind": "own"})


@pytest_asyncio.fixture
async def ours(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI(redirect_slashes=False)
    app.include_router(router)
    middleware.install(app, settings)
    async with client_of(app) as client:
        yield client


@pytest_asyncio.fixture
async def fastapi() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI(redirect_slashes=False)
    app.include_router(router)

    async def answer(request: Request, error: Exception) -> Response:
        response = problem_of(error)
        assert response is not None
        return response

    for kind in (RequestValidationError, NotFound, Unauthenticated):
        app.add_exception_handler(kind, answer)
    async with client_of(app) as client:
        yield client


def essence(answer: httpx.Response) -> tuple[int, object, list[str]]:
    content: Any = answer.text
    if "json" in answer.headers.get("content-type", ""):
        content = answer.json()
    if answer.is_error:
        content.pop("request_id")
        # FastAPI repeats an error for each use of a dependency.
        content["errors"] = list(
            map(dict, {tuple(e.items()): e for e in content.get("errors", ())})
        )
    names = ("content-type", "etag", "x-kind", "set-cookie", "content-length")
    kept = [f"{name}: {answer.headers.get_list(name)}" for name in names]
    # A problem of ours contains the id of its request.
    return answer.status_code, content, kept[:4] if answer.is_error else kept


REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("GET /scalars/1?number=2", {}),
    ("GET /scalars/1?number=2&several=4&several=5&flag=yes&kind=b", {}),
    ("GET /scalars/1?number=2&several=", {}),
    ("GET /scalars/1?number=", {}),
    ("GET /scalars/1", {}),
    ("GET /scalars/unknown?number=1", {}),
    ("GET /scalars/%C3%BC?number=x&several=1&several=y&flag=perhaps&kind=c", {}),
    ("GET /scalars/1?number=2", {"headers": {"user-agent": "äö".encode("latin-1")}}),
    ("GET /model", {}),
    ("GET /model?status=open&status=done&words=a&limit=3", {}),
    ("GET /model?status=open&limit=2", {}),
    ("GET /model?status=no&words=a&words=b&limit=0", {}),
    ("GET /model?other=1&other=2&limit=x", {}),
    ("GET /nested", {}),
    ("GET /nested?page=2&limit=3", {"headers": {"x-token": "abc"}}),
    ("GET /nested?page=x&limit=10", {"headers": {"x-token": "abc"}}),
    ("GET /nested?page=x", {"headers": {"x-token": "wrong"}}),
    ("GET /nested", {"headers": {"x-token": "abcdef"}}),
    ("POST /body", {"json": {"title": "Milk"}}),
    ("POST /body", {"json": {"title": "Milk", "size": "2"}}),
    ("POST /body", {"json": {"size": [], "other": 1}}),
    ("POST /body", {"json": {"size": []}, "headers": {"x-token": "wrong"}}),
    ("POST /body", {"json": None}),
    ("POST /body", {"json": []}),
    ("POST /body", {"content": b"null", "headers": {"content-type": "application/json"}}),
    ("POST /body", {}),
    ("POST /perhaps", {}),
    ("POST /perhaps", {"content": b"null", "headers": {"content-type": "application/json"}}),
    ("POST /perhaps", {"json": {"title": "Milk"}}),
    ("POST /perhaps", {"json": {"name": "Milk"}}),
    ("POST /anything", {"json": {"a": [1, 2.5, True, None, "ü"]}}),
    ("POST /anything", {}),
    ("POST /auth/token", {"data": {"name": "ana", "other": "x"}}),
    ("POST /auth/token", {"data": {"name": "", "kind": "b"}}),
    ("POST /auth/token", {"data": {"name": "too long"}}),
    ("POST /auth/token", {}),
    ("GET /shape", {}),
    ("GET /response", {}),
]


@pytest.mark.parametrize(("address", "sent"), REQUESTS, ids=lambda given: str(given)[:60])
async def test_a_route_is_called_as_by_fastapi(
    ours: httpx.AsyncClient, fastapi: httpx.AsyncClient, address: str, sent: dict[str, Any]
) -> None:
    method, path = address.split()

    answer = await ours.request(method, f"/api/v1{path}", **sent)
    expected = await fastapi.request(method, f"/api/v1{path}", **sent)

    assert essence(answer) == essence(expected)


async def test_an_unknown_query_parameter_is_refused_after_the_caller_is_known(
    ours: httpx.AsyncClient,
) -> None:
    answer = await ours.get("/api/v1/scalars/1?number=2&unknown=3")
    of_dependencies = await ours.get("/api/v1/nested?page=2&limit=3")
    of_stranger = await ours.get("/api/v1/nested?unknown=3", headers={"x-token": "wrong"})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "unknown")
    assert (of_dependencies.status_code, of_stranger.status_code) == (200, 401)


async def test_a_dependency_is_called_once_and_none_after_an_error(ours: httpx.AsyncClient) -> None:
    calls.clear()
    await ours.get("/api/v1/nested")
    await ours.get("/api/v1/nested?page=x")

    assert calls == ["caller", "second", "nested", "caller"]


def in_a_thread() -> None:
    """Block: FastAPI would call this in a thread."""


async def with_cleanup() -> AsyncIterator[int]:
    """End after the response."""
    yield 1


async def needs_cleanup(value: Annotated[int, Depends(with_cleanup)]) -> None:
    """Need what ends after the response."""


@pytest.mark.parametrize("function", [in_a_thread, needs_cleanup])
def test_a_route_that_needs_a_thread_or_a_clean_up_is_refused(function: Callable[..., Any]) -> None:
    app = FastAPI()
    app.add_api_route("/slow", function)
    (route,) = [route for route in iter_route_contexts(app.routes) if route.path == "/slow"]

    with pytest.raises(TypeError, match="async def"):
        Endpoint(route)
