"""What coming back costs the database: by the list it would be the storm after a restart."""

import pytest
from sqlalchemy import insert

from realtime.limits import Limits
from shared.actor import Actor
from shared.contract.events import TodoPurged
from shared.event_log import MAX_STREAMS_PER_PAGE
from shared.ids import ListId, list_stream, new_id
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from tests.support.api_server import InProcessNode, served
from tests.support.features.list_builder import recorded_statements
from tests.support.realtime.limits import set_limits
from tests.support.realtime.websocket_client import socket_of
from tests.support.settings import changed_settings
from tests.support.world_builder import World

# Whether they may be read, the heads, and a page of events.
A_PAGE = 3

Places = list[tuple[str, str, int]]


@pytest.fixture
def quiet(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A node that reads the database for nothing but what its sockets ask."""
    set_limits(monkeypatch, head_check_seconds=3600, head_check_seconds_without_pubsub=3600)
    return changed_settings(settings, redis_url="")


async def read_list_ids(resources: Resources, actor: Actor, count: int, events: int) -> Places:
    """Returns new lists of the actor, each with so many events, to be subscribed to from 0."""
    places: Places = []
    async with resources.begin() as work:
        for _ in range(count):
            list_id = ListId(new_id())
            head = await work.open_stream(list_stream(list_id))
            places.append((list_id, head.epoch, 0))
            for _ in range(events):
                work.record(list_stream(list_id), TodoPurged(todo_id=new_id()), None)
        at = {"created_at": work.now, "updated_at": work.now}
        await work.connection.execute(
            insert(ListRow), [{"id": one, "name": "Groceries"} | at for one, *_ in places]
        )
        member = {"user_id": actor.user_id, "role": "owner", "joined_at": work.now}
        await work.connection.execute(
            insert(MemberRow), [{"list_id": one} | member for one, *_ in places]
        )
    return places


async def cost_of_coming_back(
    node: InProcessNode, resources: Resources, actor: Actor, places: Places
) -> int:
    """Returns how many statements it took until all was read."""
    async with (
        socket_of(node.socket_url, resources, actor) as client,
        recorded_statements(node.app.state.resources) as statements,
    ):
        await client.subscribe(*places)
        for _ in places:
            await client.receive_type("subscribed")
    return len(statements)


@pytest.mark.parametrize("missed", [0, 3])
async def test_coming_back_to_20_lists_takes_as_many_statements_as_to_one(
    quiet: Settings, resources: Resources, world: World, missed: int
) -> None:
    ana = await world.user()
    few = await read_list_ids(resources, ana, 1, missed)
    many = await read_list_ids(resources, ana, MAX_STREAMS_PER_PAGE, missed)

    async with served(quiet) as node:
        costs = [await cost_of_coming_back(node, resources, ana, one) for one in (few, many)]

    assert costs == [A_PAGE if missed else A_PAGE - 1] * 2


async def test_coming_back_to_200_lists_takes_two_statements_or_three_for_every_20_with_news(
    quiet: Settings, resources: Resources, world: World
) -> None:
    ana = await world.user()
    unchanged = await read_list_ids(resources, ana, Limits.subscriptions, 0)
    changed = await read_list_ids(resources, ana, Limits.subscriptions, 1)

    async with served(quiet) as node:
        costs = [
            await cost_of_coming_back(node, resources, ana, one) for one in (unchanged, changed)
        ]

    assert costs == [A_PAGE - 1, A_PAGE * Limits.subscriptions // MAX_STREAMS_PER_PAGE]
