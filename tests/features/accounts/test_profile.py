"""Edits of a profile, and the deletion of an account."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from sqlalchemy import select, update

from shared.accounts.authentication.credentials import authenticate
from shared.accounts.authentication.sign_in import sign_in
from shared.accounts.profile import ProfileEdit, delete_account, edit_profile
from shared.contract.shapes import AccountShape, Role, SiteRole
from shared.errors import Conflict, Stale, Unauthenticated
from shared.ids import ListId, TodoId, list_stream, user_stream
from shared.lists.commands import delete_list
from shared.members.queries import read_members
from shared.reminders.commands import set_reminder
from shared.reminders.rules import ReminderTrigger
from shared.resources import Resources
from shared.tables.accounts import UserRow
from shared.tables.lists import ListRow
from shared.tables.notifications import NotificationRow
from shared.tables.streams import EventRow
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.realtime.snapshots import account_snapshot
from tests.support.registration import LAPTOP, PASSWORD, Registrar
from tests.support.world_builder import World

ANA = "ana@example.com"


async def _events(resources: Resources, list_id: ListId) -> list[dict[str, Any]]:
    async with resources.begin_read() as read:
        frames = await read.connection.scalars(
            select(EventRow.frame)
            .where(EventRow.stream_id == list_stream(list_id))
            .order_by(EventRow.seq)
        )
        return [orjson.loads(frame) for frame in frames]


async def test_an_edited_profile_is_an_event_on_the_users_own_stream(
    registrar: Registrar, resources: Resources
) -> None:
    ana = (await registrar.register_and_verify()).actor

    async with resources.begin() as work:
        edit = ProfileEdit(name="Ana B.", bio="Gardens.", time_zone="Asia/Tokyo", locale="pt-BR")
        shape = await edit_profile(work, ana, edit)

    assert (shape.name, shape.bio, shape.time_zone, shape.locale) == (
        "Ana B.", "Gardens.", "Asia/Tokyo", "pt-BR",
    )  # fmt: skip
    event = (await registrar.events(ana.user_id, "account.edited"))[-1]
    assert event["data"]["account"] == orjson.loads(shape.model_dump_json())
    async with resources.begin_read() as read:
        snapshot = await account_snapshot(read, ana)
    assert snapshot.account == shape
    assert snapshot.stream.seq == event["seq"]


async def test_a_new_name_is_an_event_in_every_list_of_the_user(
    world: World, resources: Resources
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    shared, own = await world.list(ana, (ben, Role.EDITOR)), await world.list(ben)

    async with resources.begin() as work:
        await edit_profile(work, ben, ProfileEdit(name="Benjamin"))

    for list_id in (shared, own):
        event = (await _events(resources, list_id))[-1]
        assert event["event"] == "member.edited"
        assert event["data"]["member"]["user"]["name"] == "Benjamin"
    async with resources.begin_read() as read:
        members = await read_members(read, ana, shared)
    assert (
        orjson.loads(members[1].model_dump_json())
        == (await _events(resources, shared))[-1]["data"]["member"]
    )


async def test_a_new_bio_is_no_event_in_lists(world: World, resources: Resources) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    before = await _events(resources, list_id)

    async with resources.begin() as work:
        await edit_profile(work, ana, ProfileEdit(bio="Gardens."))

    assert await _events(resources, list_id) == before


async def test_a_picture_is_set_and_cleared(world: World, resources: Resources) -> None:
    ana = await world.user()

    async with resources.begin() as work:
        edited = await edit_profile(work, ana, ProfileEdit(avatar_url="https://pics.example/a.png"))
    async with resources.begin() as work:
        cleared = await edit_profile(work, ana, ProfileEdit(avatar_url=""))

    assert (edited.avatar_url, cleared.avatar_url) == ("https://pics.example/a.png", None)


async def test_an_edit_that_changes_nothing_is_no_event(
    world: World, registrar: Registrar, resources: Resources
) -> None:
    ana = await world.user("Ana")

    async with resources.begin() as work:
        shape = await edit_profile(work, ana, ProfileEdit(name="Ana"))

    assert shape.version == 1
    assert await registrar.events(ana.user_id) == []


async def test_an_edit_of_an_old_version_is_refused(world: World, resources: Resources) -> None:
    ana = await world.user()

    with pytest.raises(Stale) as caught:
        async with resources.begin() as work:
            await edit_profile(work, ana, ProfileEdit(bio="x"), expected_versions=frozenset({9}))

    assert isinstance(caught.value.current, AccountShape)


async def test_deleting_an_account_deletes_its_inbox_and_closes_its_sockets(
    registrar: Registrar, world: World, resources: Resources
) -> None:
    ana = await registrar.register_and_verify()

    await world.run(delete_account, ana.actor)

    with pytest.raises(Unauthenticated):
        await authenticate(resources, ana.access_token)
    with pytest.raises(Unauthenticated):
        await sign_in(resources, ANA, PASSWORD, LAPTOP)
    async with resources.begin_read() as read:
        assert list(await read.connection.scalars(select(ListRow.id))) == []
    events = await registrar.events(ana.actor.user_id)
    assert [event["event"] for event in events][-2:] == ["session.revoked", "account.disabled"]
    (row,) = await registrar.audit("account.deleted")
    assert row.user_id == ana.actor.user_id
    await registrar.register_and_verify()


async def test_deleting_an_account_clears_its_name_from_notifications_of_others(
    registrar: Registrar, world: World, resources: Resources
) -> None:
    ben, ana = await world.user("Ben"), await registrar.register_and_verify()
    todo = NewTodo(title="Book the movers", assignees=(ben.user_id,))
    list_id = await world.list(ben, (ana.actor, Role.EDITOR))
    await world.run(create_todo, ana.actor, list_id, todo, Placement())

    await world.run(delete_account, ana.actor)

    about = select(NotificationRow.actor_name).where(NotificationRow.user_id == ben.user_id)
    async with resources.begin_read() as read:
        assert list(await read.connection.scalars(about)) == [""]


async def test_the_only_owner_of_a_shared_list_cannot_delete_their_account(
    registrar: Registrar, world: World, resources: Resources
) -> None:
    ana = await registrar.register_and_verify()
    ben = await world.user("Ben")
    await world.list(ana.actor, (ben, Role.EDITOR))

    with pytest.raises(Conflict) as caught:
        await world.run(delete_account, ana.actor)

    assert caught.value.reason == "last_owner"
    await authenticate(resources, ana.access_token)


async def test_deleting_an_account_removes_it_from_lists_of_others(
    registrar: Registrar, world: World, resources: Resources
) -> None:
    ben = await world.user("Ben")
    ana = await registrar.register_and_verify()
    list_id = await world.list(ben, (ana.actor, Role.EDITOR))

    await world.run(delete_account, ana.actor)

    event = (await _events(resources, list_id))[-1]
    assert event["event"] == "member.removed"
    assert event["data"] == {"user_id": ana.actor.user_id, "reason": "account_deleted"}


async def test_the_last_admin_cannot_delete_their_account(
    registrar: Registrar, world: World, resources: Resources
) -> None:
    ana = await registrar.register_and_verify()
    async with resources.begin() as work:
        await work.connection.execute(update(UserRow).values(site_role="admin"))
    admin = replace(ana.actor, site_role=SiteRole.ADMIN)

    with pytest.raises(Conflict) as caught:
        await world.run(delete_account, admin)

    assert caught.value.reason == "last_admin"


async def test_deleting_an_account_removes_reminders_of_others_in_its_trashed_lists(
    registrar: Registrar, world: World, resources: Resources
) -> None:
    ana, ben = (await registrar.register_and_verify()).actor, await world.user("Ben")
    home = await world.list(ana, (ben, Role.VIEWER))
    todo = await world.run(create_todo, ana, home, NewTodo(title="Milk"), Placement())
    reminder = await world.run(
        set_reminder, ben, TodoId(todo.id), ReminderTrigger(minutes_before=5)
    )
    await world.run(delete_list, ana, home)
    before = await world.query(account_snapshot, ben)

    await world.run(delete_account, ana)

    assert [shape.id for shape in before.reminders] == [reminder.id]
    assert (await world.query(account_snapshot, ben)).reminders == ()
    (event,) = await world.events(user_stream(ben.user_id), before.stream.seq)
    assert (event["event"], event["data"]) == ("reminder.removed", {"reminder_id": reminder.id})
