"""The files of a mail: stored before its todo or comment is made, and attached in the same transaction.

They count and are limited as uploads of the account in whose name the mail acts. A file that is refused is
named with the reason, and the others are attached all the same.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from shared import failpoints
from shared.actor import Actor
from shared.attachments import commands, rules
from shared.attachments.commands import Content
from shared.database.errors import DatabaseError
from shared.errors import DomainError, Forbidden, Invalid, Moved, Unavailable
from shared.ids import AttachmentId, TodoId
from shared.resources import Resources
from shared.unit_of_work import UnitOfWork
from worker.inbound_mail.mime_reader import Attachment
from worker.inbound_mail.todo_text import line_of

_DECORATION = "a small picture within the text"


@dataclass(frozen=True)
class _Stored:
    id: AttachmentId
    name: str
    content: Content


class MailFiles:
    """The files of one mail, in one attempt to make something of it."""

    def __init__(self, resources: Resources, actor: Actor) -> None:
        self._resources, self._actor = resources, actor
        self._stored: list[_Stored] = []
        # A line for each file that is not attached.
        self.refused: list[str] = []

    @asynccontextmanager
    async def stored(self, files: Sequence[Attachment]) -> AsyncIterator[None]:
        """Store the files; if the block raises, give them up. Raise Unavailable."""
        try:
            for file in files:
                await self._store(file)
            yield
        except BaseException:
            await self._discard()
            raise

    async def attach(self, work: UnitOfWork, todo_id: TodoId) -> tuple[list[str], list[str]]:
        """Attach the stored files to the todo. Return their names, and a line for each refused file.

        The transaction may be repeated. Raise NotFound, or Moved.
        """
        attached, refused = [], list(self.refused)
        for file in self._stored:
            try:
                await commands.finish_upload(
                    work, self._actor, file.id, file.content, todo_id=todo_id
                )
            except Forbidden:
                refused.append(
                    _line(file.name, file.content.size_bytes, "you may not attach files")
                )
            except DomainError as error:
                if isinstance(error, Moved) or error.reason != "too_many_attachments":
                    raise
                refused.append(_line(file.name, file.content.size_bytes, error.detail))
            else:
                attached.append(file.name)
        return attached, refused

    async def _store(self, file: Attachment) -> None:
        name = rules.file_name(line_of(file.name)) or "file"
        if file.is_decoration:
            self.refused.append(_line(name, file.size, _DECORATION))
            return
        settings = self._resources.settings.attachments
        try:
            head = await asyncio.to_thread(_head_of, file)
            if not head:
                raise Invalid("The file is empty.", code="empty_file")
            media_type = rules.media_type_of(head, name)
            commands.require_type(media_type, settings)
            async with self._resources.begin() as work:
                attachment_id = await commands.begin_upload(
                    work, self._actor, None, name, file.size, settings
                )
        except Unavailable:
            raise
        except DomainError as error:
            self.refused.append(_line(name, file.size, error.detail))
            return
        body = _Body(file)
        self._stored.append(_Stored(attachment_id, name, Content(file.size, media_type)))
        await self._resources.objects.write(rules.content_key(attachment_id), body.chunks())
        self._stored[-1] = _Stored(attachment_id, name, Content(body.size, media_type))
        await failpoints.reach("attachment_stored")

    async def _discard(self) -> None:
        """Free the room of what is stored. Without it, the clean-up does so two hours later."""
        if not self._stored:
            return
        with suppress(DatabaseError, OSError):
            async with self._resources.begin() as work:
                for file in self._stored:
                    await commands.discard_upload(work, file.id, file.content.size_bytes)


class _Body:
    """The bytes of a file, counted while they are read."""

    def __init__(self, file: Attachment) -> None:
        self._file = file
        self.size = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        for chunk in self._file.chunks():
            self.size += len(chunk)
            yield chunk
            # Other jobs of this worker go on meanwhile.
            await asyncio.sleep(0)


def _head_of(file: Attachment) -> bytes:
    head = b""
    for chunk in file.chunks():
        head += chunk
        if len(head) >= rules.HEAD_BYTES:
            break
    return head[: rules.HEAD_BYTES]


def _line(name: str, size_bytes: int, reason: str) -> str:
    return f"{name} ({rules.size_in_words(size_bytes)}): {reason}"
