"""Cases of the sync law for attachments. Importing this module registers them."""

from shared.attachments.commands import record_thumbnail, remove_attachment, restore_attachment
from shared.todos.commands.trash import delete_todo
from tests.support.attachments import insert_attachment
from tests.support.realtime.sync_cases import SyncFixture, records


@records("attachment.added")
async def a_member_attaches_a_file(given: SyncFixture) -> None:
    await insert_attachment(given.resources, given.ben, given.milk)
    await insert_attachment(given.resources, given.ana, given.oats)


@records("attachment.added")
async def a_removal_is_taken_back(given: SyncFixture) -> None:
    await given.do(remove_attachment, given.ben, given.attachment)
    await given.do(restore_attachment, given.ana, given.attachment)


@records("attachment.edited")
async def a_thumbnail_is_made(given: SyncFixture) -> None:
    async with given.resources.begin() as work:
        await record_thumbnail(work, given.attachment, 640, 480)


@records("attachment.removed")
async def a_file_is_removed(given: SyncFixture) -> None:
    await given.do(remove_attachment, given.ben, given.attachment)


@records("attachment.removed")
async def a_file_is_removed_before_its_todo(given: SyncFixture) -> None:
    await given.do(remove_attachment, given.ben, given.attachment)
    await given.do(delete_todo, given.ben, given.milk)
