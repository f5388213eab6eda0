"""A server without a database that speaks the contract to the web client, and fails on request.

It refuses, hangs up, loses events and answers late when a test says so. tests/journeys shows that
the client agrees with the real server.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from api import web_client
from api.web_client.branding import Branding, branding_of
from tests.support.settings import plain_settings
from tests.support.web.fake_answers import read, write
from tests.support.web.fake_entities import Json
from tests.support.web.fake_world import EPOCH, FakeWorld, send_if_open

WEB = web_client.FOLDER
BRANDING = branding_of(plain_settings(Path("data")))
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; "
    "connect-src 'self' ws: wss:; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    content = {
        "title": code,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": [],
        **more,
    }
    return JSONResponse(content, status, media_type="application/problem+json")


def sign_in(world: FakeWorld, path: str, body: Json) -> Response:
    if path == "/auth/login" and body["password"] == "wrong-password":
        return problem(401, "bad_credentials", "That address and password do not match.")
    if path == "/auth/refresh" and not world.signed_in:
        return problem(401, "unauthenticated", "Sign in to do this.")
    if body.get("token") == "without-password" and "password" not in body:
        return problem(422, "password_required", "Choose a password for your account.")
    world.signed_in = True
    token = {
        "access_token": "t", "refresh_token": None, "token_type": "bearer", "expires_in": 900,
        "must_set_up_second_factor": world.must_set_up_second_factor,
    }  # fmt: skip
    return JSONResponse(token | {"delete_at": world.delete_at})


def step_up(body: Json) -> Response:
    if body["password"] == "wrong-password":
        return problem(403, "wrong_password", "This is not your password.")
    return Response(status_code=204)


def deletion(world: FakeWorld, path: str) -> Response:
    if path == "/users/me":
        return JSONResponse({"delete_at": "2026-12-06T12:00:00.000000Z"})
    world.delete_at = None
    return Response(status_code=204)


def account_route(world: FakeWorld, path: str, body: Json) -> Response | None:
    if path in ("/auth/login", "/auth/refresh", "/auth/verify-email"):
        return sign_in(world, path, body)
    if path in ("/auth/register", "/auth/forgot-password", "/auth/resend-verification"):
        return JSONResponse({"status": "accepted"}, 202)
    if path in ("/users/me", "/users/me/deletion") and not body:
        return deletion(world, path)
    if path == "/auth/step-up":
        return step_up(body)
    if path == "/ws-ticket":
        return JSONResponse({"ticket": "ticket", "expires_in": 30})
    return None


def refusal(world: FakeWorld, method: str, path: str) -> Response | None:
    for index, (refused, prefix, status, answer) in enumerate(world.refusals):
        if refused == method and path.startswith(prefix):
            del world.refusals[index]
            return problem(status, **answer)
    return None


def write_once(world: FakeWorld, request: Request, path: str, body: Json) -> Response:
    """Carry out the write, or repeat the answer that its Idempotency-Key already has."""
    key = request.headers.get("Idempotency-Key")
    answer = world.answers.get(key or "") or write(world, request.method, path, body, key)
    if key:
        world.answers[key] = answer
    status, content, positions = answer
    headers = {"Livelist-Seq": positions} if positions else {}
    if content is None:
        return Response(status_code=status, headers=headers)
    return JSONResponse(content, status, headers)


async def api(request: Request) -> Response:
    world: FakeWorld = request.app.state.fake_server.world
    path = "/" + request.path_params["path"]
    body = (await request.json()) if await request.body() else {}
    world.requests.append((request.method, path, dict(body)))
    if not world.reachable:
        return Response(status_code=503)
    answer = account_route(world, path, body)
    if answer is not None:
        return answer
    if request.method == "GET":
        if refused := refusal(world, "GET", path):
            return refused
        found = read(world, path, dict(request.query_params))
        return problem(404, "not_found", "Nothing here.") if found is None else JSONResponse(found)
    if world.gate is not None:
        await world.gate.wait()
    return refusal(world, request.method, path) or write_once(world, request, path, body)


async def live(ws: WebSocket) -> None:
    world: FakeWorld = ws.app.state.fake_server.world
    if not world.reachable:
        return await ws.close(1011)
    await ws.accept(subprotocol="livelist.v1")
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        hello = await ws.receive_json()
        welcome = {"type": "welcome", "re": hello["id"], "connection": "c", "heartbeat_seconds": 25}
        await ws.send_json({**welcome, "user": world.me})
        world.sockets[ws] = set()
        while True:
            await handle_frame(world, ws, await ws.receive_json())
    world.sockets.pop(ws, None)
    return None


async def handle_frame(world: FakeWorld, ws: WebSocket, frame: Json) -> None:
    if frame["type"] == "unsubscribe":
        world.sockets[ws] -= set(frame["lists"])
        for name in frame["lists"]:
            gone = {"type": "unsubscribed", "re": frame["id"], "list": name, "reason": "requested"}
            await send_if_open(ws, gone)
    if frame["type"] == "subscribe":
        for cursor in frame["lists"]:
            await subscribe(world, ws, frame["id"], cursor)


async def subscribe(world: FakeWorld, ws: WebSocket, re: int, cursor: Json) -> None:
    name, since = cursor["list"], cursor["since"]
    if name not in (world.own_stream, *world.lists):
        error = {"type": "error", "re": re, "code": "not_found", "detail": "", "list": name}
        return await send_if_open(ws, error)
    position = {"re": re, "list": name, "epoch": EPOCH, "seq": world.heads[name]}
    if not world.floors.get(name, 0) <= since <= world.heads[name]:
        return await send_if_open(ws, {"type": "reset", "reason": "trimmed", **position})
    missed = [event for event in world.log.get(name, []) if event["seq"] > since]
    # Subscribe before sending: an event recorded meanwhile would be lost otherwise.
    world.sockets[ws].add(name)
    if missed:
        await send_if_open(ws, {"type": "batch", "frames": missed})
    return await send_if_open(ws, {"type": "subscribed", **position})


@dataclass
class FakeServer:
    """The address of the server, the world of the test that runs, and faults of its pages."""

    origin: str
    world: FakeWorld
    # The paths of all requests except those to the API, in order.
    paths: list[str] = field(default_factory=list)
    # Pages wait for this.
    page_gate: asyncio.Event | None = None
    # Pages are answered with this, as a proxy does whose server is down.
    page_status: int | None = None


class PageMiddleware:
    """Answer with the policy of the real server, record the paths, and fail as the test says."""

    def __init__(self, app: ASGIApp, server: FakeServer) -> None:
        self.app = app
        self.server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/api/"):
            return await self.app(scope, receive, send)
        server = self.server
        server.paths.append(scope["path"])
        is_page = "text/html" in Headers(scope=scope).get("accept", "")
        if is_page and server.page_gate is not None:
            await server.page_gate.wait()
        if is_page and server.page_status is not None:
            return await Response(status_code=server.page_status)(scope, receive, send)

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                policy = (b"content-security-policy", POLICY.encode())
                message["headers"] = [*message["headers"], policy]
            await send(message)

        return await self.app(scope, receive, send_with_policy)


def application(
    server: FakeServer, folder: Path, branding: Branding, *, follows_edits: bool
) -> Starlette:
    app = Starlette(
        routes=[
            Route("/api/v1/{path:path}", api, methods=["GET", "POST", "PATCH", "PUT", "DELETE"]),
            WebSocketRoute("/ws", live),
            *web_client.client_routes(folder, POLICY, branding, follows_edits=follows_edits),
        ],
        middleware=[Middleware(PageMiddleware, server)],
    )
    app.state.fake_server = server
    return app


@contextlib.asynccontextmanager
async def serving(
    folder: Path = WEB, *, branding: Branding = BRANDING, follows_edits: bool = False
) -> AsyncIterator[FakeServer]:
    """Serve an empty world, and the web client of the folder, on a free port of this machine."""
    listener = socket.create_server(("127.0.0.1", 0))
    fake = FakeServer(f"http://127.0.0.1:{listener.getsockname()[1]}", FakeWorld())
    config = uvicorn.Config(
        application(fake, folder, branding, follows_edits=follows_edits),
        log_level="error",
        ws="websockets-sansio",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            await asyncio.sleep(0)  # the server sets the flag when it listens
        yield fake
    finally:
        server.should_exit = True
        await task
        listener.close()
