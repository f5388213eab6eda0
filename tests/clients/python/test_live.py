"""Live clients against the real server: nothing is lost or doubled, and writes show at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from livelist_client import (
    Change,
    ChangeKind,
    Client,
    Conflict,
    Invalid,
    Limits,
    Live,
    NotFound,
    OutboxFull,
    SignedOut,
)
from shared.accounts.api_tokens import revoke_api_token
from shared.contract.shapes import Role
from tests.clients.python.conftest import Account, UnreliableTransport
from tests.support.api_tokens import insert_api_token
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults.client_proxy import ClientProxy, open_client_proxy
from tests.support.realtime.websocket_client import remove_member, trim_events
from tests.support.world_builder import World


async def next_change(changes: AsyncIterator[Change], *, event: str = "") -> Change:
    """Return the next change of that event."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        async for change in changes:
            if not event or change.event == event:
                return change
    raise AssertionError(f"the changes ended without {event}")


async def next_of(changes: AsyncIterator[Change], kind: ChangeKind) -> Change:
    async with asyncio.timeout(DEADLINE_SECONDS):
        async for change in changes:
            if change.kind is kind:
                return change
    raise AssertionError(f"the changes ended without {kind}")


@asynccontextmanager
async def through_proxy(account: Account) -> AsyncIterator[tuple[ClientProxy, Client]]:
    async with (
        open_client_proxy(account.server.port) as proxy,
        Client(proxy.url, account.token.text) as client,
    ):
        yield proxy, client


def titles(live: Live, account: Account, *, shown: bool = False) -> list[str]:
    state = live.shown if shown else live.state
    return [todo["title"] for todo in state.todos(account.list_id)]


async def test_a_change_arrives_once_and_is_part_of_the_state(account: Account) -> None:
    async with account.client() as client, client.follow() as live:
        changes = aiter(live)
        await live.wait_current()
        todo = await client.todos.add(title="Book", list_id=account.list_id)
        created = await next_change(changes, event="todo.created")
        await client.todos.edit(todo["id"], title="Book it")
        edited = await next_change(changes, event="todo.edited")

        assert titles(live, account) == ["Book it"]
    assert created.data["todo"]["id"] == todo["id"]
    assert created.list_name == "Trip"
    assert edited.before is not None
    assert edited.before["title"] == "Book"


async def test_after_a_lost_connection_the_missed_changes_arrive_once(account: Account) -> None:
    async with (
        through_proxy(account) as (proxy, client),
        account.client() as other,
        client.follow(account.list_id) as live,
    ):
        changes = aiter(live)
        await live.wait_current()
        proxy.cut()
        await next_of(changes, ChangeKind.DISCONNECTED)
        for number in range(5):
            await other.todos.add(title=f"Todo {number}", list_id=account.list_id)
        proxy.mend()
        seqs: list[int] = []
        while len(seqs) < 5:
            change = await next_change(changes)
            seqs += [change.frame["seq"]] if change.frame else []

        assert titles(live, account) == [f"Todo {number}" for number in range(5)]
    assert seqs == [*range(seqs[0], seqs[0] + 5)]


async def test_after_a_reset_the_list_is_read_again(account: Account) -> None:
    async with (
        through_proxy(account) as (proxy, client),
        account.client() as other,
        client.follow(account.list_id) as live,
    ):
        changes = aiter(live)
        await live.wait_current()
        proxy.cut()
        await next_of(changes, ChangeKind.DISCONNECTED)
        for title in ("Book", "Pack"):
            await other.todos.add(title=title, list_id=account.list_id)
        seen = live.state.lists[account.list_id]["stream"]["seq"]
        await trim_events(account.resources, account.list_id, seen + 1)
        proxy.mend()
        await next_of(changes, ChangeKind.SNAPSHOT)
        assert titles(live, account) == ["Book", "Pack"]

        await other.todos.add(title="Go", list_id=account.list_id)
        await next_change(changes, event="todo.created")
        assert titles(live, account) == ["Book", "Pack", "Go"]


async def test_a_list_that_is_added_is_followed(account: Account) -> None:
    async with account.client() as client, client.follow() as live:
        changes = aiter(live)
        await live.wait_current()
        trip = await client.lists.create(name="Vienna")
        await next_of(changes, ChangeKind.SNAPSHOT)
        await client.todos.add(title="Book", list_id=trip["id"])
        change = await next_change(changes, event="todo.created")

    assert change.list_name == "Vienna"


async def test_a_removed_member_is_told_and_nothing_more_follows(
    account: Account, world: World
) -> None:
    ben = await world.user("Ben")
    list_id = await world.list(ben, (account.actor, Role.EDITOR), name="Ben's")
    async with account.client() as client, client.follow(list_id) as live:
        changes = aiter(live)
        await live.wait_current()
        await remove_member(account.resources, list_id, account.actor)
        lost = await next_of(changes, ChangeKind.LOST)

        assert list_id not in live.state.lists
    assert lost.stream == list_id


async def test_a_revoked_token_ends_the_live_client_for_good(account: Account) -> None:
    async with account.client() as client, client.follow() as live:
        changes = aiter(live)
        await live.wait_current()
        async with account.resources.begin() as work:
            await revoke_api_token(work, account.actor, account.token.id)
        with pytest.raises(SignedOut):
            await next_of(changes, ChangeKind.SNAPSHOT)
        with pytest.raises(SignedOut):
            await live.wait_current()


async def test_a_list_that_is_not_shared_cannot_be_followed(account: Account) -> None:
    async with account.client() as client:
        with pytest.raises(NotFound):
            async with client.follow("0" * 26):
                pass


async def test_a_token_of_one_list_follows_that_list(account: Account) -> None:
    token = await insert_api_token(account.resources, account.actor, lists=(account.list_id,))
    async with (
        Client(account.server.url, token.text) as client,
        client.follow(account.list_id) as live,
    ):
        await live.wait_current()
        changes = aiter(live)
        await client.todos.add(title="Book", list_id=account.list_id)
        assert (await next_change(changes)).event == "todo.created"


async def test_a_reader_that_takes_nothing_makes_the_client_wait_and_loses_nothing(
    account: Account,
) -> None:
    limits = Limits(queued_changes=2)
    async with account.client(limits=limits) as client, client.follow(account.list_id) as live:
        await live.wait_current()
        changes = aiter(live)
        for number in range(20):
            await client.todos.add(title=f"Todo {number}", list_id=account.list_id)
        received = [(await next_change(changes, event="todo.created")) for _ in range(20)]

    assert [change.data["todo"]["title"] for change in received] == [
        f"Todo {number}" for number in range(20)
    ]


# Optimistic writes


async def test_a_write_shows_at_once_and_once_when_it_is_confirmed(account: Account) -> None:
    async with account.client() as client, client.follow(account.list_id) as live:
        write = live.add_todo(account.list_id, "Book")
        assert (titles(live, account), titles(live, account, shown=True)) == ([], ["Book"])
        edit = live.edit_todo(write.todo_id, title="Book it")
        assert titles(live, account, shown=True) == ["Book it"]
        async with asyncio.timeout(DEADLINE_SECONDS):
            todo = await write.confirmed()
            await edit.confirmed()
            await live.wait_settled()

        assert live.state.find_todo(todo["id"]) == live.shown.find_todo(todo["id"])
        assert titles(live, account) == ["Book it"]
        assert not live.pending


async def test_every_kind_of_write_ends_as_it_was_shown(account: Account, world: World) -> None:
    other_list = await world.list(account.actor, name="Other")
    async with account.client() as client:
        ids = [
            (await client.todos.add(title=title, list_id=account.list_id))["id"] for title in "ABCD"
        ]
        async with client.follow() as live:
            live.complete_todo(ids[0])
            live.reopen_todo(ids[0])
            live.move_todo(ids[3], before_id=ids[1])
            live.move_todo(ids[2], list_id=other_list)
            live.delete_todo(ids[1])
            shown = (titles(live, account, shown=True), live.shown.todos(other_list)[0]["title"])
            async with asyncio.timeout(DEADLINE_SECONDS):
                await live.wait_settled()

            assert shown == (["A", "D"], "C")
            assert titles(live, account) == ["A", "D"]
            assert [todo["title"] for todo in live.state.todos(other_list)] == ["C"]


async def test_a_refused_write_is_taken_back_with_all_that_build_on_it(account: Account) -> None:
    async with account.client() as client, client.follow(account.list_id) as live:
        write = live.add_todo(account.list_id, "x" * 501)
        edit = live.edit_todo(write.todo_id, priority=1)
        with pytest.raises(Invalid):
            await write.confirmed()
        with pytest.raises(Invalid):
            await edit.confirmed()

        assert titles(live, account, shown=True) == []
        assert not live.pending


async def test_a_write_whose_answer_is_lost_is_confirmed_once(account: Account) -> None:
    transport = UnreliableTransport()
    async with account.client(transport) as client, client.follow(account.list_id) as live:
        transport.faults = [httpx.ReadError("lost")]
        write = live.add_todo(account.list_id, "Book")
        async with asyncio.timeout(DEADLINE_SECONDS):
            await write.confirmed()
            await live.wait_settled()

        assert titles(live, account) == titles(live, account, shown=True) == ["Book"]


async def test_the_number_of_pending_writes_is_bounded(account: Account) -> None:
    limits = Limits(pending_writes=2)
    async with account.client(limits=limits) as client, client.follow(account.list_id) as live:
        writes = [live.add_todo(account.list_id, title) for title in "AB"]
        with pytest.raises(OutboxFull):
            live.add_todo(account.list_id, "C")
        for write in writes:
            await write.confirmed()


async def test_a_conflict_is_raised_where_the_write_is_awaited(account: Account) -> None:
    async with account.client() as client, client.follow(account.list_id) as live:
        todo = await client.todos.add(title="Book", list_id=account.list_id)
        await client.todos.delete(todo["id"])
        with pytest.raises(Conflict) as caught:
            await live.edit_todo(todo["id"], title="Book it").confirmed()

    assert caught.value.code == "in_trash"


async def test_leaving_ends_every_task_and_cancels_unsent_writes(account: Account) -> None:
    before = asyncio.all_tasks()
    async with account.client() as client:
        async with client.follow() as live:
            await live.wait_current()
            write = live.add_todo(account.list_id, "Book")
        assert write.result.done()
        assert not [task for task in asyncio.all_tasks() - before if "livelist" in task.get_name()]


async def test_a_cancelled_program_leaves_nothing_behind(account: Account) -> None:
    async def run() -> None:
        async with account.client() as client, client.follow() as live:
            await live.wait_current()
            async for _ in live:
                pass

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not [task for task in asyncio.all_tasks() if "livelist" in task.get_name()]


async def test_a_program_that_is_cancelled_while_it_leaves_is_cancelled(account: Account) -> None:
    is_leaving = asyncio.Event()
    went_on = False

    async def run() -> None:
        nonlocal went_on
        async with account.client() as client:
            async with client.follow():
                is_leaving.set()
            went_on = True

    task = asyncio.create_task(run())
    await is_leaving.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert not went_on
