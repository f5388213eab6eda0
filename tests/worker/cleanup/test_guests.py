"""Guests end with their link, and leave no name when they are deleted."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from shared.accounts.administration import AccountEdit, edit_user
from shared.accounts.personal_data.deletion import request_deletion
from shared.clock import SystemClock
from shared.comments.commands import add_comment
from shared.contract.shapes import Role, SiteRole
from shared.ids import TodoId, list_stream, user_stream
from shared.resources import Resources
from shared.share_links.links import LinkEdit, edit_link, revoke_link
from shared.tables import metadata
from shared.tables.accounts import UserRow
from shared.tables.comments import CommentRow
from shared.tables.jobs import JobRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.share_links import GuestRow
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.clock import ManualClock
from tests.support.share_links import make_guest, make_link
from tests.support.worker.table_rows import column_values, run_chore
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from tests.worker.conftest import NOW
from worker.cleanup.guests import GUEST_RETENTION

HOUR = timedelta(hours=1)


async def test_the_guests_of_an_expired_link_leave_the_list(
    resources: Resources, world: World, worker: WorkerHarness
) -> None:
    resources.clock = clock = ManualClock(resources.clock.now())
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    link = await make_link(resources, ana, list_id, expires_at=clock.now() + HOUR)
    guest = await make_guest(resources, link)
    later = LinkEdit(frozenset({"expires_at"}), expires_at=clock.now() + 2 * HOUR)
    await world.run(edit_link, ana, list_id, link.id, later)

    clock.advance(HOUR)
    await _run_due_jobs(resources, worker)
    prolonged = await column_values(resources, GuestRow.user_id)
    clock.advance(HOUR)
    await _run_due_jobs(resources, worker)

    assert prolonged == {guest.actor.user_id}
    assert await column_values(resources, GuestRow.user_id) == set()
    assert await column_values(resources, MemberRow.user_id) == {ana.user_id}
    event = (await world.events(list_stream(list_id)))[-1]
    assert (event["actor"], event["event"]) == (None, "member.removed")
    assert event["data"] == {"user_id": guest.actor.user_id, "reason": "link_ended"}


async def test_the_guests_of_a_disabled_account_leave_its_lists(
    resources: Resources, world: World, worker: WorkerHarness
) -> None:
    ana, admin = await world.user("Ana"), await world.user("Zoe", site_role=SiteRole.ADMIN)
    ben = await world.user("Ben")
    list_id = await world.list(ana, (ben, Role.OWNER))
    await make_guest(resources, await make_link(resources, ana, list_id))
    kept = await make_guest(resources, await make_link(resources, ben, list_id))

    await world.run(edit_user, admin, ana.user_id, AccountEdit(disabled=True))
    await worker.run_once()

    assert await column_values(resources, GuestRow.user_id) == {kept.actor.user_id}


@pytest.mark.parametrize("grace_days", [0, 7])
async def test_the_guests_of_an_account_to_be_deleted_leave_its_lists(
    resources: Resources, world: World, worker: WorkerHarness, grace_days: int
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, Role.OWNER))
    guest = await make_guest(resources, await make_link(resources, ana, list_id))
    kept = await make_guest(resources, await make_link(resources, ben, list_id))

    await world.run(request_deletion, ana, grace_days)
    await worker.run_once()

    assert await column_values(resources, GuestRow.user_id) == {kept.actor.user_id}
    closing = (await world.events(user_stream(guest.actor.user_id)))[-1]
    assert closing["event"] == "session.revoked"


async def test_a_guest_whose_week_is_over_leaves_the_list(
    resources: Resources, world: World
) -> None:
    resources.clock = clock = ManualClock(NOW)
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    await make_guest(resources, await make_link(resources, ana, list_id))
    clock.advance(timedelta(days=7))

    await run_chore(resources, "guest_sessions")

    assert await column_values(resources, GuestRow.user_id) == set()
    assert await column_values(resources, MemberRow.user_id) == {ana.user_id}


async def test_a_deleted_guest_leaves_what_they_wrote_and_no_name(
    resources: Resources, world: World, worker: WorkerHarness
) -> None:
    resources.clock = clock = ManualClock(resources.clock.now())
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    link = await make_link(resources, ana, list_id)
    guest = await make_guest(resources, link, "Zqxmarker")
    todo = await world.run(create_todo, guest.actor, list_id, NewTodo(title="Milk"), Placement())
    await world.run(add_comment, guest.actor, TodoId(todo.id), "Fresh, please.")
    await world.run(revoke_link, ana, list_id, link.id)
    clock.advance(GUEST_RETENTION - HOUR)
    await run_chore(resources, "guests")
    kept = await column_values(resources, UserRow.name)

    clock.advance(HOUR)
    await run_chore(resources, "guests")
    for _ in range(3):
        await worker.run_once()

    assert kept == {"Ana", "Zqxmarker (guest)"}
    assert await column_values(resources, CommentRow.author_id) == {None}
    assert await column_values(resources, CommentRow.body) == {"Fresh, please."}
    assert await _cells_with(resources, "zqxmarker") == []


async def test_a_purged_list_leaves_no_link_and_no_session(
    resources: Resources, world: World
) -> None:

    ana = await world.user("Ana")
    list_id = await world.list(ana)
    await make_guest(resources, await make_link(resources, ana, list_id))
    async with resources.begin() as work:
        old = work.now - timedelta(days=31)
        await work.connection.execute(
            update(ListRow).where(ListRow.id == list_id).values(deleted_at=old)
        )

    await run_chore(resources, "lists")

    assert await column_values(resources, GuestRow.user_id) == set()


async def _run_due_jobs(resources: Resources, worker: WorkerHarness) -> None:
    """Run the jobs that are due at the time of the clock; a worker goes by that of the database."""
    is_due = JobRow.run_at <= resources.clock.now()
    past = SystemClock().now() - HOUR
    async with resources.begin() as work:
        await work.connection.execute(
            update(JobRow).where(is_due).values(run_at=past, fair_run_at=past)
        )
    await worker.run_once()


async def _cells_with(resources: Resources, marker: str) -> list[str]:
    found = []
    async with resources.begin_read() as read:
        for table in metadata.sorted_tables:
            for column in table.columns:
                rows = await read.connection.execute(select(column))
                found += [
                    str(column) for value in rows.scalars() if marker in str(value).casefold()
                ]
    return found
