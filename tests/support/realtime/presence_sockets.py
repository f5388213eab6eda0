"""Sockets that are present in a list, on nodes whose presence times are short."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from shared.actor import Actor
from shared.resources import Resources
from tests.support.api_server import InProcessNode
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.realtime.limits import set_limits
from tests.support.realtime.websocket_client import SocketClient, socket_of

TwoNodes = tuple[InProcessNode, InProcessNode]

# A leave takes 0.4 s instead of 5, a lease 1.5 s instead of 30.
QUICK: dict[str, Any] = {
    "leave_debounce_seconds": 0.4,
    "lease_seconds": 1.5,
    "renew_seconds": 0.5,
    "deadline_check_seconds": 0.1,
    "presence_batch_seconds": 0.02,
}


def shorten_presence(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Give short leases and leaves to the nodes that are opened from now on."""
    set_limits(monkeypatch, **(QUICK | changes))


async def enter(client: SocketClient, list_id: str, epoch: str, **state: Any) -> set[str]:
    """Subscribe to the list and be present in it; return the names in the answer."""
    await client.follow((list_id, epoch))
    answer = await client.receive_answer(await client.send("presence", list=list_id, state=state))
    assert answer["type"] == "presence", answer
    return {present["user"]["name"] for present in answer["users"]}


@asynccontextmanager
async def present(
    url: str, resources: Resources, actor: Actor, shared_list: tuple[str, str], **state: Any
) -> AsyncIterator[SocketClient]:
    """Yield the actor's socket, present in the list."""
    async with socket_of(url, resources, actor) as client:
        await enter(client, *shared_list, **state)
        yield client


def present_users(client: SocketClient, list_id: str) -> dict[str, Any]:
    """Return the state of each user that the client knows to be present, by name."""
    known: dict[str, tuple[str, Any]] = {}
    for frame in client.frames:
        if frame.get("list") != list_id:
            continue
        if frame["type"] == "presence":
            known.clear()
        if frame["type"] in ("presence", "joined"):
            for entry in frame["users"]:
                known[entry["user"]["id"]] = (entry["user"]["name"], entry["state"])
        elif frame["type"] == "left":
            for user_id in frame["users"]:
                del known[user_id]
    return dict(known.values())


async def receive_present(
    client: SocketClient, list_id: str, names: set[str], deadline: float = DEADLINE_SECONDS
) -> None:
    """Receive frames until the client knows exactly these users to be present."""
    if set(present_users(client, list_id)) != names:
        await client.receive_until(lambda _: set(present_users(client, list_id)) == names, deadline)


async def receive_state(client: SocketClient, list_id: str, name: str, state: object) -> None:
    """Receive frames until the client knows the user to be present with this state."""
    if present_users(client, list_id).get(name) != state:
        await client.receive_until(lambda _: present_users(client, list_id).get(name) == state)
