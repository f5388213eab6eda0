"""Saying presence in tests, with the times of presence shortened."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from shared.actor import Actor
from shared.resources import Resources
from tests.support.realtime.limits import set_limits
from tests.support.realtime.websocket_client import Frame, SocketClient, socket_of

# Leave after 0.4 s instead of 5, leases of 1.5 s instead of 30.
QUICK: dict[str, Any] = {
    "leave_debounce_seconds": 0.4,
    "lease_seconds": 1.5,
    "renew_seconds": 0.5,
    "deadline_check_seconds": 0.1,
    "presence_batch_seconds": 0.02,
}


def shorten_presence(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Nodes that are opened from now on have short leases and leaves."""
    set_limits(monkeypatch, **(QUICK | changes))


async def enter(client: SocketClient, list_id: str, epoch: str, **state: Any) -> set[str]:
    """The client is subscribed and present; returns the names of those it was told of."""
    await client.subscribe((list_id, epoch, 0))
    await client.receive_type("subscribed")
    re = await client.send("presence", list=list_id, state=state)
    answer = await client.receive_until(lambda one: one.get("re") == re)
    assert answer["type"] == "presence", answer
    return names_in(answer)


@asynccontextmanager
async def present(
    url: str, resources: Resources, actor: Actor, place: tuple[str, str], **state: Any
) -> AsyncIterator[SocketClient]:
    """Yields the actor's socket, present in the list."""
    async with socket_of(url, resources, actor) as client:
        await enter(client, *place, **state)
        yield client


def names_in(frame: Frame) -> set[str]:
    return {one["user"]["name"] for one in frame["users"]}


def present_users(client: SocketClient, list_id: str) -> dict[str, Any]:
    """Returns the states of those whom the client believes to be here, by name."""
    known: dict[str, tuple[str, Any]] = {}
    for frame in client.frames:
        if frame.get("list") != list_id:
            continue
        if frame["type"] == "presence":
            known.clear()
        if frame["type"] in ("presence", "joined"):
            for one in frame["users"]:
                known[one["user"]["id"]] = (one["user"]["name"], one["state"])
        elif frame["type"] == "left":
            for user_id in frame["users"]:
                del known[user_id]
    return dict(known.values())


async def receive_present(
    client: SocketClient, list_id: str, names: set[str], deadline: float = 10
) -> None:
    """The client believes exactly these to be here."""
    if set(present_users(client, list_id)) != names:
        await client.receive_until(lambda _: set(present_users(client, list_id)) == names, deadline)


async def receive_state(client: SocketClient, list_id: str, name: str, state: object) -> None:
    """The client believes the person to be here, in this state."""
    if present_users(client, list_id).get(name) != state:
        await client.receive_until(lambda _: present_users(client, list_id).get(name) == state)


def count_frames(client: SocketClient, kind: str) -> int:
    return sum(frame["type"] == kind for frame in client.frames)
