"""A server of one process and no database that speaks the contract to the web client.

It exists to do what a good server never does on purpose: refuse, hang up, forget, be slow. That
the real one and the client agree is proven by tests/journeys, not here. Never shipped.
"""

import asyncio
import contextlib
import mimetypes
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.support.web.fake_answers import read, write
from tests.support.web.fake_world import EPOCH, Json, World, quietly_send

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


def sign_in(world: World, path: str, body: Json) -> Response:
    if path == "/auth/login" and body["password"] == "wrong-password":
        return problem(401, "bad_credentials", "That address and password do not match.")
    if path == "/auth/refresh" and not world.signed_in:
        return problem(401, "unauthenticated", "Sign in to do this.")
    world.signed_in = True
    token = {"access_token": "t", "refresh_token": None, "token_type": "bearer", "expires_in": 900}
    return JSONResponse(token)


def account_route(world: World, path: str, body: Json) -> Response | None:
    if path in ("/auth/login", "/auth/refresh", "/auth/verify-email"):
        return sign_in(world, path, body)
    if path in ("/auth/register", "/auth/forgot-password", "/auth/resend-verification"):
        return JSONResponse({"status": "accepted"}, 202)
    if path == "/ws-ticket":
        return JSONResponse({"ticket": "ticket", "expires_in": 30})
    return None


def refusal(world: World, method: str, path: str) -> Response | None:
    for index, (refused, prefix, status, answer) in enumerate(world.refusals):
        if refused == method and path.startswith(prefix):
            del world.refusals[index]
            return problem(status, **answer)
    return None


def write_once(world: World, request: Request, path: str, body: Json) -> Response:
    """The same key gets the same answer, and changes nothing twice."""
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
    world: World = request.app.state.world
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
    world: World = ws.app.state.world
    if not world.reachable:
        return await ws.close(1011)
    await ws.accept(subprotocol="livelist.v1")
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        hello = await ws.receive_json()
        welcome = {"type": "welcome", "re": hello["id"], "connection": "c", "heartbeat_seconds": 25}
        await ws.send_json({**welcome, "user": world.me})
        world.sockets[ws] = set()
        while True:
            await hear(world, ws, await ws.receive_json())
    world.sockets.pop(ws, None)
    return None


async def hear(world: World, ws: WebSocket, frame: Json) -> None:
    if frame["type"] == "unsubscribe":
        world.sockets[ws] -= set(frame["lists"])
        for name in frame["lists"]:
            gone = {"type": "unsubscribed", "re": frame["id"], "list": name, "reason": "requested"}
            await quietly_send(ws, gone)
    if frame["type"] == "subscribe":
        for cursor in frame["lists"]:
            await subscribe(world, ws, frame["id"], cursor)


async def subscribe(world: World, ws: WebSocket, re: int, cursor: Json) -> None:
    name, since = cursor["list"], cursor["since"]
    if name not in world.heads:
        error = {"type": "error", "re": re, "code": "not_found", "detail": "", "list": name}
        return await quietly_send(ws, error)
    place = {"re": re, "list": name, "epoch": EPOCH, "seq": world.heads[name]}
    if not world.floors.get(name, 0) <= since <= world.heads[name]:
        return await quietly_send(ws, {"type": "reset", "reason": "trimmed", **place})
    missed = [event for event in world.log.get(name, []) if event["seq"] > since]
    # Followed from here on: what is recorded while we send would be lost otherwise.
    world.sockets[ws].add(name)
    if missed:
        await quietly_send(ws, {"type": "batch", "frames": missed})
    return await quietly_send(ws, {"type": "subscribed", **place})


async def page(request: Request) -> Response:
    path = request.url.path
    inside = path.startswith("/web/")
    file = WEB / path.removeprefix("/web/") if inside else WEB / "index.html"
    if path == "/dev/mail.json" or not file.is_file():
        return Response(status_code=404)
    known = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}
    kind = (
        known.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    )
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    return Response(file.read_bytes(), media_type=kind, headers=headers)


def application(world: World) -> Starlette:
    app = Starlette(
        routes=[
            Route("/api/v1/{path:path}", api, methods=["GET", "POST", "PATCH", "DELETE"]),
            WebSocketRoute("/ws", live),
            Route("/{path:path}", page),
        ]
    )
    app.state.world = world
    return app


@contextlib.asynccontextmanager
async def serving(world: World) -> AsyncIterator[str]:
    """Serves `world` on a free port of this machine. Yields its origin."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config = uvicorn.Config(
        application(world), log_level="error", ws="websockets-sansio", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            await asyncio.sleep(0)  # a turn for the server, which says itself when it listens
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
        listener.close()
