"""Users who are present see who edits which field. A late indicator is dropped, not delivered."""

import socket
from dataclasses import dataclass

import pytest

from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.frames import Editing
from shared.contract.shapes import Role
from shared.contract.share_links import LinkRole
from shared.ids import TodoId
from shared.members.commands import change_role
from shared.resources import Resources
from shared.settings import Settings
from shared.share_links.links import LinkEdit, edit_link
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.api_server import InProcessNode, served
from tests.support.realtime.databases import SQLITE_ONLY
from tests.support.realtime.limits import set_limits
from tests.support.realtime.presence_sockets import (
    TwoNodes,
    enter,
    present,
    receive_present,
    receive_state,
    shorten_presence,
)
from tests.support.realtime.slow_readers import UNREAD, outbox_bytes, write_large_events
from tests.support.realtime.websocket_client import (
    InsertedList,
    head_of,
    socket_of,
    socket_to,
    write_event,
)
from tests.support.share_links import make_guest, make_link
from tests.support.world_builder import World


@dataclass(frozen=True)
class ListWithTodo:
    shared_list: InsertedList
    todo: TodoId

    @property
    def list_id(self) -> str:
        return self.shared_list.list_id


async def add_list_with_todo(
    world: World, owner: Actor, *members: tuple[Actor, Role]
) -> ListWithTodo:
    list_id = await world.list(owner, *members)
    todo = await world.run(create_todo, owner, list_id, NewTodo(title="Milk"), Placement())
    epoch, _ = await head_of(world.resources, list_id)
    return ListWithTodo(InsertedList(list_id, epoch), TodoId(todo.id))


async def test_the_other_users_see_who_edits_what_on_every_node(
    nodes: TwoNodes, resources: Resources, world: World, ana: Actor, ben: Actor
) -> None:
    vera = await world.user("Vera")
    listed = await add_list_with_todo(world, ana, (ben, Role.EDITOR), (vera, Role.VIEWER))

    async with (
        present(nodes[0].socket_url, resources, ana, listed.shared_list) as same_node,
        present(nodes[1].socket_url, resources, vera, listed.shared_list) as other_node,
        present(nodes[0].socket_url, resources, ben, listed.shared_list) as second_tab,
        present(nodes[0].socket_url, resources, ben, listed.shared_list) as editor,
    ):
        for client in (same_node, other_node):
            await receive_present(client, listed.list_id, {"Ana", "Ben", "Vera"})
        await editor.send("editing", todo=listed.todo, field="title")
        received = [await client.receive_type("editing") for client in (same_node, other_node)]
        await same_node.send("presence", list=listed.list_id, state={"mood": "calm"})
        for own in (editor, second_tab):
            await own.receive_until(lambda frame: "calm" in str(frame))

    indicator = received[0]
    assert received[1] == indicator
    assert indicator["user"]["name"] == "Ben"
    assert (indicator["list"], indicator["todo"]) == (listed.list_id, listed.todo)
    assert indicator["field"] == "title"
    assert Editing.model_validate(indicator).model_dump() == indicator
    assert editor.count("editing") == second_tab.count("editing") == 0


async def test_only_users_who_may_edit_are_shown_and_only_to_sockets_that_are_present(
    nodes: TwoNodes, resources: Resources, world: World, ana: Actor, ben: Actor
) -> None:
    vera, cleo = await world.user("Vera"), await world.user("Cleo")
    roles = ((ben, Role.EDITOR), (vera, Role.VIEWER), (cleo, Role.COMMENTER))
    listed = await add_list_with_todo(world, ana, *roles)
    url, codes = nodes[0].socket_url, {}

    async with (
        present(url, resources, ana, listed.shared_list) as watcher,
        socket_of(url, resources, ben) as quiet,
        present(url, resources, vera, listed.shared_list) as viewer,
        present(url, resources, cleo, listed.shared_list) as commenter,
    ):
        await quiet.follow(listed.shared_list)
        for name, client, field in (
            ("not present", quiet, "title"),
            ("viewer", viewer, "title"),
            ("commenter", commenter, "title"),
            ("viewer's comment", viewer, "comment"),
            ("no such todo", commenter, "comment"),
        ):
            todo = listed.todo if name != "no such todo" else listed.list_id
            await client.send("editing", todo=todo, field=field)
            codes[name] = (await client.receive_type("error"))["code"]
        await commenter.send("editing", todo=listed.todo, field="comment")
        await watcher.receive_type("editing")
        await viewer.receive_type("editing")
        await write_event(resources, listed.shared_list.list_id)
        await quiet.receive_type("event")

    assert codes == {
        "not present": "not_found",
        "viewer": "forbidden",
        "commenter": "forbidden",
        "viewer's comment": "forbidden",
        "no such todo": "not_found",
    }
    assert watcher.count("editing") == 1
    assert quiet.count("editing") == 0


@SQLITE_ONLY
async def test_a_role_that_was_lowered_shows_no_indicator_any_more(
    settings: Settings,
    resources: Resources,
    world: World,
    ana: Actor,
    ben: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_limits(monkeypatch, editing_interval_seconds=0)
    listed = await add_list_with_todo(world, ana, (ben, Role.EDITOR))
    list_id = listed.shared_list.list_id
    link = await make_link(resources, ana, list_id)
    guest = await make_guest(resources, link)
    to_viewer = LinkEdit(frozenset({"role"}), role=LinkRole.VIEWER)

    async with (
        served(settings) as server,
        socket_of(server.socket_url, resources, ana) as owner,
        socket_of(server.socket_url, resources, ben) as member,
        socket_to(server.socket_url, hello={"token": guest.token}) as visitor,
    ):
        for client in (owner, member, visitor):
            await enter(client, *listed.shared_list)
        # Each may edit, and the answer is kept for ten seconds.
        for client in (member, visitor):
            await client.send("editing", todo=listed.todo, field="title")
            await owner.receive_type("editing")
        await world.run(change_role, ana, list_id, ben.user_id, Role.VIEWER)
        await world.run(edit_link, ana, list_id, link.id, to_viewer)
        for client in (member, visitor):
            for _ in range(2):
                await client.receive_until(lambda frame: frame.get("event") == "member.edited")
        answers = [
            await client.receive_answer(
                await client.send("editing", todo=listed.todo, field="description")
            )
            for client in (member, visitor)
        ]

    assert [answer["code"] for answer in answers] == ["forbidden"] * 2


async def test_a_flood_of_indicators_is_thinned_out_and_delays_no_event(
    settings: Settings,
    resources: Resources,
    world: World,
    ana: Actor,
    ben: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shorten_presence(
        monkeypatch, presence_batch_seconds=0.1, frames_per_second=5000, frames_burst=5000
    )
    listed = await add_list_with_todo(world, ana, (ben, Role.EDITOR))
    indicator = f'{{"type":"editing","todo":"{listed.todo}","field":"title"}}'
    slowest = 0.0

    async with (
        served(settings) as node,
        present(node.socket_url, resources, ana, listed.shared_list) as watcher,
        present(node.socket_url, resources, ben, listed.shared_list) as editor,
    ):
        began = monotonic()
        # Send for longer than the interval between indicators, however fast the machine.
        while monotonic() - began < 0.5:
            for _ in range(100):
                await editor.socket.send(indicator)
            _, head = await head_of(resources, listed.list_id)
            before = monotonic()
            await write_event(resources, listed.shared_list.list_id)
            await watcher.receive_seq(listed.list_id, head + 1)
            slowest = max(slowest, monotonic() - before)
        seconds = monotonic() - began

    assert 1 <= watcher.count("editing") <= 2 * seconds + 2
    # Queued behind the indicators, an event would wait longer with each round.
    assert slowest < 5


async def test_a_slow_reader_misses_indicators_and_nothing_else(
    settings: Settings,
    resources: Resources,
    world: World,
    ana: Actor,
    ben: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shorten_presence(
        monkeypatch,
        editing_interval_seconds=0,
        frames_per_second=5000,
        frames_burst=5000,
        progress_seconds=120,
    )
    cleo = await world.user("Cleo")
    listed = await add_list_with_todo(world, ana, (ben, Role.EDITOR), (cleo, Role.EDITOR))

    async with (
        served(settings) as node,
        socket_of(
            node.socket_url, resources, ana, **UNREAD, sock=_socket_with_small_buffer(node)
        ) as slow,
        present(node.socket_url, resources, ben, listed.shared_list) as editor,
        present(node.socket_url, resources, cleo, listed.shared_list) as quick,
    ):
        await enter(slow, *listed.shared_list)
        # More than all buffers between the node and the client hold.
        await write_large_events(resources, listed.shared_list.list_id, 100)
        _, head = await head_of(resources, listed.list_id)
        await quick.receive_seq(listed.list_id, head)
        waiting = outbox_bytes(node)
        for number in range(20):
            await editor.send("editing", todo=listed.todo, field="title")
            await editor.send("presence", list=listed.list_id, state={"at": number})
            await quick.receive_type("editing")
        after = outbox_bytes(node)
        await slow.receive_seq(listed.list_id, head)
        # Once the slow client reads again, it gets the last state.
        await receive_state(slow, listed.list_id, "Ben", {"at": 19})

    assert waiting > 0
    assert after <= waiting
    assert slow.seqs(listed.list_id) == list(range(1, head + 1))
    assert slow.count("editing") <= 1


def _socket_with_small_buffer(node: InProcessNode) -> socket.socket:
    # By default the kernel takes some megabytes for a reader that does not read.
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
    raw.connect(("127.0.0.1", node.port))
    return raw
