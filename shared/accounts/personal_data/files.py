"""The attached files that an export of an account names, for an archive."""

from shared.accounts.personal_data.section import PAGE_ROWS
from shared.accounts.personal_data.sections import SECTIONS
from shared.actor import Actor
from shared.list_exports.archived_files import ArchivedFiles
from shared.list_exports.reading import ExportedFile
from shared.resources import Resources

(_SECTION,) = (section for section in SECTIONS if section.name == "attachments")


async def add_files(resources: Resources, actor: Actor, files: ArchivedFiles) -> None:
    """Add the files of the account to those of the archive, as many as it may hold."""
    after: tuple[str, ...] | None = None
    while True:
        async with resources.begin_read() as read:
            rows = await read.connection.execute(_SECTION.page(after), {"user_id": actor.user_id})
            found = rows.all()
        for row in found:
            # Not those that are removed, or still arrive.
            if row.state == "ready":
                files.add(ExportedFile(row.id, row.name, row.media_type, row.size_bytes))
        if len(found) < PAGE_ROWS:
            return
        after = (found[-1].id,)
