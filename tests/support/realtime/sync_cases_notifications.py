"""The cases of sync_cases.py on notifications, their preferences, and mail."""

from datetime import timedelta

from sqlalchemy import select, update

from shared.accounts.bounces import lift_suppression, suppress_address
from shared.comments.commands import add_comment
from shared.contract.notifications import NotificationKind
from shared.contract.shapes import Role
from shared.members.commands import change_role, remove_member
from shared.notifications.commands import (
    mark_notifications_read,
    remove_expired_notifications,
)
from shared.notifications.preferences import edit_preferences
from shared.tables.notifications import NotificationRow
from shared.todos.commands.edit import edit_todo
from shared.todos.rules.todo_edits import TodoEdit
from tests.support.realtime.sync_cases import Home, make_due, records


@records("notification.added")
async def ana_is_assigned_mentioned_and_answered(home: Home) -> None:
    for_ana = TodoEdit(assignees=(home.ana.user_id,))
    await home.do(edit_todo, home.ben, home.oats, for_ana)
    await home.do(add_comment, home.ben, home.oats, f"@[{home.ana.user_id}] look")
    await home.do(add_comment, home.ben, home.milk, "Or the red one")


@records("notification.added")
@records("notification.removed")
async def ana_is_thrown_out(home: Home) -> None:
    await home.do(change_role, home.ana, home.groceries, home.ben.user_id, Role.OWNER)
    await home.do(remove_member, home.ben, home.groceries, home.ana.user_id)


@records("notification.added")
async def ana_is_reminded(home: Home) -> None:
    await make_due(home, timedelta(minutes=1))


@records("notification.read")
async def ana_reads_one(home: Home) -> None:
    [first] = await _notifications(home)
    await home.do(add_comment, home.ben, home.milk, f"@[{home.ana.user_id}] look")
    await home.do(mark_notifications_read, home.ana, notification_ids=[first])


@records("notification.read")
async def ana_reads_all_there_are(home: Home) -> None:
    await home.do(add_comment, home.ben, home.milk, f"@[{home.ana.user_id}] look")
    newest = max(await _notifications(home))
    await home.do(mark_notifications_read, home.ana, through=newest)
    await home.do(add_comment, home.ben, home.milk, f"@[{home.ana.user_id}] and now this")


@records("notification.removed")
async def a_month_goes_by(home: Home) -> None:
    async with home.resources.begin() as work:
        long_ago = work.now - timedelta(days=31)
        await work.connection.execute(update(NotificationRow).values(created_at=long_ago))
    await home.do(remove_expired_notifications, [home.ana.user_id], 100)


@records("preferences.edited")
async def ana_wants_to_be_told_otherwise(home: Home) -> None:
    await home.do(
        edit_preferences,
        home.ana,
        home.ana.user_id,
        {NotificationKind.COMMENTED: {"in_app": False}},
    )
    # She gets no notification of this, so the snapshot has none either.
    await home.do(add_comment, home.ben, home.milk, "Hello?")


@records("account.edited")
async def mail_to_ana_is_refused(home: Home) -> None:
    await home.do(suppress_address, await home.world.email_of(home.ana), "550 5.1.1")


@records("account.edited")
async def ana_has_mail_to_her_tried_again(home: Home) -> None:
    await home.do(suppress_address, await home.world.email_of(home.ana), "550 5.1.1")
    await home.do(lift_suppression, home.ana)


async def _notifications(home: Home) -> list[str]:
    async with home.resources.begin_read() as read:
        mine = NotificationRow.user_id == home.ana.user_id
        return list(await read.connection.scalars(select(NotificationRow.id).where(mine)))
