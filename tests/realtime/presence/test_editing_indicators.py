"""Others see where somebody's hands are: those who are present, soon, or not at all."""

import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from shared.clock import monotonic
from shared.contract.frames import Editing
from shared.contract.shapes import Role
from shared.ids import ListId, TodoId
from shared.resources import Resources
from shared.settings import Settings
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.realtime.streams.test_slow_readers import UNREAD, outbox_bytes, write_much
from tests.support.api_server import InProcessNode, served
from tests.support.realtime.presence_sockets import (
    count_frames,
    enter,
    present,
    receive_present,
    receive_state,
    shorten_presence,
)
from tests.support.realtime.websocket_client import head_of, socket_of, write_event
from tests.support.world_builder import World


@pytest_asyncio.fixture
async def nodes(
    settings: Settings, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[InProcessNode, InProcessNode]]:
    shorten_presence(monkeypatch, editing_interval_seconds=0)
    async with served(settings) as one, served(settings) as other:
        yield one, other


async def place_of(resources: Resources, list_id: ListId) -> tuple[str, str]:
    return list_id, (await head_of(resources, list_id))[0]


async def a_todo(world: World, owner: Any, list_id: ListId) -> TodoId:
    made = await world.run(create_todo, owner, list_id, NewTodo(title="Milk"), Placement())
    return TodoId(made.id)


async def test_the_others_see_who_edits_what_on_whatever_node(
    nodes: tuple[InProcessNode, InProcessNode], resources: Resources, world: World
) -> None:
    ana, ben, vera = [await world.user(name) for name in ("Ana", "Ben", "Vera")]
    list_id = await world.list(ana, (ben, Role.EDITOR), (vera, Role.VIEWER))
    todo, place = await a_todo(world, ana, list_id), await place_of(resources, list_id)

    async with (
        present(nodes[0].socket_url, resources, ana, place) as here_too,
        present(nodes[1].socket_url, resources, vera, place) as elsewhere,
        present(nodes[0].socket_url, resources, ben, place) as second_tab,
        present(nodes[0].socket_url, resources, ben, place) as editor,
    ):
        for client in (here_too, elsewhere):
            await receive_present(client, list_id, {"Ana", "Ben", "Vera"})
        await editor.send("editing", todo=todo, field="title")
        heard = [await client.receive_type("editing") for client in (here_too, elsewhere)]
        await here_too.send("presence", list=list_id, state={"mood": "calm"})
        for own in (editor, second_tab):
            await own.receive_until(lambda one: "calm" in str(one))

    assert heard[0] == heard[1]
    assert heard[0]["user"]["name"] == "Ben"
    assert (heard[0]["list"], heard[0]["todo"], heard[0]["field"]) == (list_id, todo, "title")
    assert Editing.model_validate(heard[0]).model_dump() == heard[0]
    assert count_frames(editor, "editing") == count_frames(second_tab, "editing") == 0


async def test_only_those_who_say_presence_hear_and_only_those_who_may_are_heard(
    nodes: tuple[InProcessNode, InProcessNode], resources: Resources, world: World
) -> None:
    ana, ben, vera, cleo = [await world.user(name) for name in ("Ana", "Ben", "Vera", "Cleo")]
    list_id = await world.list(ana, (ben, Role.EDITOR), (vera, Role.VIEWER), (cleo, Role.COMMENTER))
    todo, place = await a_todo(world, ana, list_id), await place_of(resources, list_id)
    url, found = nodes[0].socket_url, {}

    async with (
        present(url, resources, ana, place) as watcher,
        socket_of(url, resources, ben) as quiet,
        present(url, resources, vera, place) as viewer,
        present(url, resources, cleo, place) as commenter,
    ):
        await quiet.subscribe((*place, 0))
        await quiet.receive_type("subscribed")
        for name, client, field in (
            ("not present", quiet, "title"),
            ("viewer", viewer, "title"),
            ("commenter", commenter, "title"),
            ("viewer's comment", viewer, "comment"),
            ("no such todo", commenter, "comment"),
        ):
            asked = todo if name != "no such todo" else list_id
            await client.send("editing", todo=asked, field=field)
            found[name] = (await client.receive_type("error"))["code"]
        await commenter.send("editing", todo=todo, field="comment")
        await watcher.receive_type("editing")
        await viewer.receive_type("editing")
        await write_event(resources, list_id)
        await quiet.receive_type("event")

    assert found == {
        "not present": "not_found",
        "viewer": "forbidden",
        "commenter": "forbidden",
        "viewer's comment": "forbidden",
        "no such todo": "not_found",
    }
    assert count_frames(watcher, "editing") == 1
    assert count_frames(quiet, "editing") == 0


async def test_a_flood_is_thinned_out_and_delays_no_event(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten_presence(
        monkeypatch, presence_batch_seconds=0.1, frames_per_second=5000, frames_burst=5000
    )
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, Role.EDITOR))
    todo, place = await a_todo(world, ana, list_id), await place_of(resources, list_id)
    slowest = 0.0

    async with (
        served(settings) as node,
        present(node.socket_url, resources, ana, place) as watcher,
        present(node.socket_url, resources, ben, place) as editor,
    ):
        began = monotonic()
        # Longer than a signal takes to be told, however fast the machine.
        while monotonic() - began < 0.5:
            for _ in range(100):
                await editor.socket.send(f'{{"type":"editing","todo":"{todo}","field":"title"}}')
            _, head = await head_of(resources, list_id)
            before = monotonic()
            await write_event(resources, list_id)
            await watcher.receive_seq(list_id, head + 1)
            slowest = max(slowest, monotonic() - before)
        seconds = monotonic() - began

    assert 1 <= count_frames(watcher, "editing") <= 2 * seconds + 2
    assert slowest < 1


async def test_a_slow_reader_misses_signals_and_no_more_than_those(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten_presence(
        monkeypatch, editing_interval_seconds=0, frames_per_second=5000, frames_burst=5000
    )
    ana, ben, cleo = [await world.user(name) for name in ("Ana", "Ben", "Cleo")]
    list_id = await world.list(ana, (ben, Role.EDITOR), (cleo, Role.EDITOR))
    todo, place = await a_todo(world, ana, list_id), await place_of(resources, list_id)

    async with (
        served(settings) as node,
        socket_of(
            node.socket_url, resources, ana, **UNREAD, sock=_socket_that_holds_little(node)
        ) as slow,
        present(node.socket_url, resources, ben, place) as editor,
        present(node.socket_url, resources, cleo, place) as quick,
    ):
        await enter(slow, *place)
        # More than all buffers between here and there.
        await write_much(resources, list_id, 100)
        _, head = await head_of(resources, list_id)
        await quick.receive_seq(list_id, head, 30)
        waiting = outbox_bytes(node)
        for number in range(20):
            await editor.send("editing", todo=todo, field="title")
            await editor.send("presence", list=list_id, state={"at": number})
            await quick.receive_type("editing")
        after = outbox_bytes(node)
        await slow.receive_seq(list_id, head, 30)
        # Once it reads again it is told all of what counts.
        await receive_state(slow, list_id, "Ben", {"at": 19})

    assert waiting > 0
    assert after <= waiting
    assert slow.seqs(list_id) == list(range(1, head + 1))
    assert count_frames(slow, "editing") <= 1


def _socket_that_holds_little(node: InProcessNode) -> socket.socket:
    # Left alone, the kernel takes some megabytes for a reader that does not read.
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
    one.connect(("127.0.0.1", node.port))
    return one
