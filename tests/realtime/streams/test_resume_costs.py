"""What a reconnect costs the database: with one statement per list, a restart would overload it."""

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

# The rights, the heads, and a page of events.
STATEMENTS_PER_PAGE = 3

Cursors = list[tuple[str, str, int]]


@pytest.fixture
def quiet(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a node that reads the database only for its sockets."""
    set_limits(monkeypatch, head_check_seconds=3600, head_check_seconds_without_pubsub=3600)
    return changed_settings(settings, redis_url="")


async def insert_lists(resources: Resources, actor: Actor, count: int, events: int) -> Cursors:
    """Insert lists of the actor with `events` events each; return cursors at their beginning."""
    cursors: Cursors = []
    async with resources.begin() as work:
        for _ in range(count):
            list_id = ListId(new_id())
            head = await work.open_stream(list_stream(list_id))
            cursors.append((list_id, head.epoch, 0))
            for _ in range(events):
                work.record(list_stream(list_id), TodoPurged(todo_id=new_id()), None)
        at = {"created_at": work.now, "updated_at": work.now}
        await work.connection.execute(
            insert(ListRow), [{"id": list_id, "name": "Groceries"} | at for list_id, *_ in cursors]
        )
        member = {"user_id": actor.user_id, "role": "owner", "joined_at": work.now}
        await work.connection.execute(
            insert(MemberRow), [{"list_id": list_id} | member for list_id, *_ in cursors]
        )
    return cursors


async def cost_of_reconnect(
    node: InProcessNode, resources: Resources, actor: Actor, cursors: Cursors
) -> int:
    """Return the number of statements until every subscription is current."""
    async with (
        socket_of(node.socket_url, resources, actor) as client,
        recorded_statements(node.app.state.resources) as statements,
    ):
        await client.subscribe(*cursors)
        for _ in cursors:
            await client.receive_type("subscribed")
    return len(statements)


@pytest.mark.parametrize("missed", [0, 3])
async def test_a_reconnect_to_20_lists_takes_as_many_statements_as_to_one(
    quiet: Settings, resources: Resources, ana: Actor, missed: int
) -> None:
    few = await insert_lists(resources, ana, 1, missed)
    many = await insert_lists(resources, ana, MAX_STREAMS_PER_PAGE, missed)

    async with served(quiet) as node:
        costs = [await cost_of_reconnect(node, resources, ana, lists) for lists in (few, many)]

    assert costs == [STATEMENTS_PER_PAGE if missed else STATEMENTS_PER_PAGE - 1] * 2


async def test_a_reconnect_to_200_lists_takes_two_statements_or_three_for_every_20_with_events(
    quiet: Settings, resources: Resources, ana: Actor
) -> None:
    unchanged = await insert_lists(resources, ana, Limits.subscriptions, 0)
    changed = await insert_lists(resources, ana, Limits.subscriptions, 1)

    async with served(quiet) as node:
        costs = [
            await cost_of_reconnect(node, resources, ana, lists) for lists in (unchanged, changed)
        ]

    pages = Limits.subscriptions // MAX_STREAMS_PER_PAGE
    assert costs == [STATEMENTS_PER_PAGE - 1, STATEMENTS_PER_PAGE * pages]


async def test_opening_a_socket_takes_one_statement(
    quiet: Settings, resources: Resources, ana: Actor
) -> None:
    async with served(quiet) as node:
        round_trips: list[str] = []
        node.app.state.resources.database.observer = lambda text, values: round_trips.append(text)
        async with socket_of(node.socket_url, resources, ana):
            pass

    assert len([text for text in round_trips if "sessions" in text]) == 1
    assert [text for text in round_trips if text.startswith(("BEGIN", "ROLLBACK"))] == []
