"""Every frame × every kind of caller: the socket's part of the permission matrix.

Frames that name no list (auth, pong, unsubscribe) speak of the caller's own connection alone; which
of them need a hello first is in test_handshake.py.
"""

import asyncio

import httpx
import pytest
from websockets import ConnectionClosed

from shared.contract.frames import Close
from shared.event_log import read_heads
from shared.ids import StreamId
from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import InProcessNode, served
from tests.support.features.permissions import CALLERS, PermissionScenario
from tests.support.realtime.presence_sockets import shorten_presence
from tests.support.realtime.websocket_client import SocketClient, socket_to
from tests.support.world_builder import World

# hello, subscribe to the list, to the owner's own stream; presence there, editing, commenting
OUT = ("not_found", "not_found", "not_subscribed", "not_found", "not_found")
EXPECTED = {
    "anonymous": (Close.NOT_AUTHENTICATED,),
    "unverified": (Close.NOT_AUTHENTICATED,),
    "disabled": (Close.NOT_AUTHENTICATED,),
    "stranger": ("welcome", *OUT),
    "removed": ("welcome", *OUT),
    "viewer": ("welcome", "subscribed", "not_found", "presence", "forbidden", "forbidden"),
    "commenter": ("welcome", "subscribed", "not_found", "presence", "forbidden", "told"),
    "editor": ("welcome", "subscribed", "not_found", "presence", "told", "told"),
    "owner": ("welcome", "subscribed", "subscribed", "presence", "told", "told"),
    "other_owner": ("welcome", *OUT),
    "moderator": ("welcome", *OUT),
    "admin": ("welcome", *OUT),
}


async def test_each_caller_hears_what_the_table_says(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Who says two fields within half a second is otherwise heard with one.
    shorten_presence(monkeypatch, editing_interval_seconds=0)
    async with served(settings) as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
            stage = PermissionScenario(client, world, settings)
            await stage.build()

        hello = {"token": _token(stage, "viewer")}
        async with socket_to(server.socket_url, hello=hello) as watcher:
            await _subscribe(stage, watcher, StreamId(stage.ids["list_id"]))
            await _enter(stage, watcher)
            found = {caller: await _try(server, stage, caller, watcher) for caller in CALLERS}

    assert found == EXPECTED


def _token(stage: PermissionScenario, caller: str) -> str:
    return stage.headers(caller).get("Authorization", "").removeprefix("Bearer ")


async def _try(
    server: InProcessNode, stage: PermissionScenario, caller: str, watcher: SocketClient
) -> tuple[str | Close, ...]:
    token = _token(stage, caller)
    async with socket_to(server.socket_url) as socket:
        await socket.send("hello", **({"token": token} if token else {}))
        try:
            await socket.receive_type("welcome")
        except ConnectionClosed:
            assert socket.socket.close_code is not None
            return (Close(socket.socket.close_code),)
        streams = (stage.ids["list_id"], f"user:{stage.users['owner'].user_id}")
        subscribed = [await _subscribe(stage, socket, StreamId(one)) for one in streams]
        entered = await _enter(stage, socket)
        edits = [await _edit(stage, socket, watcher, field) for field in ("title", "comment")]
        return "welcome", *subscribed, entered, *edits


async def _enter(stage: PermissionScenario, socket: SocketClient) -> str:
    re = await socket.send("presence", list=stage.ids["list_id"])
    answer = await socket.receive_until(lambda frame: frame.get("re") == re)
    return str(answer.get("code", answer["type"]))


async def _edit(
    stage: PermissionScenario, socket: SocketClient, watcher: SocketClient, field: str
) -> str:
    """Returns whether somebody present was told, or why not."""
    await socket.send("editing", todo=stage.ids["todo_id"], field=field)
    refused = asyncio.create_task(socket.receive_type("error"))
    told = asyncio.create_task(watcher.receive_type("editing"))
    done, pending = await asyncio.wait([refused, told], return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    return str(refused.result()["code"]) if refused in done else "told"


async def _subscribe(stage: PermissionScenario, socket: SocketClient, stream: StreamId) -> str:
    """Returns what became of it. What was missed before comes first, to those who may hear it."""
    async with stage.world.resources.begin_read() as read:
        head = (await read_heads(read.connection, [stream]))[stream]
    re = await socket.subscribe((stream, head.epoch, 0))
    answer = await socket.receive_until(lambda frame: frame.get("re") == re)
    told = [one for one in socket.frames if one["type"] == "event" and one["list"] == stream]
    assert bool(told) == (answer["type"] == "subscribed")
    return str(answer.get("code", answer["type"]))
