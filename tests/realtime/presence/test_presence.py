"""Who is here: people, not sockets, on any number of nodes; never a ghost, never a stranger."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from realtime.limits import Limits
from shared.clock import monotonic
from shared.contract.frames import Joined, Left, Presence, ServerFrame
from shared.contract.shapes import Role
from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import InProcessNode, served
from tests.support.realtime.presence_sockets import (
    count_frames,
    enter,
    present,
    present_users,
    receive_present,
    receive_state,
    shorten_presence,
)
from tests.support.realtime.websocket_client import (
    head_of,
    insert_list,
    remove_member,
    revoke_session,
    socket_of,
    write_event,
)
from tests.support.services.processes import wait_until
from tests.support.world_builder import World

# Presence is not in the database: one kind of it is enough.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest_asyncio.fixture
async def nodes(
    settings: Settings, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[InProcessNode, InProcessNode]]:
    """Two nodes on one broker, with short leases and leaves."""
    shorten_presence(monkeypatch)
    async with served(settings) as one, served(settings) as other:
        yield one, other


async def test_people_on_two_nodes_see_each_other_come_and_go(
    nodes: tuple[InProcessNode, InProcessNode], resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    place = await insert_list(resources, ana, ben)

    async with present(nodes[0].socket_url, resources, ana, place) as first:
        async with present(nodes[1].socket_url, resources, ben, place, mood="calm") as second:
            await receive_present(first, place[0], {"Ana", "Ben"})
            await receive_present(second, place[0], {"Ana", "Ben"})
            states = present_users(first, place[0])
        before = monotonic()
        await receive_present(first, place[0], {"Ana"})

    assert states == {"Ana": {}, "Ben": {"mood": "calm"}}
    assert 0.3 < monotonic() - before < 3
    assert count_frames(first, "left") == 1


async def test_whoever_comes_is_told_of_everybody_at_once(
    nodes: tuple[InProcessNode, InProcessNode], resources: Resources, world: World
) -> None:
    ana, ben, cleo = [await world.user(name) for name in ("Ana", "Ben", "Cleo")]
    place = await insert_list(resources, ana, ben, cleo)

    async with (
        present(nodes[0].socket_url, resources, ana, place) as first,
        present(nodes[1].socket_url, resources, ben, place),
    ):
        await receive_present(first, place[0], {"Ana", "Ben"})
        async with socket_of(nodes[0].socket_url, resources, cleo) as third:
            told = await enter(third, *place)

    assert told == {"Ana", "Ben", "Cleo"}


async def test_two_tabs_are_one_person_wherever_they_are(
    nodes: tuple[InProcessNode, InProcessNode], resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    place = await insert_list(resources, ana, ben)

    async with present(nodes[0].socket_url, resources, ana, place) as watcher:
        async with present(nodes[0].socket_url, resources, ben, place, tab=1):
            async with present(nodes[1].socket_url, resources, ben, place, tab=2):
                await receive_state(watcher, place[0], "Ben", {"tab": 2})
            # What the other tab said counts again, and nobody left.
            await receive_state(watcher, place[0], "Ben", {"tab": 1})
            assert count_frames(watcher, "left") == 0
        await receive_present(watcher, place[0], {"Ana"})

    assert count_frames(watcher, "left") == 1


async def test_a_reload_is_not_a_leave_even_if_it_ends_on_another_node(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten_presence(monkeypatch, leave_debounce_seconds=30, lease_seconds=60)
    ana, ben = await world.user("Ana"), await world.user("Ben")
    place = await insert_list(resources, ana, ben)

    async with (
        served(settings) as one,
        served(settings) as other,
        present(one.socket_url, resources, ana, place) as watcher,
    ):
        for number in range(4):
            node = (one, other)[number % 2]
            async with present(node.socket_url, resources, ben, place, at=number):
                await receive_state(watcher, place[0], "Ben", {"at": number})

    assert count_frames(watcher, "left") == 0


async def test_leases_are_renewed_for_as_long_as_somebody_is_here(
    nodes: tuple[InProcessNode, InProcessNode], resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    place = await insert_list(resources, ana, ben)

    async with (
        present(nodes[0].socket_url, resources, ana, place) as first,
        present(nodes[1].socket_url, resources, ben, place),
    ):
        await receive_present(first, place[0], {"Ana", "Ben"})
        with pytest.raises(TimeoutError):
            # Two leases long nothing changes.
            await first.receive(3)


async def test_a_subscriber_who_does_not_say_presence_neither_appears_nor_hears(
    nodes: tuple[InProcessNode, InProcessNode], resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    place = await insert_list(resources, ana, ben)

    async with socket_of(nodes[0].socket_url, resources, ben) as quiet:
        await quiet.subscribe((*place, 0))
        await quiet.receive_type("subscribed")
        async with present(nodes[0].socket_url, resources, ana, place) as first:
            assert set(present_users(first, place[0])) == {"Ana"}
        await write_event(resources, place[0])
        await quiet.receive_seq(place[0], 1)

    assert {frame["type"] for frame in quiet.frames} == {"welcome", "subscribed", "event"}


async def test_presence_said_right_after_subscribe_counts_once_it_is_known_who_may_read(
    nodes: tuple[InProcessNode, InProcessNode], resources: Resources, world: World
) -> None:
    ana, eve = await world.user("Ana"), await world.user("Eve")
    place = await insert_list(resources, ana)

    async with socket_of(nodes[0].socket_url, resources, ana) as first:
        await first.subscribe((*place, 0))
        re = await first.send("presence", list=place[0])
        answer = await first.receive_until(lambda one: one.get("re") == re)
        async with socket_of(nodes[0].socket_url, resources, eve) as stranger:
            await stranger.subscribe((*place, 0))
            await stranger.send("presence", list=place[0])
            refused = await stranger.receive_type("error")
            await stranger.send("presence", list=place[0])
            again = await stranger.receive_type("error")
        with pytest.raises(TimeoutError):
            await first.receive(0.3)

    assert answer["type"] == "presence"
    assert (refused["code"], again["code"]) == ("not_found", "not_subscribed")
    assert count_frames(stranger, "presence") == 0


async def test_a_viewer_is_here_too(
    nodes: tuple[InProcessNode, InProcessNode], resources: Resources, world: World
) -> None:
    ana, vera = await world.user("Ana"), await world.user("Vera")
    list_id = await world.list(ana, (vera, Role.VIEWER))
    epoch, _ = await head_of(resources, list_id)

    async with (
        present(nodes[0].socket_url, resources, ana, (list_id, epoch)) as first,
        present(nodes[1].socket_url, resources, vera, (list_id, epoch)),
    ):
        await receive_present(first, list_id, {"Ana", "Vera"})


async def test_whoever_is_removed_is_gone_at_once_and_hears_nothing_more(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten_presence(monkeypatch, leave_debounce_seconds=60, lease_seconds=90)
    ana, ben, cleo = [await world.user(name) for name in ("Ana", "Ben", "Cleo")]
    place = await insert_list(resources, ana, ben, cleo)

    async with (
        served(settings) as one,
        served(settings) as other,
        present(one.socket_url, resources, ana, place) as here_too,
        present(other.socket_url, resources, cleo, place) as elsewhere,
        present(one.socket_url, resources, ben, place) as removed,
    ):
        for client in (here_too, elsewhere, removed):
            await receive_present(client, place[0], {"Ana", "Ben", "Cleo"})
        await remove_member(resources, place[0], ben)
        for client in (here_too, elsewhere):
            await receive_present(client, place[0], {"Ana", "Cleo"}, 3)
        await removed.receive_type("unsubscribed")
        heard = len(removed.frames)
        await elsewhere.send("presence", list=place[0], state={"mood": "calm"})
        await receive_state(here_too, place[0], "Cleo", {"mood": "calm"})
        await removed.send("presence", list=place[0])
        await removed.receive_type("error")

    assert [frame["type"] for frame in removed.frames[heard:]] == ["error"]


async def test_a_revoked_session_is_gone_at_once(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten_presence(monkeypatch, leave_debounce_seconds=60, lease_seconds=90)
    ana, ben = await world.user("Ana"), await world.user("Ben")
    place = await insert_list(resources, ana, ben)

    async with (
        served(settings) as one,
        served(settings) as other,
        present(one.socket_url, resources, ana, place) as watcher,
        present(other.socket_url, resources, ben, place),
    ):
        await receive_present(watcher, place[0], {"Ana", "Ben"})
        await revoke_session(resources, ben)
        await receive_present(watcher, place[0], {"Ana"}, 3)


async def test_null_is_a_leave_and_unsubscribing_is_one_too(
    nodes: tuple[InProcessNode, InProcessNode], resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    place = await insert_list(resources, ana, ben)

    async with (
        present(nodes[0].socket_url, resources, ana, place) as watcher,
        present(nodes[1].socket_url, resources, ben, place) as client,
    ):
        await receive_present(watcher, place[0], {"Ana", "Ben"})
        await client.send("presence", list=place[0], state=None)
        await receive_present(watcher, place[0], {"Ana"})
        await client.send("presence", list=place[0])
        await receive_present(watcher, place[0], {"Ana", "Ben"})
        await client.send("unsubscribe", lists=[place[0]])
        await receive_present(watcher, place[0], {"Ana"})


async def test_a_node_that_goes_down_in_good_order_takes_its_people_along_soon(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten_presence(monkeypatch, leave_debounce_seconds=0.6, lease_seconds=60, renew_seconds=20)
    ana, ben = await world.user("Ana"), await world.user("Ben")
    place = await insert_list(resources, ana, ben)

    async with served(settings) as one, present(one.socket_url, resources, ana, place) as watcher:
        async with served(settings) as other, socket_of(other.socket_url, resources, ben) as client:
            await enter(client, *place)
            await receive_present(watcher, place[0], {"Ana", "Ben"})
        await receive_present(watcher, place[0], {"Ana"})


@pytest.mark.parametrize(
    ("state", "is_taken"),
    [
        ({"text": "x" * 501}, True),
        ({"text": "x" * 502}, False),
        ({"text": "ä" * 251}, False),
    ],
    ids=["512 bytes", "513 bytes", "bytes are counted, not letters"],
)
async def test_a_state_has_512_bytes_at_most(
    nodes: tuple[InProcessNode, InProcessNode],
    resources: Resources,
    world: World,
    state: dict[str, object],
    is_taken: bool,
) -> None:
    ana = await world.user()
    place = await insert_list(resources, ana)

    async with socket_of(nodes[0].socket_url, resources, ana) as client:
        await client.subscribe((*place, 0))
        await client.receive_type("subscribed")
        re = await client.send("presence", list=place[0], state=state)
        answer = await client.receive_until(lambda one: one.get("re") == re)

    assert answer.get("code") == (None if is_taken else "too_large")


async def test_a_state_that_is_nested_beyond_reason_is_refused(
    nodes: tuple[InProcessNode, InProcessNode], resources: Resources, world: World
) -> None:
    ana = await world.user()
    place = await insert_list(resources, ana)

    async with present(nodes[0].socket_url, resources, ana, place) as client:
        deep = "[" * 300 + "]" * 300
        await client.socket.send(
            f'{{"type":"presence","list":"{place[0]}","state":{{"deep":{deep}}}}}'
        )
        refused = await client.receive_type("error")

    assert refused["code"] == "too_large"


async def test_one_socket_is_present_in_so_many_lists_and_no_more(
    nodes: tuple[InProcessNode, InProcessNode], resources: Resources, world: World
) -> None:
    ana = await world.user()
    places = [await insert_list(resources, ana) for _ in range(Limits.presence_lists + 1)]

    async with socket_of(nodes[0].socket_url, resources, ana) as client:
        await client.subscribe(*((*place, 0) for place in places))
        for _ in places:
            await client.receive_type("subscribed")
        for list_id, _ in places:
            await client.send("presence", list=list_id)
        refused = await client.receive_type("error")
        await client.send("presence", list=places[0][0], state=None)
        re = await client.send("presence", list=places[-1][0])
        answer = await client.receive_until(lambda one: one.get("re") == re)

    assert (refused["code"], refused["list"]) == ("too_many_presences", places[-1][0])
    assert answer["type"] == "presence"


async def test_a_flood_of_states_is_told_as_the_last_of_them(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten_presence(
        monkeypatch, presence_batch_seconds=0.3, frames_per_second=1000, frames_burst=1000
    )
    ana, ben = await world.user("Ana"), await world.user("Ben")
    place = await insert_list(resources, ana, ben)

    async with (
        served(settings) as node,
        present(node.socket_url, resources, ana, place) as watcher,
        present(node.socket_url, resources, ben, place) as client,
    ):
        await receive_present(watcher, place[0], {"Ana", "Ben"})
        before = count_frames(watcher, "joined")
        for number in range(300):
            await client.socket.send(
                f'{{"type":"presence","list":"{place[0]}","state":{{"at":{number}}}}}'
            )
        await receive_state(watcher, place[0], "Ben", {"at": 299})

    assert count_frames(watcher, "joined") - before <= 5


async def test_frames_are_as_the_contract_has_them(
    nodes: tuple[InProcessNode, InProcessNode], resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    place = await insert_list(resources, ana, ben)

    async with present(nodes[0].socket_url, resources, ana, place, nothing=None) as watcher:
        async with present(nodes[0].socket_url, resources, ben, place):
            await receive_present(watcher, place[0], {"Ana", "Ben"})
        await receive_present(watcher, place[0], {"Ana"})

    kinds: dict[str, type[ServerFrame]] = {"presence": Presence, "joined": Joined, "left": Left}
    found = [one for one in watcher.frames if one["type"] in kinds]
    assert {one["type"] for one in found} == set(kinds)
    for frame in found:
        known = kinds[frame["type"]].model_validate(frame).model_dump(mode="json")
        assert {"re": None} | known == {"re": None} | frame
    assert present_users(watcher, place[0]) == {"Ana": {"nothing": None}}


async def test_nothing_is_kept_of_users_who_left(
    nodes: tuple[InProcessNode, InProcessNode], resources: Resources, world: World
) -> None:
    ana = await world.user()
    place = await insert_list(resources, ana)
    ephemeral = nodes[0].app.state.realtime.presence.ephemeral

    async with present(nodes[0].socket_url, resources, ana, place):
        assert ephemeral.has_rooms
    await wait_until(lambda: not ephemeral.has_rooms, 5, "forgetting the room")

    assert ephemeral.is_empty
