"""For every event type, a command that records it. test_sync_law.py states the law they prove.

Ana watches. She owns Groceries (with Ben, who edits, and labels, todos, comments and reminders)
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
    CommentId,
    InvitationId,
    LabelId,
    ListId,
    ReminderId,
    SessionId,
    TodoId,
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
from tests.support.world_builder import World
from worker.jobs.context import Outcome
from worker.reminders.firing import ReminderFiring
from worker.reminders.reminder_email import record_outcome, record_sent


@dataclass(frozen=True)
class Home:
    """What is there before anything happens."""

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

    async def do(self, command: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        return await self.world.run(command, *args, **kwargs)


async def make_home(resources: Resources, world: World) -> Home:
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
    return Home(
        resources, world, ana, ben, eva, admin, groceries, work, milk_id, TodoId(oats.id),
        TodoId(trashed.id), LabelId(label.id), CommentId(comment.id), ReminderId(reminder.id),
    )  # fmt: skip


Case = Callable[[Home], Awaitable[object]]
CASES: dict[str, list[Case]] = {}


def records(event: str) -> Callable[[Case], Case]:
    """Register a command that records an event of this type."""

    def register(case: Case) -> Case:
        CASES.setdefault(event, []).append(case)
        return case

    return register


@records("list.created")
@records("list.added")
async def a_list_is_made(home: Home) -> None:
    await home.do(create_list, home.ana, "Travel")


@records("list.edited")
async def a_list_is_renamed(home: Home) -> None:
    await home.do(edit_list, home.ana, home.groceries, ListEdit(name="Food"))


@records("list.edited")
async def a_list_is_archived(home: Home) -> None:
    await home.do(edit_list, home.ana, home.groceries, ListEdit(archived=True))


@records("list.deleted")
@records("list.removed")
async def a_list_is_thrown_away(home: Home) -> None:
    await home.do(delete_list, home.ana, home.groceries)


@records("list.restored")
async def a_list_is_thrown_away_and_taken_back(home: Home) -> None:
    await home.do(delete_list, home.ana, home.groceries)
    await home.do(restore_list, home.ana, home.groceries)


@records("member.added")
async def somebody_accepts(home: Home) -> None:
    email = await home.world.email_of(home.eva)
    invitation = await home.do(invite_member, home.ana, home.groceries, email, Role.VIEWER)
    await home.do(accept_invitation_by_id, home.eva, InvitationId(invitation.id))


@records("member.edited")
async def a_role_changes(home: Home) -> None:
    await home.do(change_role, home.ana, home.groceries, home.ben.user_id, Role.OWNER)
    await home.do(change_role, home.ben, home.groceries, home.ana.user_id, Role.EDITOR)


@records("member.edited")
async def somebody_takes_another_name(home: Home) -> None:
    await home.do(edit_profile, home.ben, ProfileEdit(name="Benjamin"))


@records("member.removed")
async def somebody_is_removed(home: Home) -> None:
    await home.do(remove_member, home.ana, home.groceries, home.ben.user_id)


@records("member.removed")
@records("list.removed")
@records("reminder.removed")
@records("notification.removed")
async def ana_herself_leaves(home: Home) -> None:
    await home.do(change_role, home.ana, home.groceries, home.ben.user_id, Role.OWNER)
    await home.do(remove_member, home.ana, home.groceries, home.ana.user_id)


@records("label.created")
async def a_label_is_made(home: Home) -> None:
    await home.do(create_label, home.ben, home.groceries, "vegan")


@records("label.edited")
async def a_label_is_renamed(home: Home) -> None:
    await home.do(edit_label, home.ben, home.groceries, home.label, LabelEdit(name="cool"))


@records("label.deleted")
async def a_label_is_deleted(home: Home) -> None:
    await home.do(delete_label, home.ben, home.groceries, home.label)


@records("todo.created")
async def a_todo_is_written(home: Home) -> None:
    new = NewTodo(title="Bread", labels=(home.label,), priority=3)
    await home.do(create_todo, home.ben, home.groceries, new, Placement(before_id=home.milk))


@records("todo.edited")
async def a_todo_is_edited(home: Home) -> None:
    edit = TodoEdit(title="Oat milk", labels=(), assignees=(home.ben.user_id,))
    await home.do(edit_todo, home.ben, home.milk, edit)


@records("todo.edited")
async def a_todo_is_done(home: Home) -> None:
    await home.do(edit_todo, home.ben, home.milk, TodoEdit(status=TodoStatus.COMPLETED))


@records("todo.edited")
async def a_todo_is_put_elsewhere_in_the_list(home: Home) -> None:
    new = NewTodo(title="Bread")
    bread = await home.do(create_todo, home.ben, home.groceries, new, Placement())
    await home.do(move_todo, home.ben, home.milk, None, Placement(after_id=TodoId(bread.id)))


@records("todo.edited")
@records("reminder.set")
async def a_due_date_moves_its_reminders(home: Home) -> None:
    at = (home.resources.clock.now() + timedelta(days=90)).strftime("%Y-%m-%dT%H:%M:%S")
    await home.do(edit_todo, home.ben, home.milk, TodoEdit(due=DueTime(at=at, zone="UTC")))


DAILY = RepeatSpec(parse_rule("FREQ=DAILY"))


@records("todo.edited")
@records("reminder.set")
async def a_todo_that_repeats_goes_on_with_its_subtasks(home: Home) -> None:
    await home.do(edit_todo, home.ben, home.milk, TodoEdit(repeat=DAILY))
    await home.do(edit_todo, home.ben, home.oats, TodoEdit(status=TodoStatus.COMPLETED))
    await home.do(complete_todo, home.ben, home.milk, 1)
    await home.do(skip_occurrence, home.ana, home.milk, 2)


@records("todo.edited")
async def a_todo_that_repeats_is_taken_back(home: Home) -> None:
    await home.do(edit_todo, home.ben, home.milk, TodoEdit(repeat=DAILY))
    await home.do(edit_todo, home.ben, home.oats, TodoEdit(status=TodoStatus.COMPLETED))
    await home.do(complete_todo, home.ben, home.milk, 1)
    await home.do(reopen_todo, home.ana, home.milk, 1)


@records("todo.edited")
async def a_series_comes_to_its_end(home: Home) -> None:
    once = RepeatSpec(parse_rule("FREQ=DAILY;COUNT=1"))
    await home.do(edit_todo, home.ben, home.milk, TodoEdit(repeat=once))
    await home.do(complete_todo, home.ben, home.milk, 1)


@records("todo.deleted")
async def a_todo_is_thrown_away_with_its_subtasks(home: Home) -> None:
    await home.do(delete_todo, home.ben, home.milk)


@records("todo.restored")
async def a_todo_is_taken_back(home: Home) -> None:
    await home.do(restore_todo, home.ben, home.trashed)


@records("todo.restored")
async def a_todo_is_thrown_away_and_taken_back(home: Home) -> None:
    await home.do(delete_todo, home.ben, home.milk)
    await home.do(restore_todo, home.ben, home.milk)


@records("todo.purged")
async def the_trash_is_emptied(home: Home) -> None:
    await home.do(purge_todo, home.ana, home.trashed)


@records("todo.moved_out")
@records("todo.moved_in")
async def a_todo_goes_to_another_list(home: Home) -> None:
    await home.do(move_todo, home.ana, home.milk, home.work, Placement())


@records("todo.moved_out")
async def a_todo_goes_where_ana_is_not(home: Home) -> None:
    private = await home.world.list(home.ben, name="Ben's own")
    await home.do(move_todo, home.ben, home.milk, private, Placement())


@records("comment.added")
async def somebody_comments(home: Home) -> None:
    await home.do(add_comment, home.ben, home.milk, "The blue one")


@records("comment.edited")
async def somebody_thinks_again(home: Home) -> None:
    await home.do(edit_comment, home.ben, home.milk, home.comment, "Which colour?")


@records("comment.deleted")
async def somebody_takes_it_back(home: Home) -> None:
    await home.do(delete_comment, home.ben, home.milk, home.comment)


@records("account.edited")
async def ana_edits_her_profile(home: Home) -> None:
    await home.do(edit_profile, home.ana, ProfileEdit(name="Anna", time_zone="Asia/Tokyo"))


@records("account.disabled")
async def an_admin_disables_ana(home: Home) -> None:
    await home.do(edit_user, home.admin, home.ana.user_id, AccountEdit(disabled=True))


@records("session.revoked")
async def ana_signs_out_another_device(home: Home) -> None:
    await home.do(revoke_session, home.ana, SessionId(home.ana.session_id))


@records("list.added")
@records("invitation.received")
@records("invitation.closed")
async def ana_is_invited_and_accepts(home: Home) -> None:
    shared = await home.world.list(home.eva, name="Party")
    await home.do(create_todo, home.eva, shared, NewTodo(title="Cake"), Placement())
    email = await home.world.email_of(home.ana)
    invitation = await home.do(invite_member, home.eva, shared, email, Role.EDITOR)
    await home.do(accept_invitation_by_id, home.ana, InvitationId(invitation.id))


@records("invitation.received")
async def ana_is_invited(home: Home) -> None:
    shared = await home.world.list(home.eva, name="Party")
    email = await home.world.email_of(home.ana)
    await home.do(invite_member, home.eva, shared, email, Role.EDITOR)


@records("invitation.closed")
async def ana_is_invited_and_it_is_withdrawn(home: Home) -> None:
    shared = await home.world.list(home.eva, name="Party")
    email = await home.world.email_of(home.ana)
    invitation = await home.do(invite_member, home.eva, shared, email, Role.EDITOR)
    await home.do(withdraw_invitation, home.eva, shared, InvitationId(invitation.id))


@records("reminder.set")
async def ana_sets_a_reminder(home: Home) -> None:
    at = home.resources.clock.now() + timedelta(hours=3)
    await home.do(set_reminder, home.ana, home.milk, ReminderTrigger(at=at))


@records("reminder.set")
async def ana_moves_to_another_zone(home: Home) -> None:
    new = NewTodo(title="Call", due=DueTime(at="2030-05-04T09:00:00"))
    call = await home.do(create_todo, home.ana, home.groceries, new, Placement())
    await home.do(set_reminder, home.ana, TodoId(call.id), ReminderTrigger(minutes_before=10))
    await home.do(edit_profile, home.ana, ProfileEdit(time_zone="America/New_York"))


@records("reminder.set")
async def ana_puts_a_reminder_off(home: Home) -> None:
    await home.do(snooze_reminder, home.ana, home.milk, home.reminder, Snooze(minutes=10))


@records("reminder.tested")
async def ana_tries_her_reminders(home: Home) -> None:
    test = await home.do(send_test_reminder, home.ana)
    await home.do(record_reminder_test, home.ana.user_id, test.id, ReminderState.SENT, "")


@records("reminder.removed")
async def ana_removes_a_reminder(home: Home) -> None:
    await home.do(remove_reminder, home.ana, home.milk, home.reminder)


async def make_due(home: Home, ago: timedelta) -> SendReminder:
    async with home.resources.begin() as work:
        await work.connection.execute(
            update(ReminderRow)
            .where(ReminderRow.id == home.reminder)
            .values(next_fire_at=work.now - ago, occurrence=7)
        )
    assert await ReminderFiring(home.resources).fire_due() == 1
    return SendReminder(reminder_id=home.reminder, occurrence=7)


@records("reminder.sent")
async def a_reminder_is_sent(home: Home) -> None:
    await home.do(record_sent, await make_due(home, timedelta(minutes=1)))


@records("reminder.failed")
async def a_reminder_cannot_be_sent(home: Home) -> None:
    job = await make_due(home, timedelta(minutes=1))
    await home.do(record_outcome, job, Outcome("dead", "no such address"))


@records("reminder.missed")
async def a_reminder_is_missed(home: Home) -> None:
    await make_due(home, timedelta(days=3))
