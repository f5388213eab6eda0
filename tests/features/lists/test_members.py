"""Members: roles, removal, leaving, the last owner, and what a removal deletes."""

import asyncio

import pytest
from sqlalchemy import func, insert, select

from shared.actor import Actor
from shared.contract.shapes import Role
from shared.errors import Conflict, DomainError, Forbidden, NotFound
from shared.ids import ListId, list_stream, new_id, user_stream
from shared.labels.commands import create_label
from shared.lists.commands import create_inbox, delete_list
from shared.members.commands import change_role, remove_member
from shared.members.invitations import invite_member
from shared.members.member_removal import leave_all_lists
from shared.members.queries import read_invitations, read_invitations_of_user, read_members
from shared.resources import Resources
from shared.tables.accounts import AuditRow
from shared.tables.members import MemberRow
from shared.tables.reminders import ReminderRow
from shared.tables.streams import StreamRow
from shared.tables.todos import AssigneeRow, TodoRow
from tests.support.realtime.snapshots import read_lists_of_user
from tests.support.world_builder import World

OWNER, EDITOR, VIEWER = Role.OWNER, Role.EDITOR, Role.VIEWER


async def test_members_are_listed_in_order_of_joining(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, VIEWER))

    members = await world.query(read_members, ben, list_id)

    assert [(member.user.name, member.role) for member in members] == [
        ("Ana", OWNER),
        ("Ben", VIEWER),
    ]


async def test_a_changed_role_is_an_event_of_the_list_and_audited(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, VIEWER))

    changed = await world.run(change_role, ana, list_id, ben.user_id, EDITOR)

    assert changed.role is EDITOR
    last = (await world.events(list_stream(list_id)))[-1]
    assert last["event"] == "member.edited"
    assert last["data"]["member"] == changed.model_dump(mode="json")
    async with world.resources.begin_read() as read:
        audited = await read.connection.execute(select(AuditRow.action, AuditRow.facts))
        assert (audited.one()) == (
            "member.role_changed", {"before": "viewer", "after": "editor"},
        )  # fmt: skip


async def test_the_same_role_again_is_no_event(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, VIEWER))
    before = await world.events(list_stream(list_id))

    await world.run(change_role, ana, list_id, ben.user_id, VIEWER)

    assert await world.events(list_stream(list_id)) == before


async def test_a_user_outside_the_list_cannot_be_changed_or_removed(world: World) -> None:
    ana, cem = await world.user("Ana"), await world.user("Cem")
    list_id = await world.list(ana)

    with pytest.raises(NotFound):
        await world.run(change_role, ana, list_id, cem.user_id, EDITOR)
    with pytest.raises(NotFound):
        await world.run(remove_member, ana, list_id, cem.user_id)


async def test_the_last_owner_cannot_leave_or_step_down(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, EDITOR))

    with pytest.raises(Conflict) as leaving:
        await world.run(remove_member, ana, list_id, ana.user_id)
    with pytest.raises(Conflict) as stepping_down:
        await world.run(change_role, ana, list_id, ana.user_id, VIEWER)

    assert leaving.value.reason == stepping_down.value.reason == "last_owner"


async def test_of_two_owners_leaving_at_once_one_remains(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    for _ in range(50):
        list_id = await world.list(ana, (ben, OWNER))

        outcomes = await asyncio.gather(
            *(world.run(remove_member, owner, list_id, owner.user_id) for owner in (ana, ben)),
            return_exceptions=True,
        )

        refused = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
        assert [outcome.reason for outcome in refused] == ["last_owner"]
        assert outcomes.count(None) == 1
        assert await _owners(world, list_id) == 1


async def test_of_an_owner_leaving_and_one_stepping_down_one_remains(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    for _ in range(10):
        list_id = await world.list(ana, (ben, OWNER))

        outcomes = await asyncio.gather(
            world.run(remove_member, ana, list_id, ana.user_id),
            world.run(change_role, ben, list_id, ben.user_id, VIEWER),
            return_exceptions=True,
        )

        assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1
        assert await _owners(world, list_id) == 1


async def test_removing_a_member_removes_their_assignments_and_reminders(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id, other_id = await world.list(ana, (ben, EDITOR)), await world.list(ana, (ben, EDITOR))
    reminder_id = await _todo_with_ben(world, list_id, ben)
    kept_id = await _todo_with_ben(world, other_id, ben)
    since = len(await world.events(user_stream(ben.user_id)))

    await world.run(remove_member, ana, list_id, ben.user_id)

    removed = (await world.events(list_stream(list_id)))[-1]
    assert removed["event"] == "member.removed"
    assert removed["data"] == {"user_id": ben.user_id, "reason": "removed"}
    received = await world.events(user_stream(ben.user_id), since)
    assert [(event["event"], event["data"]) for event in received] == [
        ("reminder.removed", {"reminder_id": reminder_id}),
        ("list.removed", {"list_id": list_id, "reason": "removed"}),
    ]
    async with world.resources.begin_read() as read:
        assert (await read.connection.execute(select(ReminderRow.id))).scalars() == [kept_id]
        assert await read.connection.scalar(select(func.count()).select_from(AssigneeRow)) == 1
    assert [shape.id for shape in await world.query(read_lists_of_user, ben.user_id)] == [other_id]


async def test_leaving_has_its_own_reason_in_the_events(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, VIEWER))

    await world.run(remove_member, ben, list_id, ben.user_id)

    assert (await world.events(list_stream(list_id)))[-1]["data"]["reason"] == "left"
    assert (await world.events(user_stream(ben.user_id)))[-1]["data"]["reason"] == "left"


@pytest.mark.parametrize("role", [role for role in Role if role is not OWNER])
async def test_only_owners_remove_members_and_change_roles(world: World, role: Role) -> None:
    ana, ben, cem = [await world.user(name) for name in ("Ana", "Ben", "Cem")]
    list_id = await world.list(ana, (ben, role), (cem, VIEWER))

    with pytest.raises(Forbidden):
        await world.run(remove_member, ben, list_id, cem.user_id)
    with pytest.raises(Forbidden):
        await world.run(change_role, ben, list_id, ben.user_id, OWNER)


async def test_a_member_who_may_no_longer_invite_has_their_invitations_withdrawn(
    world: World,
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, OWNER))
    await world.run(invite_member, ben, list_id, "bens.second.account@example.com", OWNER)
    kept = await world.run(invite_member, ana, list_id, "dan@example.com", VIEWER)

    await world.run(change_role, ana, list_id, ben.user_id, EDITOR)

    (shown,) = await world.query(read_invitations, ana, list_id)
    assert shown.id == kept.id


async def test_a_removed_member_cannot_return_by_an_older_invitation(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana)
    await world.run(invite_member, ana, list_id, await world.email_of(ben), VIEWER)
    await _join_without_invitation(world, ben, list_id)

    await world.run(remove_member, ana, list_id, ben.user_id)

    assert await world.query(read_invitations_of_user, ben.user_id) == ()
    assert (await world.events(user_stream(ben.user_id)))[-1]["event"] == "invitation.closed"


async def test_a_removal_and_a_concurrent_write_are_serialised(
    resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    for number in range(30):
        list_id = await world.list(ana, (ben, EDITOR))

        written, removed = await asyncio.gather(
            world.run(create_label, ben, list_id, f"Label {number}"),
            world.run(remove_member, ana, list_id, ben.user_id),
            return_exceptions=True,
        )

        assert removed is None
        events = [event["event"] for event in await world.events(list_stream(list_id), 3)]
        if isinstance(written, DomainError):
            assert isinstance(written, NotFound)
            assert events == ["member.removed"]
        else:
            assert events == ["label.created", "member.removed"]


async def test_leaving_all_lists_keeps_shared_lists_and_deletes_the_users_own(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    inbox = await world.run(create_inbox, ben.user_id)
    alone, trashed = await world.list(ben), await world.list(ben, (ana, EDITOR))
    shared = await world.list(ana, (ben, EDITOR))
    await world.run(delete_list, ben, trashed)

    await world.run(leave_all_lists, ben)

    assert await world.query(read_lists_of_user, ben.user_id) == ()
    assert (await world.events(list_stream(shared)))[-1]["data"]["reason"] == "account_deleted"
    async with world.resources.begin_read() as read:
        left = (await read.connection.execute(select(StreamRow.id))).scalars()
    assert not {inbox.id, alone, trashed} & set(left)
    assert shared in left


async def test_an_only_owner_learns_which_lists_need_another_owner(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ben, (ana, EDITOR), name="Choir")

    with pytest.raises(Conflict, match="Choir") as refused:
        await world.run(leave_all_lists, ben)

    assert refused.value.reason == "last_owner"
    assert await _owners(world, list_id) == 1


async def _owners(world: World, list_id: ListId) -> int:
    counted = select(func.count()).where(MemberRow.list_id == list_id, MemberRow.role == "owner")
    async with world.resources.begin_read() as read:
        return int(await read.connection.scalar(counted))


async def _join_without_invitation(world: World, actor: Actor, list_id: ListId) -> None:
    async with world.resources.begin() as work:
        await work.connection.execute(
            insert(MemberRow).values(
                list_id=list_id, user_id=actor.user_id, role="viewer", joined_at=work.now
            )
        )


async def _todo_with_ben(world: World, list_id: ListId, ben: Actor) -> str:
    """Add a todo assigned to Ben with a reminder of his, and return the reminder's id."""
    todo_id, reminder_id = new_id(), new_id()
    async with world.resources.begin() as work:
        await work.connection.execute(
            insert(TodoRow).values(
                id=todo_id, list_id=list_id, title="x", rank="V",
                created_at=work.now, updated_at=work.now,
            )
        )  # fmt: skip
        await work.connection.execute(
            insert(AssigneeRow).values(todo_id=todo_id, user_id=ben.user_id)
        )
        await work.connection.execute(
            insert(ReminderRow).values(
                id=reminder_id, todo_id=todo_id, user_id=ben.user_id, at=work.now,
                created_at=work.now,
            )
        )  # fmt: skip
    return reminder_id
