"""Who is present: users, not sockets, on any number of nodes, and only users with access."""

import pytest
import pytest_asyncio

from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.frames import Joined, Left, Presence, ServerFrame
from shared.contract.shapes import Role
from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import served
from tests.support.realtime.databases import SQLITE_ONLY
from tests.support.realtime.presence_sockets import (
    QUICK,
    TwoNodes,
    enter,
    present,
    present_users,
    receive_present,
    receive_state,
    shorten_presence,
)
from tests.support.realtime.websocket_client import (
    InsertedList,
    head_of,
    insert_list,
    remove_member,
    revoke_session,
    socket_of,
    write_event,
)
from tests.support.services.processes import wait_until
from tests.support.world_builder import World

pytestmark = SQLITE_ONLY


@pytest_asyncio.fixture
async def cleo(world: World) -> Actor:
    return await world.user("Cleo")


@pytest_asyncio.fixture
async def list_of_three(resources: Resources, ana: Actor, ben: Actor, cleo: Actor) -> InsertedList:
    return await insert_list(resources, ana, ben, cleo)


async def test_users_on_two_nodes_see_each_other_join_and_leave(
    nodes: TwoNodes, resources: Resources, ana: Actor, ben: Actor, shared_list: InsertedList
) -> None:
    list_id = shared_list.list_id

    async with present(nodes[0].socket_url, resources, ana, shared_list) as first:
        on_other = present(nodes[1].socket_url, resources, ben, shared_list, mood="calm")
        async with on_other as second:
            await receive_present(first, list_id, {"Ana", "Ben"})
            await receive_present(second, list_id, {"Ana", "Ben"})
            states = present_users(first, list_id)
            before = monotonic()
        await receive_present(first, list_id, {"Ana"})

    assert states == {"Ana": {}, "Ben": {"mood": "calm"}}
    assert monotonic() - before >= QUICK["leave_debounce_seconds"]
    assert first.count("left") == 1


async def test_a_user_who_enters_gets_all_present_users_at_once(
    nodes: TwoNodes,
    resources: Resources,
    ana: Actor,
    ben: Actor,
    cleo: Actor,
    list_of_three: InsertedList,
) -> None:
    async with (
        present(nodes[0].socket_url, resources, ana, list_of_three) as first,
        present(nodes[1].socket_url, resources, ben, list_of_three),
    ):
        await receive_present(first, list_of_three.list_id, {"Ana", "Ben"})
        async with socket_of(nodes[0].socket_url, resources, cleo) as third:
            names = await enter(third, *list_of_three)

    assert names == {"Ana", "Ben", "Cleo"}


async def test_two_tabs_are_one_user_on_whatever_nodes(
    nodes: TwoNodes, resources: Resources, ana: Actor, ben: Actor, shared_list: InsertedList
) -> None:
    list_id = shared_list.list_id

    async with present(nodes[0].socket_url, resources, ana, shared_list) as watcher:
        async with present(nodes[0].socket_url, resources, ben, shared_list, tab=1):
            async with present(nodes[1].socket_url, resources, ben, shared_list, tab=2):
                await receive_state(watcher, list_id, "Ben", {"tab": 2})
            # The state of the other tab counts again, and no user has left.
            await receive_state(watcher, list_id, "Ben", {"tab": 1})
            assert watcher.count("left") == 0
        await receive_present(watcher, list_id, {"Ana"})

    assert watcher.count("left") == 1


async def test_a_reload_is_no_leave_even_if_it_ends_on_another_node(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    ben: Actor,
    shared_list: InsertedList,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shorten_presence(monkeypatch, leave_debounce_seconds=30, lease_seconds=60)

    async with (
        served(settings) as node_a,
        served(settings) as node_b,
        present(node_a.socket_url, resources, ana, shared_list) as watcher,
    ):
        for number in range(4):
            node = (node_a, node_b)[number % 2]
            async with present(node.socket_url, resources, ben, shared_list, at=number):
                await receive_state(watcher, shared_list.list_id, "Ben", {"at": number})

    assert watcher.count("left") == 0


async def test_leases_are_renewed_as_long_as_a_user_is_present(
    nodes: TwoNodes, resources: Resources, ana: Actor, ben: Actor, shared_list: InsertedList
) -> None:
    async with (
        present(nodes[0].socket_url, resources, ana, shared_list) as first,
        present(nodes[1].socket_url, resources, ben, shared_list),
    ):
        await receive_present(first, shared_list.list_id, {"Ana", "Ben"})
        with pytest.raises(TimeoutError):
            # Two leases long nothing changes.
            await first.receive(3)


async def test_a_subscriber_that_sends_no_presence_is_not_shown_and_gets_none(
    nodes: TwoNodes, resources: Resources, ana: Actor, ben: Actor, shared_list: InsertedList
) -> None:
    list_id = shared_list.list_id

    async with socket_of(nodes[0].socket_url, resources, ben) as quiet:
        await quiet.follow(shared_list)
        async with present(nodes[0].socket_url, resources, ana, shared_list) as first:
            assert set(present_users(first, list_id)) == {"Ana"}
        await write_event(resources, list_id)
        await quiet.receive_seq(list_id, 1)

    assert {frame["type"] for frame in quiet.frames} == {"welcome", "subscribed", "event"}


async def test_presence_sent_right_after_subscribe_counts_once_the_right_to_read_is_known(
    nodes: TwoNodes, resources: Resources, world: World, ana: Actor, ana_list: InsertedList
) -> None:
    eve = await world.user("Eve")
    list_id = ana_list.list_id

    async with socket_of(nodes[0].socket_url, resources, ana) as first:
        await first.subscribe((*ana_list, 0))
        answer = await first.receive_answer(await first.send("presence", list=list_id))
        async with socket_of(nodes[0].socket_url, resources, eve) as stranger:
            await stranger.subscribe((*ana_list, 0))
            await stranger.send("presence", list=list_id)
            refused = await stranger.receive_type("error")
            await stranger.send("presence", list=list_id)
            again = await stranger.receive_type("error")
        with pytest.raises(TimeoutError):
            await first.receive(0.3)

    assert answer["type"] == "presence"
    assert (refused["code"], again["code"]) == ("not_found", "not_subscribed")
    assert stranger.count("presence") == 0


async def test_a_viewer_is_shown_too(
    nodes: TwoNodes, resources: Resources, world: World, ana: Actor
) -> None:
    vera = await world.user("Vera")
    list_id = await world.list(ana, (vera, Role.VIEWER))
    epoch, _ = await head_of(resources, list_id)

    async with (
        present(nodes[0].socket_url, resources, ana, (list_id, epoch)) as first,
        present(nodes[1].socket_url, resources, vera, (list_id, epoch)),
    ):
        await receive_present(first, list_id, {"Ana", "Vera"})


async def test_a_removed_user_is_gone_at_once_and_gets_no_more_presence(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    ben: Actor,
    cleo: Actor,
    list_of_three: InsertedList,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shorten_presence(monkeypatch, leave_debounce_seconds=3600, lease_seconds=7200)
    list_id = list_of_three.list_id

    async with (
        served(settings) as node_a,
        served(settings) as node_b,
        present(node_a.socket_url, resources, ana, list_of_three) as same_node,
        present(node_b.socket_url, resources, cleo, list_of_three) as other_node,
        present(node_a.socket_url, resources, ben, list_of_three) as removed,
    ):
        for client in (same_node, other_node, removed):
            await receive_present(client, list_id, {"Ana", "Ben", "Cleo"})
        await remove_member(resources, list_id, ben)
        for client in (same_node, other_node):
            await receive_present(client, list_id, {"Ana", "Cleo"})
        await removed.receive_type("unsubscribed")
        received = len(removed.frames)
        await other_node.send("presence", list=list_id, state={"mood": "calm"})
        await receive_state(same_node, list_id, "Cleo", {"mood": "calm"})
        await removed.send("presence", list=list_id)
        await removed.receive_type("error")

    assert [frame["type"] for frame in removed.frames[received:]] == ["error"]


async def test_the_user_of_a_revoked_session_is_gone_at_once(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    ben: Actor,
    shared_list: InsertedList,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shorten_presence(monkeypatch, leave_debounce_seconds=3600, lease_seconds=7200)

    async with (
        served(settings) as node_a,
        served(settings) as node_b,
        present(node_a.socket_url, resources, ana, shared_list) as watcher,
        present(node_b.socket_url, resources, ben, shared_list),
    ):
        await receive_present(watcher, shared_list.list_id, {"Ana", "Ben"})
        await revoke_session(resources, ben)
        await receive_present(watcher, shared_list.list_id, {"Ana"})


async def test_null_is_a_leave_and_unsubscribing_is_one_too(
    nodes: TwoNodes, resources: Resources, ana: Actor, ben: Actor, shared_list: InsertedList
) -> None:
    list_id = shared_list.list_id

    async with (
        present(nodes[0].socket_url, resources, ana, shared_list) as watcher,
        present(nodes[1].socket_url, resources, ben, shared_list) as client,
    ):
        await receive_present(watcher, list_id, {"Ana", "Ben"})
        await client.send("presence", list=list_id, state=None)
        await receive_present(watcher, list_id, {"Ana"})
        await client.send("presence", list=list_id)
        await receive_present(watcher, list_id, {"Ana", "Ben"})
        await client.send("unsubscribe", lists=[list_id])
        await receive_present(watcher, list_id, {"Ana"})


async def test_a_node_that_shuts_down_releases_its_leases(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    ben: Actor,
    shared_list: InsertedList,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shorten_presence(monkeypatch, leave_debounce_seconds=0.6, lease_seconds=60, renew_seconds=20)
    list_id = shared_list.list_id

    async with (
        served(settings) as node_a,
        present(node_a.socket_url, resources, ana, shared_list) as watcher,
    ):
        async with (
            served(settings) as node_b,
            socket_of(node_b.socket_url, resources, ben) as client,
        ):
            await enter(client, *shared_list)
            await receive_present(watcher, list_id, {"Ana", "Ben"})
        await receive_present(watcher, list_id, {"Ana"})


async def test_the_frames_are_as_the_contract_has_them(
    nodes: TwoNodes, resources: Resources, ana: Actor, ben: Actor, shared_list: InsertedList
) -> None:
    list_id = shared_list.list_id

    async with present(nodes[0].socket_url, resources, ana, shared_list, nothing=None) as watcher:
        async with present(nodes[0].socket_url, resources, ben, shared_list):
            await receive_present(watcher, list_id, {"Ana", "Ben"})
        await receive_present(watcher, list_id, {"Ana"})

    kinds: dict[str, type[ServerFrame]] = {"presence": Presence, "joined": Joined, "left": Left}
    received = [frame for frame in watcher.frames if frame["type"] in kinds]
    assert {frame["type"] for frame in received} == set(kinds)
    for frame in received:
        known = kinds[frame["type"]].model_validate(frame).model_dump(mode="json")
        assert {"re": None} | known == {"re": None} | frame
    assert present_users(watcher, list_id) == {"Ana": {"nothing": None}}


async def test_nothing_is_kept_of_users_who_left(
    nodes: TwoNodes, resources: Resources, ana: Actor, ana_list: InsertedList
) -> None:
    ephemeral = nodes[0].app.state.realtime.presence.ephemeral

    async with present(nodes[0].socket_url, resources, ana, ana_list):
        assert ephemeral.has_rooms
    await wait_until(lambda: not ephemeral.has_rooms, what="forgetting the room")

    assert ephemeral.is_empty
