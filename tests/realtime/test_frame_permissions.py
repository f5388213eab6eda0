"""Every frame × every kind of caller: the socket's part of the permission matrix.

Frames that name no list (auth, pong, unsubscribe) speak of the caller's own connection alone; which
of them need a hello first is in test_handshake.py.
"""

import httpx
from websockets import ConnectionClosed

from shared.contract.frames import Close
from shared.event_log import read_heads
from shared.ids import StreamId
from shared.settings import Settings
from tests.features.permissions import CALLERS, Stage
from tests.realtime.sockets import SocketClient, socket_to
from tests.serving import Served
from tests.world import World

# hello, subscribe to the list, subscribe to the owner's own stream
EXPECTED = {
    "anonymous": (Close.NOT_AUTHENTICATED, None, None),
    "unverified": (Close.NOT_AUTHENTICATED, None, None),
    "disabled": (Close.NOT_AUTHENTICATED, None, None),
    "stranger": ("welcome", "not_found", "not_found"),
    "removed": ("welcome", "not_found", "not_found"),
    "viewer": ("welcome", "subscribed", "not_found"),
    "commenter": ("welcome", "subscribed", "not_found"),
    "editor": ("welcome", "subscribed", "not_found"),
    "owner": ("welcome", "subscribed", "subscribed"),
    "other_owner": ("welcome", "not_found", "not_found"),
    "moderator": ("welcome", "not_found", "not_found"),
    "admin": ("welcome", "not_found", "not_found"),
}


async def test_each_caller_hears_what_the_table_says(
    server: Served, world: World, settings: Settings
) -> None:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        stage = Stage(client, world, settings)
        await stage.build()

    found = {caller: await _try(server, stage, caller) for caller in CALLERS}

    assert found == EXPECTED


async def _try(
    server: Served, stage: Stage, caller: str
) -> tuple[str | Close, str | None, str | None]:
    token = stage.headers(caller).get("Authorization", "").removeprefix("Bearer ")
    async with socket_to(server.socket_url) as socket:
        await socket.say("hello", **({"token": token} if token else {}))
        try:
            await socket.hear_type("welcome")
        except ConnectionClosed:
            assert socket.socket.close_code is not None
            return Close(socket.socket.close_code), None, None
        streams = (stage.ids["list_id"], f"user:{stage.people['owner'].user_id}")
        to_list, to_owner = [await _subscribe(stage, socket, StreamId(one)) for one in streams]
        return "welcome", to_list, to_owner


async def _subscribe(stage: Stage, socket: SocketClient, stream: StreamId) -> str:
    """Returns what became of it. What was missed before comes first, to those who may hear it."""
    async with stage.world.resources.begin_read() as read:
        head = (await read_heads(read.connection, [stream]))[stream]
    re = await socket.subscribe((stream, head.epoch, 0))
    answer = await socket.hear_until(lambda frame: frame.get("re") == re)
    told = [one for one in socket.frames if one["type"] == "event" and one["list"] == stream]
    assert bool(told) == (answer["type"] == "subscribed")
    return str(answer.get("code", answer["type"]))
