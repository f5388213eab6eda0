"""The files of a mail: stored before its todo or comment is made, and attached in the same transaction.

They count and are limited as uploads of the account in whose name the mail acts. A file that is refused is
named with the reason, and the others are attached all the same.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from os.path import splitext

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

# In characters. The column has 200, and a line of a description or comment names the file.
MAX_NAME, MAX_ENDING = 100, 20
_DECORATION = "a small picture within the text"
# Members of the list read this: how much room an account has is its own matter.
_NO_ROOM = "no room is left for files"


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
            except DomainError as error:
                reason = _refusal(error)
                if not reason:
                    raise
                size_bytes = file.content.size_bytes
                await commands.discard_upload(work, file.id, size_bytes)
                refused.append(_line(file.name, size_bytes, reason))
            else:
                attached.append(file.name)
        return attached, refused

    async def _store(self, file: Attachment) -> None:
        name = _name_of(file)
        if file.is_decoration:
            self.refused.append(_line(name, file.size, _DECORATION))
            return
        settings = self._resources.settings.attachments
        try:
            head, is_whole = await asyncio.to_thread(_look_at, file)
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
            reason = _NO_ROOM if error.reason == "attachment_quota" else error.detail
            self.refused.append(_line(name, file.size, reason))
            return
        body = _Body(file)
        # Of a write that fails nothing is stored, and nothing counts.
        self._stored.append(_Stored(attachment_id, name, Content(0, media_type)))
        await self._resources.objects.write(rules.content_key(attachment_id), body.chunks())
        self._stored[-1] = _Stored(attachment_id, name, Content(body.size, media_type))
        if not is_whole:
            self.refused.append(_line(f"a part of {name}", body.size, "it could not be decoded"))
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


def _name_of(file: Attachment) -> str:
    """Return the name as it is stored. It is cut after it is normalized, which makes some names longer."""
    name = rules.file_name(line_of(file.name)) or "file"
    if len(name) <= MAX_NAME:
        return name
    ending = splitext(name)[1]
    if len(ending) > MAX_ENDING:
        ending = ""
    return name[: MAX_NAME - len(ending)] + ending


def _look_at(file: Attachment) -> tuple[bytes, bool]:
    """Return the first bytes of a file, and whether all of it can be decoded."""
    head = b""
    for chunk in file.chunks():
        head += chunk
        if len(head) >= rules.HEAD_BYTES:
            break
    return head[: rules.HEAD_BYTES], file.is_whole()


def _refusal(error: DomainError) -> str:
    """Return why one file is refused; empty for an error that concerns all of the mail."""
    if isinstance(error, Forbidden):
        return "you may not attach files"
    is_full = not isinstance(error, Moved) and error.reason == "too_many_attachments"
    return error.detail if is_full else ""


def _line(name: str, size_bytes: int, reason: str) -> str:
    return f"{name} ({rules.size_in_words(size_bytes)}): {reason}"
