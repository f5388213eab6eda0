"""Every frame × every kind of caller: the socket's part of the permission matrix.

Frames that name no list (auth, pong, unsubscribe) concern the caller's own connection alone; which
of them need a hello first is in test_handshake.py.
"""

import asyncio
from dataclasses import dataclass

import pytest
from websockets import ConnectionClosed

from shared.contract.frames import Close
from shared.event_log import read_heads
from shared.ids import StreamId
from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import served
from tests.support.deadlines import http_client
from tests.support.features.permissions import CALLERS, PermissionScenario
from tests.support.realtime.presence_sockets import shorten_presence
from tests.support.realtime.websocket_client import SocketClient, socket_to
from tests.support.world_builder import World

# hello; subscribe to the list, and to the owner's own stream; presence there, editing, commenting
REFUSED = ("not_found", "not_found", "not_subscribed", "not_found", "not_found")
EXPECTED = {
    "anonymous": (Close.NOT_AUTHENTICATED,),
    "unverified": (Close.NOT_AUTHENTICATED,),
    "disabled": (Close.NOT_AUTHENTICATED,),
    "stranger": ("welcome", *REFUSED),
    "removed": ("welcome", *REFUSED),
    "viewer": ("welcome", "subscribed", "not_found", "presence", "forbidden", "forbidden"),
    "commenter": ("welcome", "subscribed", "not_found", "presence", "forbidden", "sent"),
    "editor": ("welcome", "subscribed", "not_found", "presence", "sent", "sent"),
    "owner": ("welcome", "subscribed", "subscribed", "presence", "sent", "sent"),
    "other_owner": ("welcome", *REFUSED),
    "moderator": ("welcome", *REFUSED),
    "admin": ("welcome", *REFUSED),
    "read_token": ("welcome", "subscribed", "subscribed", "forbidden", "forbidden", "forbidden"),
    "write_token": ("welcome", "subscribed", "subscribed", "presence", "sent", "sent"),
    "list_token": ("welcome", "subscribed", "not_found", "presence", "sent", "sent"),
    "other_list_token": ("welcome", *REFUSED),
    "admin_token": ("welcome", *REFUSED),
    "expired_token": (Close.NOT_AUTHENTICATED,),
    "revoked_token": (Close.NOT_AUTHENTICATED,),
    "guest_viewer": ("welcome", "subscribed", "not_found", "presence", "forbidden", "forbidden"),
    "guest_commenter": ("welcome", "subscribed", "not_found", "presence", "forbidden", "sent"),
    "guest_editor": ("welcome", "subscribed", "not_found", "presence", "sent", "sent"),
    "ended_guest": (Close.NOT_AUTHENTICATED,),
}


async def test_each_caller_gets_the_answers_of_the_table(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By default the second of two indicators within half a second is dropped.
    shorten_presence(monkeypatch, editing_interval_seconds=0)
    async with served(settings) as server:
        async with http_client(server.url) as client:
            scenario = PermissionScenario(client, world, settings)
            await scenario.build()

        hello = {"token": _token(scenario, "viewer")}
        async with socket_to(server.socket_url, hello=hello) as watcher:
            viewer = _Caller(scenario, watcher)
            await viewer.subscribe(StreamId(scenario.ids["list_id"]))
            await viewer.enter()
            answers = {
                caller: await _answers(server.socket_url, scenario, caller, watcher)
                for caller in CALLERS
            }

    assert answers == EXPECTED


def _token(scenario: PermissionScenario, caller: str) -> str:
    return scenario.headers(caller).get("Authorization", "").removeprefix("Bearer ")


async def _answers(
    url: str, scenario: PermissionScenario, name: str, watcher: SocketClient
) -> tuple[str | Close, ...]:
    token = _token(scenario, name)
    async with socket_to(url) as client:
        await client.send("hello", **({"token": token} if token else {}))
        try:
            await client.receive_type("welcome")
        except ConnectionClosed:
            assert client.socket.close_code is not None
            return (Close(client.socket.close_code),)
        caller = _Caller(scenario, client)
        streams = (scenario.ids["list_id"], f"user:{scenario.users['owner'].user_id}")
        subscribed = [await caller.subscribe(StreamId(stream)) for stream in streams]
        entered = await caller.enter()
        edits = [await caller.edit(field, watcher) for field in ("title", "comment")]
        return "welcome", *subscribed, entered, *edits


@dataclass
class _Caller:
    scenario: PermissionScenario
    client: SocketClient

    async def subscribe(self, stream: StreamId) -> str:
        """Return the answer's type or code. Missed events come before it, if they may be read."""
        async with self.scenario.world.resources.begin_read() as read:
            head = (await read_heads(read.connection, [stream]))[stream]
        request_id = await self.client.subscribe((stream, head.epoch, 0))
        answer = await self.client.receive_answer(request_id)
        assert bool(self.client.seqs(stream)) == (answer["type"] == "subscribed")
        return str(answer.get("code", answer["type"]))

    async def enter(self) -> str:
        request_id = await self.client.send("presence", list=self.scenario.ids["list_id"])
        answer = await self.client.receive_answer(request_id)
        return str(answer.get("code", answer["type"]))

    async def edit(self, field: str, watcher: SocketClient) -> str:
        """Return "sent" if the watcher gets the indicator, or the code of the refusal."""
        await self.client.send("editing", todo=self.scenario.ids["todo_id"], field=field)
        refused = asyncio.create_task(self.client.receive_type("error"))
        sent = asyncio.create_task(watcher.receive_type("editing"))
        done, pending = await asyncio.wait([refused, sent], return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        return str(refused.result()["code"]) if refused in done else "sent"
