"""For each event type, commands that record it. The law is in test_sync_law.py.

The client is Ana's. She owns Groceries (with Ben, who edits, and labels, todos, comments and reminders)
and Work. Eva is a stranger who may be invited.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from shared.accounts.administration import AccountEdit, edit_user
from shared.accounts.authentication.sessions import revoke_session
from shared.accounts.profile import ProfileEdit, edit_profile
from shared.actor import Actor
from shared.comments.commands import add_comment, delete_comment, edit_comment
from shared.contract.jobs import SendReminder
from shared.contract.shapes import DueTime, ReminderState, Role, SiteRole, TodoStatus
from shared.ids import (
    AttachmentId,
    CommentId,
    InvitationId,
    LabelId,
    ListId,
    ReminderId,
    SessionId,
    TodoId,
    user_stream,
)
from shared.labels.commands import LabelEdit, create_label, delete_label, edit_label
from shared.lists.commands import ListEdit, create_list, delete_list, edit_list, restore_list
from shared.members.commands import change_role, remove_member
from shared.members.invitations import accept_invitation_by_id, invite_member, withdraw_invitation
from shared.reminders.commands import remove_reminder, set_reminder, snooze_reminder
from shared.reminders.reminder_test import record_reminder_test, send_test_reminder
from shared.reminders.rules import ReminderTrigger, Snooze
from shared.resources import Resources
from shared.tables.reminders import ReminderRow
from shared.todos.commands.complete import complete_todo, reopen_todo, skip_occurrence
from shared.todos.commands.create import create_todo
from shared.todos.commands.edit import edit_todo
from shared.todos.commands.move import move_todo
from shared.todos.commands.trash import delete_todo, purge_todo, restore_todo
from shared.todos.rules.repeat_rule import parse_rule
from shared.todos.rules.repeat_series import RepeatSpec
from shared.todos.rules.todo_edits import NewTodo, Placement, TodoEdit
from tests.support.attachments import insert_attachment
from tests.support.world_builder import World
from worker.reminders.firing import ReminderFiring
from worker.reminders.reminder_email import record_sent


@dataclass(frozen=True)
class SyncFixture:
    """The users, lists and todos that exist before a case runs."""

    resources: Resources
    world: World
    ana: Actor
    ben: Actor
    eva: Actor
    admin: Actor
    groceries: ListId
    work: ListId
    milk: TodoId
    oats: TodoId
    trashed: TodoId
    label: LabelId
    comment: CommentId
    reminder: ReminderId
    attachment: AttachmentId

    async def do(self, command: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        return await self.world.run(command, *args, **kwargs)


async def build_fixture(resources: Resources, world: World) -> SyncFixture:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    eva = await world.user("Eva")
    admin = await world.user("Ada", site_role=SiteRole.ADMIN)
    groceries = await world.list(ana, (ben, Role.EDITOR))
    work = await world.list(ana, name="Work")
    label = await world.run(create_label, ana, groceries, "dairy")
    in_a_year = (resources.clock.now() + timedelta(days=360)).strftime("%Y-%m-%dT%H:%M:%S")
    milk = await world.run(
        create_todo, ana, groceries,
        NewTodo(
            title="Milk", due=DueTime(at=in_a_year, zone="Europe/Berlin"),
            labels=(LabelId(label.id),), assignees=(ana.user_id, ben.user_id),
        ),
        Placement(),
    )  # fmt: skip
    milk_id = TodoId(milk.id)
    oats = await world.run(
        create_todo, ana, groceries, NewTodo(title="Oats", parent_id=milk_id), Placement()
    )
    trashed = await world.run(create_todo, ben, groceries, NewTodo(title="Gone"), Placement())
    await world.run(delete_todo, ben, TodoId(trashed.id))
    comment = await world.run(add_comment, ben, milk_id, "Which kind?")
    reminder = await world.run(set_reminder, ana, milk_id, ReminderTrigger(minutes_before=30))
    attachment = await insert_attachment(resources, ben, milk_id)
    return SyncFixture(
        resources, world, ana, ben, eva, admin, groceries, work, milk_id, TodoId(oats.id),
        TodoId(trashed.id), LabelId(label.id), CommentId(comment.id), ReminderId(reminder.id),
        attachment,
    )  # fmt: skip


Case = Callable[[SyncFixture], Awaitable[object]]
CASES: dict[str, list[Case]] = {}


def records(event: str) -> Callable[[Case], Case]:
    """Register a case that records an event of this type."""

    def register(case: Case) -> Case:
        CASES.setdefault(event, []).append(case)
        return case

    return register


@records("list.created")
@records("list.added")
async def a_list_is_created(given: SyncFixture) -> None:
    await given.do(create_list, given.ana, "Travel")


@records("list.edited")
async def a_list_is_renamed(given: SyncFixture) -> None:
    await given.do(edit_list, given.ana, given.groceries, ListEdit(name="Food"))


@records("list.edited")
async def a_list_is_archived(given: SyncFixture) -> None:
    await given.do(edit_list, given.ana, given.groceries, ListEdit(archived=True))


@records("list.deleted")
@records("list.removed")
async def a_list_is_deleted(given: SyncFixture) -> None:
    await given.do(delete_list, given.ana, given.groceries)


@records("list.restored")
async def a_list_is_deleted_and_restored(given: SyncFixture) -> None:
    await given.do(delete_list, given.ana, given.groceries)
    await given.do(restore_list, given.ana, given.groceries)


@records("member.added")
async def a_user_accepts(given: SyncFixture) -> None:
    email = await given.world.email_of(given.eva)
    invitation = await given.do(invite_member, given.ana, given.groceries, email, Role.VIEWER)
    await given.do(accept_invitation_by_id, given.eva, InvitationId(invitation.id))


@records("member.edited")
async def a_role_changes(given: SyncFixture) -> None:
    await given.do(change_role, given.ana, given.groceries, given.ben.user_id, Role.OWNER)
    await given.do(change_role, given.ben, given.groceries, given.ana.user_id, Role.EDITOR)


@records("member.edited")
async def a_member_changes_name(given: SyncFixture) -> None:
    await given.do(edit_profile, given.ben, ProfileEdit(name="Benjamin"))


@records("member.removed")
async def a_member_is_removed(given: SyncFixture) -> None:
    await given.do(remove_member, given.ana, given.groceries, given.ben.user_id)


@records("member.removed")
@records("list.removed")
@records("reminder.removed")
@records("notification.removed")
async def ana_leaves(given: SyncFixture) -> None:
    await given.do(change_role, given.ana, given.groceries, given.ben.user_id, Role.OWNER)
    await given.do(remove_member, given.ana, given.groceries, given.ana.user_id)


@records("label.created")
async def a_label_is_created(given: SyncFixture) -> None:
    await given.do(create_label, given.ben, given.groceries, "vegan")


@records("label.edited")
async def a_label_is_renamed(given: SyncFixture) -> None:
    await given.do(edit_label, given.ben, given.groceries, given.label, LabelEdit(name="cool"))


@records("label.deleted")
async def a_label_is_deleted(given: SyncFixture) -> None:
    await given.do(delete_label, given.ben, given.groceries, given.label)


@records("todo.created")
async def a_todo_is_created(given: SyncFixture) -> None:
    new = NewTodo(title="Bread", labels=(given.label,), priority=3)
    await given.do(create_todo, given.ben, given.groceries, new, Placement(before_id=given.milk))


@records("todo.edited")
async def a_todo_is_edited(given: SyncFixture) -> None:
    edit = TodoEdit(title="Oat milk", labels=(), assignees=(given.ben.user_id,))
    await given.do(edit_todo, given.ben, given.milk, edit)


@records("todo.edited")
async def a_todo_is_completed(given: SyncFixture) -> None:
    await given.do(edit_todo, given.ben, given.milk, TodoEdit(status=TodoStatus.COMPLETED))


@records("todo.edited")
async def a_todo_is_moved_within_its_list(given: SyncFixture) -> None:
    new = NewTodo(title="Bread")
    bread = await given.do(create_todo, given.ben, given.groceries, new, Placement())
    await given.do(move_todo, given.ben, given.milk, None, Placement(after_id=TodoId(bread.id)))


@records("todo.edited")
@records("reminder.set")
async def a_due_date_moves_its_reminders(given: SyncFixture) -> None:
    at = (given.resources.clock.now() + timedelta(days=90)).strftime("%Y-%m-%dT%H:%M:%S")
    await given.do(edit_todo, given.ben, given.milk, TodoEdit(due=DueTime(at=at, zone="UTC")))


DAILY = RepeatSpec(parse_rule("FREQ=DAILY"))


@records("todo.edited")
@records("reminder.set")
async def a_repeating_todo_goes_on_with_its_subtasks(given: SyncFixture) -> None:
    await given.do(edit_todo, given.ben, given.milk, TodoEdit(repeat=DAILY))
    await given.do(edit_todo, given.ben, given.oats, TodoEdit(status=TodoStatus.COMPLETED))
    await given.do(complete_todo, given.ben, given.milk, 1)
    await given.do(skip_occurrence, given.ana, given.milk, 2)


@records("todo.edited")
async def a_repeating_todo_is_reopened(given: SyncFixture) -> None:
    await given.do(edit_todo, given.ben, given.milk, TodoEdit(repeat=DAILY))
    await given.do(edit_todo, given.ben, given.oats, TodoEdit(status=TodoStatus.COMPLETED))
    await given.do(complete_todo, given.ben, given.milk, 1)
    await given.do(reopen_todo, given.ana, given.milk, 1)


@records("todo.edited")
async def a_series_ends(given: SyncFixture) -> None:
    once = RepeatSpec(parse_rule("FREQ=DAILY;COUNT=1"))
    await given.do(edit_todo, given.ben, given.milk, TodoEdit(repeat=once))
    await given.do(complete_todo, given.ben, given.milk, 1)


@records("todo.deleted")
async def a_todo_is_deleted_with_its_subtasks(given: SyncFixture) -> None:
    await given.do(delete_todo, given.ben, given.milk)


@records("todo.restored")
async def a_todo_is_restored(given: SyncFixture) -> None:
    await given.do(restore_todo, given.ben, given.trashed)


@records("todo.restored")
async def a_todo_is_deleted_and_restored(given: SyncFixture) -> None:
    await given.do(delete_todo, given.ben, given.milk)
    await given.do(restore_todo, given.ben, given.milk)


@records("todo.purged")
async def the_trash_is_emptied(given: SyncFixture) -> None:
    await given.do(purge_todo, given.ana, given.trashed)


@records("todo.moved_out")
@records("todo.moved_in")
async def a_todo_moves_to_another_list(given: SyncFixture) -> None:
    await given.do(move_todo, given.ana, given.milk, given.work, Placement())


@records("todo.moved_out")
async def a_todo_moves_to_a_list_without_ana(given: SyncFixture) -> None:
    private = await given.world.list(given.ben, name="Ben's own")
    await given.do(move_todo, given.ben, given.milk, private, Placement())


@records("comment.added")
async def a_member_comments(given: SyncFixture) -> None:
    await given.do(add_comment, given.ben, given.milk, "The blue one")


@records("comment.edited")
async def a_comment_is_edited(given: SyncFixture) -> None:
    await given.do(edit_comment, given.ben, given.milk, given.comment, "Which colour?")


@records("comment.deleted")
async def a_comment_is_deleted(given: SyncFixture) -> None:
    await given.do(delete_comment, given.ben, given.milk, given.comment)


@records("account.edited")
async def ana_edits_her_profile(given: SyncFixture) -> None:
    await given.do(edit_profile, given.ana, ProfileEdit(name="Anna", time_zone="Asia/Tokyo"))


@records("account.disabled")
async def an_admin_disables_ana(given: SyncFixture) -> None:
    await given.do(edit_user, given.admin, given.ana.user_id, AccountEdit(disabled=True))


@records("session.revoked")
async def ana_signs_out_another_device(given: SyncFixture) -> None:
    await given.do(revoke_session, given.ana, SessionId(given.ana.session_id))


@records("list.added")
@records("invitation.received")
@records("invitation.closed")
async def ana_is_invited_and_accepts(given: SyncFixture) -> None:
    shared = await given.world.list(given.eva, name="Party")
    await given.do(create_todo, given.eva, shared, NewTodo(title="Cake"), Placement())
    email = await given.world.email_of(given.ana)
    invitation = await given.do(invite_member, given.eva, shared, email, Role.EDITOR)
    await given.do(accept_invitation_by_id, given.ana, InvitationId(invitation.id))


@records("invitation.received")
async def ana_is_invited(given: SyncFixture) -> None:
    shared = await given.world.list(given.eva, name="Party")
    email = await given.world.email_of(given.ana)
    await given.do(invite_member, given.eva, shared, email, Role.EDITOR)


@records("invitation.closed")
async def ana_is_invited_and_it_is_withdrawn(given: SyncFixture) -> None:
    shared = await given.world.list(given.eva, name="Party")
    email = await given.world.email_of(given.ana)
    invitation = await given.do(invite_member, given.eva, shared, email, Role.EDITOR)
    await given.do(withdraw_invitation, given.eva, shared, InvitationId(invitation.id))


@records("reminder.set")
async def ana_sets_a_reminder(given: SyncFixture) -> None:
    at = given.resources.clock.now() + timedelta(hours=3)
    await given.do(set_reminder, given.ana, given.milk, ReminderTrigger(at=at))


@records("reminder.set")
async def ana_moves_to_another_zone(given: SyncFixture) -> None:
    new = NewTodo(title="Call", due=DueTime(at="2030-05-04T09:00:00"))
    call = await given.do(create_todo, given.ana, given.groceries, new, Placement())
    await given.do(set_reminder, given.ana, TodoId(call.id), ReminderTrigger(minutes_before=10))
    await given.do(edit_profile, given.ana, ProfileEdit(time_zone="America/New_York"))


@records("reminder.set")
async def ana_snoozes_a_reminder(given: SyncFixture) -> None:
    await given.do(snooze_reminder, given.ana, given.milk, given.reminder, Snooze(minutes=10))


@records("reminder.tested")
async def ana_tests_her_reminders(given: SyncFixture) -> None:
    test = await given.do(send_test_reminder, given.ana)
    await given.do(record_reminder_test, given.ana.user_id, test.id, ReminderState.SENT, "")


@records("reminder.removed")
async def ana_removes_a_reminder(given: SyncFixture) -> None:
    await given.do(remove_reminder, given.ana, given.milk, given.reminder)


async def make_due(given: SyncFixture, ago: timedelta) -> SendReminder:
    async with given.resources.begin() as work:
        await work.connection.execute(
            update(ReminderRow)
            .where(ReminderRow.id == given.reminder)
            .values(next_fire_at=work.now - ago, occurrence=7)
        )
    assert await ReminderFiring(given.resources).fire_due() == 1
    return SendReminder(reminder_id=given.reminder, occurrence=7)


@records("reminder.sent")
async def a_reminder_is_sent(given: SyncFixture) -> None:
    job = await make_due(given, timedelta(minutes=1))
    async with given.resources.begin() as work:
        await work.lock_streams([user_stream(given.ana.user_id)])
        await record_sent(work, [job])
