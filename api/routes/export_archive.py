"""An export with the attached files: a ZIP archive, written while it is sent.

    export.json         the document, under the name of the kind of export
    files/<id>/<name>   the files, each read when the client has taken what comes before it
    missing-files.txt   only if a file is missing, or broken: which, and why

Each file is authorized anew, as its own download is. A file that cannot be read does not end the export; the
end of the session, or of the API token, does.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Protocol

from starlette.types import Message, Receive, Scope, Send

from api.http.large_answers import HeldBytes
from api.routes.download import Chunks, Download
from shared.access import gate
from shared.actor import Actor
from shared.attachments import queries, rules
from shared.attachments.archives import (
    MAX_BYTES,
    MAX_FILES,
    MEMBER_BYTES,
    ArchiveStream,
)
from shared.errors import NotFound, Unauthenticated, Unavailable
from shared.ids import AttachmentId
from shared.languages.texts import Amount, Translator, message
from shared.list_exports.archived_files import ArchivedFiles
from shared.object_storage.store import ObjectMissing
from shared.resources import Resources

MISSING = "missing-files.txt"
# What a process holds beside the document: the paths of the files while that is written, and after it their
# entries for the directory.
HELD_DIRECTORY_BYTES = MAX_FILES * MEMBER_BYTES
# As large as the chunks of a download: small members are sent together.
SEND_BYTES = 256 * 1024
# Then the storage is away: each takes up to a minute (shared/object_storage/store.py).
MAX_FAILURES = 5


class ClosableChunks(Chunks, Protocol):
    async def close(self) -> None: ...


class HeldDownload(Download):
    """A download that counts as a large answer under way, by what the process holds of it."""

    def __init__(
        self, chunks: ClosableChunks, held: HeldBytes, file_name: str, *, media_type: str
    ) -> None:
        super().__init__(chunks, file_name=file_name, media_type=media_type)
        self._held, self._closable = held, chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def noted(part: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(part)

        try:
            await super().__call__(scope, receive, noted)
        except (NotFound, Unauthenticated):
            # The caller lost the list meanwhile, signed out, or revoked the API token. Without an end the
            # client sees that the file is incomplete.
            if not has_begun:
                raise
        finally:
            self._held.end()
            await self._closable.close()


class ExportArchive:
    """The parts of the archive, each written when the one before it was sent.

    The document adds to `files` what it names. `held` is what the process holds of the export.
    """

    def __init__(
        self,
        resources: Resources,
        actor: Actor,
        name: str,
        document: ClosableChunks,
        files: ArchivedFiles,
        held: HeldBytes,
        t: Translator,
    ) -> None:
        self._resources, self._actor, self._t = resources, actor, t
        self._name, self._document, self._files, self._held = name, document, files, held
        self._archive = ArchiveStream()
        # A line for each file that is not whole in the archive.
        self._missing: list[str] = []
        self._failures = 0
        self._parts = self._write()

    async def read_next(self) -> bytes | None:
        """Return the next part; None at the end.

        Raise NotFound where the document breaks off, and Unauthenticated where the session or the
        API token was revoked.
        """
        return await anext(self._parts, None)

    async def close(self) -> None:
        await self._parts.aclose()
        await self._document.close()

    async def _write(self) -> AsyncGenerator[bytes, None]:
        archive, now = self._archive, self._resources.clock.now()
        with archive.member(self._name, now, is_text=True) as member:
            while (part := await self._document.read_next()) is not None:
                # In a thread: to compress 1 MiB takes 30 ms.
                await asyncio.to_thread(member.write, part)
                if archive.size >= SEND_BYTES:
                    yield archive.take()
        self._held.shrink(len(self._files.paths) * MEMBER_BYTES + SEND_BYTES)
        for file_id, path in self._files.paths.items():
            async for part in self._write_file(file_id, path):
                yield part
        if self._files.left_out:
            self._missing.append(_left_out(self._t, self._files.left_out))
        if self._missing:
            with archive.member(MISSING, now, is_text=True) as member:
                member.write("".join(f"{line}\n" for line in self._missing).encode())
        archive.end()
        yield archive.take()

    async def _write_file(self, file_id: AttachmentId, path: str) -> AsyncGenerator[bytes, None]:
        """Write a file, or note why it is not whole. Yield what is to be sent."""
        archive, size_bytes = self._archive, 0
        if self._failures == MAX_FAILURES:
            self._note(path, message("The storage of attached files does not answer now."))
            return
        try:
            async with self._resources.begin_read() as read:
                await gate.require_live_credential(read, self._actor)
                file = await queries.read_attachment(read, self._actor, file_id)
            stored = await self._resources.objects.read(rules.content_key(file_id))
        except NotFound:
            self._note(path, message("It was removed, or you may not read it any more."))
            return
        except Unavailable as error:
            self._fail(path, error)
            return
        with archive.member(path, file.created_at, is_text=False) as member:
            try:
                async for chunk in stored.chunks:
                    member.write(chunk)
                    size_bytes += len(chunk)
                    if size_bytes > file.size_bytes:
                        break
                    if archive.size >= SEND_BYTES:
                        yield archive.take()
            except Unavailable as error:
                self._fail(path, error)
                return
        self._failures = 0
        if size_bytes != file.size_bytes:
            broken = message(
                "It is broken: {stored} of {size} bytes are stored.",
                stored=Amount(size_bytes),
                size=Amount(file.size_bytes),
            )
            self._note(path, broken)

    def _fail(self, path: str, error: Unavailable) -> None:
        # A single file may be missing, whatever the others are.
        self._failures += 0 if isinstance(error, ObjectMissing) else 1
        self._note(path, error.detail)

    def _note(self, path: str, reason: str) -> None:
        self._missing.append(f"{path}: {self._t.of(reason)}")


def _left_out(t: Translator, count: int) -> str:
    return t.counted(
        count,
        "A file was left out: an export has at most {files} files of {size} together. "
        "Export single lists.",
        "{count} files were left out: an export has at most {files} files of {size} together. "
        "Export single lists.",
        files=Amount(MAX_FILES),
        size=rules.size_in_words(MAX_BYTES),
    )
