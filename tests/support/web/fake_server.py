"""A server without a database that speaks the contract to the web client, and fails on request.

It refuses, hangs up, loses events and answers late when a test says so. tests/journeys shows that
the client agrees with the real server.
"""

import asyncio
import contextlib
import mimetypes
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.support.web.fake_answers import read, write
from tests.support.web.fake_entities import Json
from tests.support.web.fake_world import EPOCH, FakeWorld, send_if_open

WEB = Path(__file__).resolve().parents[3] / "web"
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
    world.signed_in = True
    token = {"access_token": "t", "refresh_token": None, "token_type": "bearer", "expires_in": 900}
    return JSONResponse(token)


def account_route(world: FakeWorld, path: str, body: Json) -> Response | None:
    if path in ("/auth/login", "/auth/refresh", "/auth/verify-email"):
        return sign_in(world, path, body)
    if path in ("/auth/register", "/auth/forgot-password", "/auth/resend-verification"):
        return JSONResponse({"status": "accepted"}, 202)
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


async def page(request: Request) -> Response:
    path = request.url.path
    inside = path.startswith("/web/")
    file = WEB / path.removeprefix("/web/") if inside else WEB / "index.html"
    if path == "/dev/mail.json" or not file.is_file():
        return Response(status_code=404)
    types = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}
    media_type = types.get(file.suffix) or mimetypes.guess_type(file.name)[0]
    # The files do not change while a test runs: a browser that has them need not ask again.
    cache = "max-age=3600" if inside else "no-cache"
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": cache}
    return Response(file.read_bytes(), media_type=media_type, headers=headers)


@dataclass
class FakeServer:
    """The address of the server, and the world that it serves: of the test that runs."""

    origin: str
    world: FakeWorld


def application(server: FakeServer) -> Starlette:
    app = Starlette(
        routes=[
            Route("/api/v1/{path:path}", api, methods=["GET", "POST", "PATCH", "DELETE"]),
            WebSocketRoute("/ws", live),
            Route("/{path:path}", page),
        ]
    )
    app.state.fake_server = server
    return app


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[FakeServer]:
    """Serve an empty world on a free port of this machine."""
    listener = socket.create_server(("127.0.0.1", 0))
    fake = FakeServer(f"http://127.0.0.1:{listener.getsockname()[1]}", FakeWorld())
    config = uvicorn.Config(
        application(fake), log_level="error", ws="websockets-sansio", timeout_graceful_shutdown=1
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
