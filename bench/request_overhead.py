"""Measure what a request costs between the server and the command: routing, dependencies, log, headers.

    python -m bench.request_overhead [--rounds 7] [--calls 2000] [--profile NAME]

Calls the real application in this process, without a network, on an empty SQLite database. The routes
under /api/v1/bench declare what the hottest routes declare and answer with constant bytes, so the
figures hold no statement of theirs. `--profile` prints the functions of one case by their own time.
"""

import argparse
import asyncio
import cProfile
import pstats
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Response

from api.http.command_runner import Runner
from api.http.conditional_requests import ExpectedVersions
from api.http.dependencies import CurrentActor, OpenResources, PathId
from api.http.paths import API
from api.main import create_app
from api.routes.todos.todo_bodies import EditBody, TodoQuery
from bench.environment import describe_machine, new_uvloop
from console.schema.upgrade import upgrade
from shared.accounts.authentication.access_tokens import make_access_token
from shared.ids import new_id
from shared.logs import configure_logging
from shared.settings import Settings
from tests.support.settings import plain_settings
from tests.support.world_builder import World

# About a page of 50 todos.
PAGE = b'{"items":[' + b",".join([b'{"title":"Milk and bread for the weekend"}'] * 650) + b"]}"
TODO = b'{"id":"01","title":"Milk"}'
PATCH_BODY = b'{"title":"Milk and bread","base_seq":12}'

router = APIRouter(prefix="/bench")


@router.get("/page", response_model=None)
async def read_page(
    resources: OpenResources, actor: CurrentActor, query: Annotated[TodoQuery, Query()]
) -> Response:
    return Response(PAGE, media_type="application/json")


@router.get("/todos/{todo_id}", response_model=None)
async def read_todo(resources: OpenResources, actor: CurrentActor, todo_id: PathId) -> Response:
    return Response(TODO, media_type="application/json", headers={"ETag": '"1"'})


@router.patch("/todos/{todo_id}", response_model=None)
async def edit_todo(
    runner: Runner, todo_id: PathId, body: EditBody, expected_versions: ExpectedVersions
) -> Response:
    return Response(TODO, media_type="application/json", headers={"ETag": '"2"'})


@dataclass(frozen=True)
class Case:
    """One kind of request."""

    name: str
    method: str
    path: str
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    query: bytes = b""
    micros: list[float] = field(default_factory=list)

    def scope(self) -> dict[str, Any]:
        return {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1", "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 50000),
            "scheme": "http", "method": self.method, "root_path": "", "path": self.path,
            "raw_path": self.path.encode(), "query_string": self.query,
            "headers": [(b"host", b"127.0.0.1:8000"), (b"user-agent", b"bench"), *self.headers],
            "state": {},
        }  # fmt: skip


def cases(token: str) -> list[Case]:
    todo_id, list_id = new_id(), new_id()
    signed_in = ((b"authorization", f"Bearer {token}".encode()),)
    json = (*signed_in, (b"content-type", b"application/json"))
    length = (b"content-length", str(len(PATCH_BODY)).encode())
    todo, query = f"{API}/bench/todos/{todo_id}", f"list_id={list_id}&limit=50".encode()
    with_key = (*json, length, (b"idempotency-key", new_id().encode()), (b"if-match", b'"1"'))
    return [
        Case("GET /health/live", "GET", "/health/live"),
        Case("GET an unknown address", "GET", f"{API}/nothing"),
        Case("GET a todo, signed in", "GET", todo, signed_in),
        Case("GET a page, signed in", "GET", f"{API}/bench/page", signed_in, query=query),
        Case(
            "GET a page, gzip", "GET", f"{API}/bench/page",
            (*signed_in, (b"accept-encoding", b"gzip, deflate, br")), query=query,
        ),
        Case("PATCH a todo", "PATCH", todo, (*json, length), PATCH_BODY),
        Case("PATCH with key and If-Match", "PATCH", todo, with_key, PATCH_BODY),
    ]  # fmt: skip


async def call(app: FastAPI, case: Case) -> int:
    """Call the application once and return the status."""
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": case.body, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    await app(case.scope(), receive, send)
    return status


async def repeat(app: FastAPI, case: Case, calls: int) -> float:
    """Return the microseconds of CPU of this process per call."""
    began = time.process_time()
    for _ in range(calls):
        await call(app, case)
    return (time.process_time() - began) * 1e6 / calls


@asynccontextmanager
async def opened_app(settings: Settings) -> AsyncIterator[tuple[FastAPI, str]]:
    """Yield the application with the routes of this file, and the access token of a user."""
    app = create_app(settings)
    app.include_router(router, prefix=API)
    async with app.router.lifespan_context(app):
        resources = app.state.resources
        user = await World(resources).user("Ana")
        token, _ = make_access_token(settings, user.user_id, user.session_id, resources.clock.now())
        yield app, token


async def measure(app: FastAPI, token: str, options: argparse.Namespace) -> None:
    measured = cases(token)
    for case in measured:
        status = await call(app, case)
        assert status == (404 if "unknown" in case.name else 200), (case.name, status)
        await repeat(app, case, options.calls // 4)
    # Interleaved, so that a slow moment of the machine meets every case.
    for _ in range(options.rounds):
        for case in measured:
            case.micros.append(await repeat(app, case, options.calls))
    for case in measured:
        spread = (max(case.micros) - min(case.micros)) / 2
        print(f"{case.name:32} {statistics.median(case.micros):8.1f} ± {spread:.1f} µs")


async def profile(app: FastAPI, token: str, options: argparse.Namespace) -> None:
    (case,) = [case for case in cases(token) if options.profile in case.name][:1]
    await repeat(app, case, options.calls // 4)
    profiler = cProfile.Profile()
    profiler.enable()
    await repeat(app, case, options.calls)
    profiler.disable()
    statistics_ = pstats.Stats(profiler)
    statistics_.sort_stats("tottime").print_stats(45)


def main(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=new_uvloop) as runner:
        url = f"sqlite+aiosqlite:///{folder}/livelist.db"
        settings = plain_settings(Path(folder), database_url=url, log_format="json")
        upgrade(settings)
        # The log is written as in production, to wherever standard error leads.
        configure_logging(settings.logs, "api")
        runner.run(run(settings, options))


async def run(settings: Settings, options: argparse.Namespace) -> None:
    async with opened_app(settings) as (app, token):
        await (profile if options.profile else measure)(app, token, options)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--profile", default="", metavar="NAME")
    return parser.parse_args()


if __name__ == "__main__":
    print(describe_machine())
    main(parse())
