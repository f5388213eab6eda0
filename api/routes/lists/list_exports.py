"""Routes that export a list, or all lists of the caller, as a file."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from starlette.types import Receive, Scope, Send

from api.http import rate_limits
from api.http.dependencies import CurrentActor, OpenResources, PathId
from api.http.large_answers import LargeAnswers, OpenPageReader
from api.http.problems import problem_responses, reader_translator
from api.http.rate_limits import Limits
from api.openapi.examples import AT, LIST_ID, TODO_ID
from api.routes.download import Download
from shared.actor import Actor
from shared.contract.shapes import TodoShape
from shared.errors import NotFound
from shared.ids import ListId
from shared.languages.texts import Translator
from shared.list_exports import details, reading
from shared.list_exports.formats import ENCODERS, ExportFormat
from shared.reminders.rules import ReminderTrigger
from shared.resources import Resources
from shared.text import normalized

router = APIRouter(tags=["lists"])

# What a process holds of an export: a batch of todos as shapes and as text.
HELD_BYTES = 4 * reading.BATCH_BYTES
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")

# Shortened: docs/import-and-export.md describes the formats.
_DOCUMENT = {
    "format": "livelist-lists/1", "site": "https://lists.example.org", "exported_at": AT,
    "lists": [
        {
            "id": LIST_ID, "name": "Trip to Vienna", "colour": "blue", "labels": [],
            "todos": [{"id": TODO_ID, "parent_id": None, "title": "Book the train"}],
        },
    ],
}  # fmt: skip
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/json": {"schema": {"type": "object"}, "example": _DOCUMENT},
            "text/csv": {
                "schema": {"type": "string"},
                "example": "list,title\r\nTrip,Book the train\r\n",
            },
            "text/calendar": {
                "schema": {"type": "string"},
                "example": "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n",
            },
            "text/markdown": {
                "schema": {"type": "string"},
                "example": "# Trip\n\n- [ ] Book the train\n",
            },
        }
    }
}
Format = Annotated[ExportFormat, Query(alias="format", description="The format of the file.")]


@router.get(
    "/lists/{list_id}/export",
    status_code=200,
    response_class=Response,
    responses=_FILE | problem_responses(401, 404, 422, 429, 503),
)
async def export_list(
    list_id: PathId,
    actor: CurrentActor,
    resources: OpenResources,
    pages: OpenPageReader,
    limits: Limits,
    file_format: Format = ExportFormat.JSON,
) -> Response:
    """Download a list as a file, without what is in its trash.

    docs/import-and-export.md describes the formats. `POST /imports` takes each of them again.
    """
    await limits.take(rate_limits.LIST_EXPORT, account=actor.user_id)
    t = reader_translator()
    async with resources.begin_read() as read:
        exported = await reading.read_exported_list(read, actor, ListId(list_id), t)
    ids = [ListId(list_id)]
    return _download(resources, pages.answers, actor, file_format, ids, exported.name)


@router.get(
    "/users/me/list-export",
    status_code=200,
    response_class=Response,
    responses=_FILE | problem_responses(401, 403, 422, 429, 503),
)
async def export_lists(
    actor: CurrentActor,
    resources: OpenResources,
    pages: OpenPageReader,
    limits: Limits,
    file_format: Format = ExportFormat.JSON,
) -> Response:
    """Download all lists that you may read as one file, archived ones too."""
    await limits.take(rate_limits.LIST_EXPORT, account=actor.user_id)
    async with resources.single_read() as read:
        list_ids = await reading.read_list_ids(read, actor)
    return _download(resources, pages.answers, actor, file_format, list_ids, "lists")


def _download(
    resources: Resources,
    answers: LargeAnswers,
    actor: Actor,
    file_format: ExportFormat,
    list_ids: Sequence[ListId],
    name: str,
) -> Response:
    encoder = ENCODERS[file_format]()
    return _ListExport(
        _Document(resources, actor, file_format, list_ids, reader_translator()),
        answers,
        actor,
        file_name=f"livelist-{file_name(name)}-{resources.clock.now():%Y-%m-%d}.{encoder.extension}",
        media_type=encoder.media_type,
    )


def file_name(text: str) -> str:
    """Return the text as a part of a file's name that all systems take: ASCII letters and digits."""
    plain = normalized("NFKD", text).encode("ascii", "ignore").decode()
    return _UNSAFE.sub("-", plain).strip("-").lower()[:60] or "list"


class _ListExport(Download):
    """A download that counts as a large answer under way, by what the process holds of it."""

    def __init__(
        self,
        document: "_Document",
        answers: LargeAnswers,
        actor: Actor,
        *,
        file_name: str,
        media_type: str,
    ) -> None:
        super().__init__(document, file_name=file_name, media_type=media_type)
        answers.begin(actor.user_id, HELD_BYTES)
        self._answers, self._actor, self._document = answers, actor, document

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except NotFound:
            # The caller lost the list meanwhile. Without an end the client sees that the file is incomplete.
            return
        finally:
            self._answers.end(self._actor.user_id, HELD_BYTES)
            await self._document.close()


class _Document:
    """Read and encode an export, each part when the one before it was sent.

    No connection to the database is held while a client reads.
    """

    def __init__(
        self,
        resources: Resources,
        actor: Actor,
        file_format: ExportFormat,
        list_ids: Sequence[ListId],
        t: Translator,
    ) -> None:
        self._resources, self._actor, self._list_ids, self._t = resources, actor, list_ids, t
        self._encoder = ENCODERS[file_format]()
        self._parts = self._write()

    async def read_next(self) -> bytes | None:
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
