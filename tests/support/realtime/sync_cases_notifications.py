"""The cases of sync_cases.py for notifications, preferences, suppressed addresses and API tokens."""

from datetime import timedelta

from sqlalchemy import select, update

from shared.accounts.api_tokens import rename_api_token, revoke_api_token
from shared.accounts.bounces import lift_suppression, suppress_address
from shared.accounts.personal_data.exports import request_export
from shared.accounts.second_factors.removal import reset_as_operator
from shared.comments.commands import add_comment
from shared.contract.notifications import NotificationKind
from shared.contract.shapes import Role
from shared.imports.commands import append_to_file, begin_upload, compress, finish_upload
from shared.members.commands import change_role, remove_member
from shared.notifications.commands import (
    mark_notifications_read,
    remove_expired_notifications,
)
from shared.notifications.preferences import edit_preferences
from shared.tables.notifications import NotificationRow
from shared.todos.commands.edit import edit_todo
from shared.todos.rules.todo_edits import TodoEdit
from tests.support.api_tokens import insert_api_token
from tests.support.realtime.sync_cases import SyncFixture, make_due, records
from worker.jobs.context import Outcome
from worker.reminders.reminder_email import record_outcome


@records("notification.added")
async def ana_is_assigned_mentioned_and_answered(given: SyncFixture) -> None:
    for_ana = TodoEdit(assignees=(given.ana.user_id,))
    await given.do(edit_todo, given.ben, given.oats, for_ana)
    await given.do(add_comment, given.ben, given.oats, f"@[{given.ana.user_id}] look")
    await given.do(add_comment, given.ben, given.milk, "Or the red one")


@records("notification.added")
@records("notification.removed")
async def ana_is_removed(given: SyncFixture) -> None:
    await given.do(change_role, given.ana, given.groceries, given.ben.user_id, Role.OWNER)
    await given.do(remove_member, given.ben, given.groceries, given.ana.user_id)


@records("notification.added")
async def ana_is_reminded(given: SyncFixture) -> None:
    await make_due(given, timedelta(minutes=1))


@records("notification.read")
async def ana_reads_one_notification(given: SyncFixture) -> None:
    [first] = await _notifications(given)
    await given.do(add_comment, given.ben, given.milk, f"@[{given.ana.user_id}] look")
    await given.do(mark_notifications_read, given.ana, notification_ids=[first])


@records("notification.read")
async def ana_reads_all_notifications(given: SyncFixture) -> None:
    await given.do(add_comment, given.ben, given.milk, f"@[{given.ana.user_id}] look")
    newest = max(await _notifications(given))
    await given.do(mark_notifications_read, given.ana, through=newest)
    await given.do(add_comment, given.ben, given.milk, f"@[{given.ana.user_id}] and now this")


@records("notification.removed")
async def notifications_expire(given: SyncFixture) -> None:
    async with given.resources.begin() as work:
        long_ago = work.now - timedelta(days=31)
        await work.connection.execute(update(NotificationRow).values(created_at=long_ago))
    await given.do(remove_expired_notifications, [given.ana.user_id], 100)


@records("preferences.edited")
async def ana_edits_her_preferences(given: SyncFixture) -> None:
    await given.do(
        edit_preferences,
        given.ana,
        given.ana.user_id,
        {NotificationKind.COMMENTED: {"in_app": False}},
    )
    # Of this comment she gets no notification, so the snapshot has none either.
    await given.do(add_comment, given.ben, given.milk, "Hello?")


@records("account.edited")
async def the_address_of_ana_is_suppressed(given: SyncFixture) -> None:
    await given.do(suppress_address, await given.world.email_of(given.ana), "550 5.1.1")


@records("account.edited")
async def the_suppression_of_ana_is_lifted(given: SyncFixture) -> None:
    await given.do(suppress_address, await given.world.email_of(given.ana), "550 5.1.1")
    await given.do(lift_suppression, given.ana, given.ana.user_id)


async def _notifications(given: SyncFixture) -> list[str]:
    async with given.resources.begin_read() as read:
        mine = NotificationRow.user_id == given.ana.user_id
        return list(await read.connection.scalars(select(NotificationRow.id).where(mine)))


@records("api_token.created")
@records("api_token.renamed")
@records("api_token.revoked")
async def ana_creates_renames_and_revokes_an_api_token(given: SyncFixture) -> None:
    token = await insert_api_token(given.resources, given.ana)
    await given.do(rename_api_token, given.ana, token.id, "Another name")
    await given.do(revoke_api_token, given.ana, token.id)


@records("credentials.changed")
async def the_second_factors_of_ana_are_reset(given: SyncFixture) -> None:
    await given.do(reset_as_operator, await given.world.email_of(given.ana))


@records("import.changed")
async def ana_uploads_a_file(given: SyncFixture) -> None:
    import_id = await given.do(begin_upload, given.ana, "todo.txt", None, None)
    await given.do(append_to_file, import_id, 0, 5, compress(b"Milk\n"))
    await given.do(finish_upload, given.ana, import_id)


@records("data_export.changed")
async def ana_asks_for_an_export(given: SyncFixture) -> None:
    await given.do(request_export, given.ana)


@records("reminder.failed")
async def a_reminder_cannot_be_sent(given: SyncFixture) -> None:
    job = await make_due(given, timedelta(minutes=1))
    await given.do(record_outcome, job, Outcome("dead", "no such address"))


@records("reminder.missed")
async def a_reminder_is_missed(given: SyncFixture) -> None:
    await make_due(given, timedelta(days=3))
