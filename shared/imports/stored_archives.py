"""Archives that are uploaded to be imported: their bytes are in the storage of attached files.

They may be too large for rows of the database. An archive has a row of attachments, as a file of a mail has
whose todo is not made yet: its id is that of the import, and its type is ARCHIVE. It counts against no quota
of files, and the clean-up of attachments deletes the bytes and the row. Nothing else refers to it: when the
import or the account is deleted first, the row still names the bytes.
"""

from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, insert, select, update

from shared.actor import Actor
from shared.attachments.archives import MAX_BYTES
from shared.attachments.rules import IMPORTED_ARCHIVE
from shared.errors import Conflict
from shared.ids import ImportId, UserId
from shared.languages.texts import message
from shared.settings.storage.attachments import AttachmentSettings
from shared.tables.details.attachments import AttachmentRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# Of the largest, as many as an account may have imports that are not finished. Those of finished ones count
# until the clean-up has deleted them, within the hour: who uploads and cancels in a loop fills the storage.
MAX_LARGEST = 3
# An upload may take an hour (api/routes/account/imports.py). One that is older has broken off.
BROKEN_OFF_AFTER = timedelta(hours=2)


def max_bytes(settings: AttachmentSettings, document_bytes: int) -> int:
    """Return the size of the largest archive: as many files as an account may have, and their document."""
    return document_bytes + min(MAX_BYTES, settings.quota_bytes)


async def begin(work: UnitOfWork, actor: Actor, import_id: ImportId, limit: int) -> None:
    """Write the row before the bytes, which may be `limit`. The user's stream is locked.

    Raise Conflict `too_many_imports`.
    """
    # Uploads under way may become as large as any.
    size = case((AttachmentRow.size_bytes == 0, limit), else_=AttachmentRow.size_bytes)
    stored = await work.connection.scalar(
        select(func.coalesce(func.sum(size), 0)).where(
            AttachmentRow.uploader_id == actor.user_id, AttachmentRow.media_type == IMPORTED_ARCHIVE
        )
    )
    if int(stored or 0) + limit > MAX_LARGEST * limit:
        raise Conflict(
            message("You have uploaded several large archives just now: wait an hour."),
            code="too_many_imports",
        )
    await work.connection.execute(
        insert(AttachmentRow).values(
            id=import_id,
            todo_id=None,
            uploader_id=actor.user_id,
            state="uploading",
            name="import.zip",
            media_type=IMPORTED_ARCHIVE,
            size_bytes=0,
            has_thumbnail=False,
            created_at=work.now,
            delete_at=work.now + BROKEN_OFF_AFTER,
        )
    )


async def finish(work: UnitOfWork, import_id: ImportId, size_bytes: int, until: datetime) -> None:
    """Note that all bytes are there, to be kept until this instant."""
    await work.connection.execute(
        update(AttachmentRow)
        .where(AttachmentRow.id == import_id)
        .values(size_bytes=size_bytes, delete_at=until)
    )


async def forget(work: UnitOfWork, import_id: ImportId) -> None:
    """Delete the row of an archive of which nothing is stored."""
    await work.connection.execute(delete(AttachmentRow).where(AttachmentRow.id == import_id))


async def keep(work: UnitOfWork, import_id: ImportId, until: datetime) -> None:
    """Keep the archive of the import until this instant, if it has one."""
    await work.connection.execute(
        update(AttachmentRow)
        .where(AttachmentRow.id == import_id, *_IS_WHOLE)
        .values(delete_at=until)
    )


async def release(work: UnitOfWork, *import_ids: ImportId) -> None:
    """Let the next clean-up delete the archives. One whose bytes may still arrive waits for two hours."""
    if import_ids:
        await work.connection.execute(
            update(AttachmentRow)
            .where(AttachmentRow.id.in_(import_ids), *_IS_WHOLE)
            .values(state="removed", delete_at=work.now)
        )


async def release_all(work: UnitOfWork, user_id: UserId) -> None:
    """Release those of an account that is deleted."""
    await work.connection.execute(
        update(AttachmentRow)
        .where(AttachmentRow.uploader_id == user_id, *_IS_WHOLE)
        .values(state="removed", delete_at=work.now)
    )


async def is_stored(read: ReadTransaction, import_id: ImportId) -> bool:
    """Return True if the file of the import is an archive in the storage."""
    found = await read.connection.scalar(
        select(AttachmentRow.id).where(AttachmentRow.id == import_id, *_IS_WHOLE)
    )
    return found is not None


_IS_WHOLE = (
    AttachmentRow.media_type == IMPORTED_ARCHIVE,
    AttachmentRow.state == "uploading",
    AttachmentRow.size_bytes > 0,
)
