"""The document of an export of lists, read and encoded while it is sent."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import Any

from shared.actor import Actor
from shared.contract.shapes import TodoShape
from shared.errors import NotFound
from shared.ids import ListId
from shared.languages.texts import Translator
from shared.list_exports import details, reading
from shared.list_exports.formats import Encoder
from shared.reminders.rules import ReminderTrigger
from shared.resources import Resources


class ExportDocument:
    """Read and encode an export, each part when the one before it was sent.

    No connection to the database is held while a client reads.
    """

    def __init__(
        self,
        resources: Resources,
        actor: Actor,
        encoder: Encoder,
        list_ids: Sequence[ListId],
        t: Translator,
    ) -> None:
        self._resources, self._actor, self._list_ids, self._t = resources, actor, list_ids, t
        self._encoder = encoder
        self._parts = self._write()

    async def read_next(self) -> bytes | None:
        """Return the next part; None at the end. Raise NotFound if a list is lost within it."""
        async for part in self._parts:
            if part:
                return part.encode()
        return None

    async def close(self) -> None:
        await self._parts.aclose()

    async def _write(self) -> AsyncGenerator[str, None]:
        encoder, resources = self._encoder, self._resources
        yield encoder.begin(resources.settings.web.public_url, resources.clock.now())
        for list_id in self._list_ids:
            try:
                async with resources.begin_read() as read:
                    exported = await reading.read_exported_list(read, self._actor, list_id, self._t)
            except NotFound:
                # The caller left it, or it went to the trash, since the export began.
                continue
            yield encoder.begin_list(exported)
            todo_ids: list[str] = []
            commented: list[str] = []
            async for todos, reminders, files in self._read_todos(list_id):
                yield encoder.todos(todos, reminders, files)
                todo_ids += [todo.id for todo in todos]
                commented += [todo.id for todo in todos if todo.comment_count]
            if encoder.has_details:
                async for rows in self._read_details(details.read_comments, list_id, commented):
                    yield encoder.comments(rows)
                async for rows in self._read_details(details.read_occurrences, list_id, todo_ids):
                    yield encoder.occurrences(rows)
            yield encoder.end_list()
        yield encoder.end()

    async def _read_todos(
        self, list_id: ListId
    ) -> AsyncIterator[
        tuple[
            list[TodoShape],
            Mapping[str, Sequence[ReminderTrigger]],
            Mapping[str, Sequence[reading.ExportedFile]],
        ]
    ]:
        """Yield the todos of the list in batches; the caller's reminders and the files by id of the todo.

        Raise NotFound, which breaks the download off.
        """
        after: tuple[str, str] | None = reading.BEGIN
        while after is not None:
            async with self._resources.begin_read() as read:
                page = await reading.read_tree_page(read, self._actor, list_id, after)
            for batch in page.batches:
                async with self._resources.begin_read() as read:
                    todos = await reading.read_batch(read, self._actor, list_id, batch)
                    reminders: Mapping[str, Sequence[ReminderTrigger]] = {}
                    if self._encoder.has_reminders:
                        ids = [todo.id for todo in todos]
                        reminders = await details.read_reminders(read, self._actor, ids)
                    files: Mapping[str, Sequence[reading.ExportedFile]] = {}
                    with_files = [todo.id for todo in todos if todo.attachment_count]
                    if self._encoder.has_details and with_files:
                        files = await details.read_files(read, with_files)
                yield todos, reminders, files
            after = page.last

    async def _read_details(
        self, read_batch: details.ReadBatch, list_id: ListId, todo_ids: Sequence[str]
    ) -> AsyncIterator[Sequence[Any]]:
        """Yield the rows that belong to the todos, in batches. Raise NotFound."""
        for begin in range(0, len(todo_ids), details.IDS_PER_STATEMENT):
            # In the order of the statement, which continues after the last row.
            ids = todo_ids[begin : begin + details.IDS_PER_STATEMENT]
            after: details.Position | None = details.BEGIN
            while after is not None:
                async with self._resources.begin_read() as read:
                    batch = await read_batch(read, self._actor, list_id, ids, after)
                yield batch.rows
                after = batch.last
