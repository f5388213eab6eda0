"""Routes that export a list, or all lists of the caller, as a file."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.http import rate_limits
from api.http.dependencies import CurrentActor, OpenResources, PathId
from api.http.large_answers import HeldBytes, LargeAnswers, OpenPageReader
from api.http.problems import problem_responses, reader_translator
from api.http.rate_limits import Limits
from api.openapi.examples import AT, LIST_ID, TODO_ID
from api.routes.export_archive import (
    HELD_DIRECTORY_BYTES,
    ClosableChunks,
    ExportArchive,
    HeldDownload,
)
from api.routes.lists.export_document import ExportDocument
from shared.actor import Actor
from shared.attachments.archives import DOCUMENT
from shared.ids import ListId
from shared.list_exports import reading
from shared.list_exports.archived_files import ArchivedFiles
from shared.list_exports.formats import ENCODERS, ExportFormat
from shared.list_exports.json_encoder import JsonEncoder
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
            "application/zip": {
                "schema": {"type": "string", "format": "binary"},
                "example": "PK…export.json…files/06gzk4d2g1rj8k6h4f2d0b8z6x/ticket.pdf…",
            },
        }
    }
}
_LIMITS = {ExportFormat.ZIP: rate_limits.FILES_EXPORT}
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

    With `zip` it is an archive of the JSON and the attached files.
    docs/import-and-export.md describes the formats. `POST /imports` takes each of them again.
    """
    await limits.take(_LIMITS.get(file_format, rate_limits.LIST_EXPORT), account=actor.user_id)
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
    await limits.take(_LIMITS.get(file_format, rate_limits.LIST_EXPORT), account=actor.user_id)
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
    t = reader_translator()
    if file_format is ExportFormat.ZIP:
        files = ArchivedFiles()
        held = HeldBytes(answers, actor.user_id, HELD_BYTES + HELD_DIRECTORY_BYTES)
        document = ExportDocument(resources, actor, JsonEncoder(files), list_ids, t)
        chunks: ClosableChunks = ExportArchive(resources, actor, DOCUMENT, document, files, held, t)
        media_type, extension = "application/zip", "zip"
    else:
        encoder = ENCODERS[file_format]()
        held = HeldBytes(answers, actor.user_id, HELD_BYTES)
        chunks = ExportDocument(resources, actor, encoder, list_ids, t)
        media_type, extension = encoder.media_type, encoder.extension
    day = f"{resources.clock.now():%Y-%m-%d}"
    return HeldDownload(
        chunks, held, f"livelist-{file_name(name)}-{day}.{extension}", media_type=media_type
    )


def file_name(text: str) -> str:
    """Return the text as a part of a file's name that all systems take: ASCII letters and digits."""
    plain = normalized("NFKD", text).encode("ascii", "ignore").decode()
    return _UNSAFE.sub("-", plain).strip("-").lower()[:60] or "list"
