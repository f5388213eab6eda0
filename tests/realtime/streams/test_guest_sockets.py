"""Sockets of guests: what they reach, and that they end with the share link."""

from datetime import timedelta

import pytest

from shared.clock import monotonic
from shared.contract.frames import Close
from shared.contract.share_links import LinkRole
from shared.ids import list_stream, user_stream
from shared.members.commands import remove_member
from shared.resources import Resources, open_resources
from shared.settings import Settings
from shared.share_links.links import revoke_link
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.api_server import InProcessNode, served
from tests.support.realtime.limits import without_head_checks
from tests.support.realtime.sse_client import events_path, request_to
from tests.support.realtime.websocket_client import (
    head_of,
    socket_of,
    socket_to,
    write_event,
)
from tests.support.settings import changed_settings
from tests.support.share_links import make_guest, make_link
from tests.support.world_builder import World


@pytest.mark.parametrize("has_broker", [True, False])
async def test_the_sockets_of_a_revoked_link_are_closed_soon_on_every_node(
    settings: Settings,
    resources: Resources,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    has_broker: bool,
) -> None:
    if has_broker:
        without_head_checks(monkeypatch)
    else:
        settings = changed_settings(settings, redis_url="")
    ana = await world.user("Ana")
    list_id = await world.list(ana)

    async with served(settings) as node, open_resources(settings) as elsewhere:
        if has_broker:
            await node.receives_messages()
        for _ in range(4):
            link, other = [await make_link(resources, ana, list_id) for _ in range(2)]
            guest, kept = await make_guest(resources, link), await make_guest(resources, other)
            async with (
                socket_to(node.socket_url, hello={"token": guest.token}) as client,
                socket_to(node.socket_url, hello={"token": kept.token}) as kept_client,
            ):
                await kept_client.subscribe((list_id, *await head_of(resources, list_id)))
                async with elsewhere.begin() as work:
                    await revoke_link(work, ana, list_id, link.id)
                code = await client.wait_closed()
                removed = await kept_client.receive_until(
                    lambda frame: frame.get("event") == "member.removed"
                )
            assert code == Close.REFUSED
            assert removed["data"]["user_id"] == guest.actor.user_id


async def test_a_guest_follows_one_list_and_not_the_own_stream(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user("Ana")
    list_id, outside = await world.list(ana), await world.list(ana)
    guest = await make_guest(resources, await make_link(resources, ana, list_id))
    own = user_stream(guest.actor.user_id)

    async with socket_to(server.socket_url, hello={"token": guest.token}) as client:
        welcome = client.frames[0]
        for stream in (outside, own, user_stream(ana.user_id)):
            cursor = (stream, *await head_of(resources, stream))
            answer = await client.receive_answer(await client.subscribe(cursor))
            assert (answer["type"], answer["code"]) == ("error", "not_found")
        epoch, seq = await head_of(resources, list_id)
        await client.subscribe((list_id, epoch, seq))
        await write_event(resources, list_id)
        await client.receive_seq(list_stream(list_id), seq + 1)

    assert welcome["user"]["name"] == "Gil (guest)"
    assert client.seqs(list_stream(outside)) == []


async def test_a_removed_guest_is_cut_off_and_an_event_stream_ends(
    server: InProcessNode, settings: Settings, resources: Resources, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    guest = await make_guest(resources, await make_link(resources, ana, list_id))

    async with (
        request_to(server.port, events_path(list_id), guest.headers) as stream,
        socket_to(server.socket_url, hello={"token": guest.token}) as client,
    ):
        await stream.receive_named("subscribed")
        async with open_resources(settings) as elsewhere, elsewhere.begin() as work:
            await remove_member(work, ana, list_id, guest.actor.user_id)
        code = await client.wait_closed()
        end = await stream.receive_end()

    assert code == Close.REFUSED
    assert end.name in ("closed", "unsubscribed")


async def test_a_socket_ends_when_its_link_expires(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    expires_at = resources.clock.now() + timedelta(seconds=50)
    link = await make_link(resources, ana, list_id, expires_at=expires_at)
    guest = await make_guest(resources, link)

    async with socket_to(server.socket_url, hello={"token": guest.token}) as client:
        [connection] = server.app.state.realtime.connections
        assert 0 < connection.expires_at - monotonic() <= 50
        # As if the rest of its life had passed.
        connection.expires_at -= 50
        code = await client.wait_closed()

    assert code == Close.CREDENTIALS_EXPIRED


async def test_the_token_of_an_ended_guest_opens_no_socket(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    link = await make_link(resources, ana, list_id)
    guest = await make_guest(resources, link)
    await world.run(revoke_link, ana, list_id, link.id)

    async with socket_to(server.socket_url) as client:
        await client.send("hello", token=guest.token)
        code = await client.wait_closed()

    assert code == Close.NOT_AUTHENTICATED


async def test_the_others_see_a_guest_and_what_the_guest_edits(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    todo = await world.run(create_todo, ana, list_id, NewTodo(title="Milk"), Placement())
    editor, viewer = [
        await make_guest(resources, await make_link(resources, ana, list_id, role))
        for role in (LinkRole.EDITOR, LinkRole.VIEWER)
    ]
    cursor = (list_id, *await head_of(resources, list_id))

    async with (
        socket_of(server.socket_url, resources, ana) as owner,
        socket_to(server.socket_url, hello={"token": editor.token}) as editing,
        socket_to(server.socket_url, hello={"token": viewer.token}) as viewing,
    ):
        for client in (owner, editing, viewing):
            await client.subscribe(cursor)
            await client.receive_answer(await client.send("presence", list=list_id, state={}))
        await editing.send("editing", todo=todo.id, field="title")
        seen = await owner.receive_type("editing")
        refused = await viewing.receive_answer(
            await viewing.send("editing", todo=todo.id, field="title")
        )

    joined = [frame for frame in owner.frames if frame["type"] == "joined"]
    names = {entry["user"]["name"] for frame in joined for entry in frame["users"]}
    assert names == {"Gil (guest)"}
    assert (seen["user"]["id"], seen["field"]) == (editor.actor.user_id, "title")
    assert refused["code"] == "forbidden"
