"""Preview an import: read the whole file, and store what it holds as pages to be added.

Nothing is added to any list. A worker that dies leaves a preview that the next one begins anew.
"""

import asyncio
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select, update

from shared.attachments.rules import content_key
from shared.contract.interop.imports import ImportKind, ImportState
from shared.contract.jobs import PreviewImport
from shared.errors import Unavailable
from shared.ids import ImportId, UserId, user_stream
from shared.imports import stored_archives
from shared.imports.commands import (
    COMPRESSION_LEVEL,
    FILE,
    PAGE,
    end_import,
    fail_import,
    record_change,
)
from shared.imports.queries import EMPTY_REPORT
from shared.jobs import claims
from shared.jobs.claims import Claim
from shared.jobs.retries import Obsolete, Transient
from shared.languages.choice import language_of_account
from shared.resources import Resources
from shared.tables.accounts import UserRow
from shared.tables.interop.import_chunks import ImportChunkRow
from shared.tables.interop.imports import ImportRow
from shared.unit_of_work import UnitOfWork
from worker.imports import kinds
from worker.imports.items import FileRefused, Options
from worker.imports.reading_progress import show_progress
from worker.imports.source import Source
from worker.imports.staging import Staging
from worker.jobs.context import JobContext, Outcome
from worker.jobs.saving import save_with_retries

# Pages that are stored in one transaction: 1 MiB of them at most, after compression mostly less.
PAGES_PER_SAVE = 10


async def preview_import(context: JobContext, claim: Claim, job: PreviewImport) -> None:
    """Read the file, store the preview, and end the job. Raise a Failure."""
    resources, import_id = context.resources, ImportId(job.import_id)
    row = await _read(resources, job)
    with tempfile.TemporaryDirectory(prefix="livelist-import-") as folder:
        source = await _source_of(resources, import_id, row.file_name, Path(folder) / "file")
        staging: Staging | None = None
        kind, header = ImportKind(row.kind) if row.kind else None, list[str]()
        try:
            if kind is None:
                kind = await asyncio.to_thread(kinds.detect, source)
            header = await asyncio.to_thread(kinds.header_of, source, kind)
            staging = await _stage(resources, job, source, row, kind)
            await _save_pages(resources, job, staging)
            report = await asyncio.to_thread(staging.report, header)
        except (FileRefused, zipfile.BadZipFile, zlib.error, EOFError) as error:
            if not isinstance(error, FileRefused):
                error = FileRefused("The archive is damaged.")
            # The user may choose another kind, or columns of this one.
            report = dict(EMPTY_REPORT) | {"header": header}
            found = {"kind": kind, "report": report, "todos_done": 0}
            await _fail(resources, claim, job, row, error.sentence, found)
            return
        except Unavailable as error:
            raise Transient(error.detail) from None
        finally:
            if staging is not None:
                await asyncio.to_thread(staging.close)

    async def done(work: UnitOfWork) -> None:
        await work.lock_streams([user_stream(UserId(row.user_id))])
        await work.connection.execute(
            update(ImportRow)
            .where(*_is_current(job))
            .values(
                state=ImportState.READY.value,
                kind=kind.value,
                report=report,
                step=0,
                todos_total=staging.total,
                todos_done=0,
                files_total=staging.file_total,
                files_done=0,
            )
        )
        await record_change(work, import_id)
        await claims.finish(work, claim, "done")

    await save_with_retries(resources, done)


async def record_outcome(work: UnitOfWork, job: PreviewImport, outcome: Outcome) -> None:
    """Mark the import as failed once its job is given up."""
    if outcome.state == "dead":
        await fail_import(work, ImportId(job.import_id), "The file could not be read.")


async def _read(resources: Resources, job: PreviewImport) -> Any:
    async with resources.single_read() as read:
        found = await read.connection.execute(
            select(
                ImportRow.user_id,
                ImportRow.file_name,
                ImportRow.kind,
                ImportRow.options,
                UserRow.time_zone,
                UserRow.language,
                UserRow.locale,
            )
            .join(UserRow, UserRow.id == ImportRow.user_id)
            .where(*_is_current(job))
        )
        row = found.one_or_none()
    if row is None:
        raise Obsolete("the import was cancelled, or is read in another way")
    return row


def _is_current(job: PreviewImport) -> tuple[Any, ...]:
    return (
        ImportRow.id == job.import_id,
        ImportRow.attempt == job.attempt,
        ImportRow.state == ImportState.PREVIEWING.value,
    )


async def _source_of(resources: Resources, import_id: ImportId, name: str, path: Path) -> Source:
    """Return the uploaded file: an archive in the storage, or a file that is written to `path`."""
    async with resources.single_read() as read:
        is_archive = await stored_archives.is_stored(read, import_id)
    if is_archive:
        key = content_key(import_id)
        return Source(name, lambda: resources.objects.open_file(key))
    await _copy_file(resources, import_id, path)
    return Source(name, lambda: path.open("rb"))


async def _copy_file(resources: Resources, import_id: ImportId, path: Path) -> None:
    """Write the uploaded file to the disk, a chunk at a time."""
    number = 0
    while True:
        async with resources.single_read() as read:
            content: Any = await read.connection.scalar(
                select(ImportChunkRow.content).where(
                    ImportChunkRow.import_id == import_id,
                    ImportChunkRow.part == FILE,
                    ImportChunkRow.number == number,
                )
            )
        if content is None:
            break
        await asyncio.to_thread(_append, path, content)
        number += 1
    await asyncio.to_thread(path.touch)


def _append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(zlib.decompress(content))


async def _stage(
    resources: Resources, job: PreviewImport, source: Source, row: Any, kind: ImportKind
) -> Staging:
    """Read the file in a thread, which stops soon if the job is cancelled. Raise FileRefused, Obsolete."""
    reader = await asyncio.to_thread(kinds.reader_of, source, kind)
    columns = row.options.get("columns", {})
    options = Options(
        columns=columns,
        zone=row.time_zone,
        user_id=row.user_id,
        now=resources.clock.now(),
        language=language_of_account(row.language, row.locale),
    )
    staging = Staging(kind, options)
    filling = asyncio.create_task(asyncio.to_thread(staging.fill, reader(source, options)))
    try:
        await show_progress(
            resources,
            ImportId(job.import_id),
            UserId(row.user_id),
            _is_current(job),
            filling,
            lambda: staging.count,
        )
        await asyncio.shield(filling)
    except BaseException:
        staging.is_stopped = True
        await asyncio.wait([filling])
        staging.close()
        raise
    if staging.is_empty:
        staging.close()
        raise FileRefused("There is nothing to import in this file.")
    return staging


async def _save_pages(resources: Resources, job: PreviewImport, staging: Staging) -> None:
    """Store the pages, after deleting those of a preview before. Raise Obsolete."""
    async with resources.begin() as work:
        await _require_current(work, job)
        await work.connection.execute(
            delete(ImportChunkRow).where(
                ImportChunkRow.import_id == job.import_id, ImportChunkRow.part == PAGE
            )
        )
    pages = staging.pages()
    number = 0
    while some := await asyncio.to_thread(_compressed, pages):
        async with resources.begin() as work:
            await _require_current(work, job)
            await work.connection.execute(
                insert(ImportChunkRow),
                [
                    {"import_id": job.import_id, "part": PAGE, "number": index, "content": content}
                    for index, content in enumerate(some, number)
                ],
            )
        number += len(some)


def _compressed(pages: Iterator[bytes]) -> list[bytes]:
    some = []
    for page in pages:
        some.append(zlib.compress(page, COMPRESSION_LEVEL))
        if len(some) == PAGES_PER_SAVE:
            break
    return some


async def _require_current(work: UnitOfWork, job: PreviewImport) -> None:
    """Lock the import's row until the pages are stored. Raise Obsolete."""
    updated = await work.connection.execute(
        update(ImportRow).where(*_is_current(job)).values(step=0)
    )
    if updated.rowcount != 1:
        raise Obsolete("the import was cancelled, or is read in another way")


async def _fail(
    resources: Resources,
    claim: Claim,
    job: PreviewImport,
    row: Any,
    sentence: str,
    found: Mapping[str, Any],
) -> None:
    """End the import with the sentence, keeping what was found out of the file."""

    async def failed(work: UnitOfWork) -> None:
        await work.lock_streams([user_stream(UserId(row.user_id))])
        current = await work.connection.scalar(select(ImportRow.id).where(*_is_current(job)))
        if current is not None:
            await work.connection.execute(
                update(ImportRow).where(ImportRow.id == job.import_id).values(**found)
            )
            await end_import(work, ImportId(job.import_id), ImportState.FAILED, sentence)
        await claims.finish(work, claim, "done")

    await save_with_retries(resources, failed)
