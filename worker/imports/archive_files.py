"""Store the files of an archive of ours: read from it, checked as uploads are, and counted as them.

The bytes of a page are stored before its transaction, which attaches them: a worker that dies between them
leaves uploads that the clean-up deletes, and the next one stores the page again.
"""

import asyncio
import zipfile
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing, suppress
from typing import IO, Any

from shared import failpoints
from shared.actor import Actor
from shared.attachments import commands, rules
from shared.attachments.commands import Content
from shared.database.errors import DatabaseError
from shared.errors import DomainError, Unavailable
from shared.ids import ImportId, TodoId
from shared.imports import page_files, pages
from shared.imports.page_files import StoredFile, StoredFiles
from shared.imports.stored_pages import ImportPage, PageDetail
from shared.object_storage.store import READ_BYTES
from shared.resources import Resources
from worker.imports.archive import Member, own_members
from worker.imports.items import FileRefused
from worker.imports.source import Source


class ArchiveFiles:
    """The files of the archive of one import, which is opened for the first page of files."""

    def __init__(self, resources: Resources, import_id: ImportId) -> None:
        self._resources, self._import_id = resources, import_id
        # The directory; or why it cannot be read, for each file of the import.
        self._members: Mapping[str, Member] | FileRefused | None = None

    @asynccontextmanager
    async def stored(self, actor: Actor, row: Any, page: ImportPage) -> AsyncIterator[StoredFiles]:
        """Store what the todos of the page have not got yet; give it up if the block raises.

        `row` is the import as the worker read it. Raise Unavailable.
        """
        stored = StoredFiles()
        try:
            for detail, todo_id in await self._read_missing(actor, row, page):
                await self._store(actor, detail, todo_id, stored)
            yield stored
        except BaseException:
            await self._give_up(stored)
            raise

    async def _read_missing(
        self, actor: Actor, row: Any, page: ImportPage
    ) -> list[tuple[PageDetail, TodoId]]:
        if not page.files:
            return []
        async with self._resources.begin_read() as read:
            list_id = await pages.find_list(read, actor, row.list_id, page)
            return [] if list_id is None else await page_files.read_missing(read, list_id, page)

    async def _store(
        self, actor: Actor, detail: PageDetail, todo_id: TodoId, stored: StoredFiles
    ) -> None:
        count = len(stored.files)
        try:
            content = await self._open(detail)
            with closing(content):
                await self._store_content(actor, detail, todo_id, content, stored)
        except Unavailable:
            raise
        except (DomainError, FileRefused) as error:
            stored.refuse(detail, error)
        except _DAMAGED:
            broken = StoredFiles(stored.files[count:])
            del stored.files[count:]
            await self._give_up(broken)
            stored.refuse(detail, FileRefused("The archive is damaged."))

    async def _store_content(
        self,
        actor: Actor,
        detail: PageDetail,
        todo_id: TodoId,
        content: IO[bytes],
        stored: StoredFiles,
    ) -> None:
        """Check and store a file as an upload is. Raise a DomainError, or one of _DAMAGED."""
        settings = self._resources.settings.attachments
        name, size_bytes = detail.fields["name"], detail.fields["size_bytes"]
        head = await asyncio.to_thread(content.read, rules.HEAD_BYTES)
        media_type = rules.media_type_of(head, name)
        commands.require_type(media_type, settings)
        async with self._resources.begin() as work:
            attachment_id = await commands.begin_upload(
                work, actor, None, name, size_bytes, settings
            )
        # Of a write that fails nothing is stored, and nothing counts.
        empty = Content(0, media_type)
        stored.files.append(StoredFile(attachment_id, todo_id, detail, empty))
        await self._resources.objects.write(
            rules.content_key(attachment_id), _chunks(head, content, size_bytes)
        )
        whole = Content(size_bytes, media_type)
        stored.files[-1] = StoredFile(attachment_id, todo_id, detail, whole)
        await failpoints.reach("attachment_stored")

    async def _open(self, detail: PageDetail) -> IO[bytes]:
        """Return the file in the archive. Raise FileRefused, or Unavailable."""
        if self._members is None:
            try:
                self._members = await asyncio.to_thread(self._read_directory)
            except FileRefused as error:
                self._members = FileRefused(error.sentence)
        if isinstance(self._members, FileRefused):
            raise FileRefused(self._members.sentence)
        member = self._members.get(detail.fields["path"])
        # The preview has compared the sizes.
        if member is None or member.size != detail.fields["size_bytes"]:
            raise FileRefused("The archive is damaged.")
        return await asyncio.to_thread(member.open)

    def _read_directory(self) -> Mapping[str, Member]:
        key = rules.content_key(self._import_id)
        return own_members(Source("", lambda: self._resources.objects.open_file(key)))

    async def _give_up(self, stored: StoredFiles) -> None:
        """Free the room of what is stored. Without it, the clean-up does so two hours later."""
        if not stored.files:
            return
        with suppress(DatabaseError, OSError):
            async with self._resources.begin() as work:
                for file in stored.files:
                    await commands.discard_upload(work, file.attachment_id, file.content.size_bytes)


# What zipfile raises where the bytes are not what the directory says.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError)


async def _chunks(head: bytes, content: IO[bytes], size_bytes: int) -> AsyncIterator[bytes]:
    """Yield the bytes of a file. Raise one of _DAMAGED if they are not those that the directory names."""
    yield head
    left = size_bytes - len(head)
    while chunk := await asyncio.to_thread(content.read, READ_BYTES):
        yield chunk
        left -= len(chunk)
    if left:
        raise EOFError
