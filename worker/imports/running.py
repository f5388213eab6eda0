"""Run an import: add the pages of its preview to lists, one transaction each.

The progress and the todos of a page are one transaction, so that a worker that dies leaves an import that
the next one continues, with nothing doubled and nothing lost.
"""

import asyncio
import zlib
from contextlib import suppress
from typing import Any

import orjson
from sqlalchemy import select

from shared import failpoints
from shared.actor import Actor
from shared.contract.interop.imports import ImportState
from shared.contract.jobs import RunImport
from shared.contract.shapes import SiteRole
from shared.errors import DomainError, Forbidden, Moved, NotFound, Unavailable
from shared.ids import ImportId, SessionId, UserId, user_stream
from shared.imports.commands import PAGE, end_import, fail_import
from shared.imports.pages import StepTaken, add_page
from shared.imports.stored_pages import ImportPage, PageDetail, PageTodo
from shared.jobs import claims
from shared.jobs.claims import Claim
from shared.jobs.retries import Obsolete, Transient
from shared.languages.texts import message
from shared.resources import Resources
from shared.tables.accounts import UserRow
from shared.tables.interop.import_chunks import ImportChunkRow
from shared.tables.interop.imports import ImportRow
from shared.unit_of_work import UnitOfWork
from worker.imports.archive_files import ArchiveFiles
from worker.jobs.context import JobContext, Outcome
from worker.jobs.saving import save_with_retries

_IMPORT = (
    select(
        ImportRow.id,
        ImportRow.user_id,
        ImportRow.list_id,
        ImportRow.step,
        ImportRow.todos_done,
        ImportRow.todos_total,
        ImportRow.files_done,
        ImportRow.files_total,
        UserRow.name,
        UserRow.site_role,
        UserRow.time_zone,
        UserRow.language,
        UserRow.locale,
        ImportChunkRow.content,
    )
    .join(UserRow, UserRow.id == ImportRow.user_id)
    .outerjoin(
        ImportChunkRow,
        (ImportChunkRow.import_id == ImportRow.id)
        & (ImportChunkRow.part == PAGE)
        & (ImportChunkRow.number == ImportRow.step),
    )
    .where(ImportRow.state == ImportState.RUNNING.value, UserRow.status == "active")
)


async def run_import(context: JobContext, claim: Claim, job: RunImport) -> None:
    """Add the pages that are left, and end the job. Raise a Failure."""
    import_id = ImportId(job.import_id)
    error = ""
    archive = ArchiveFiles(context.resources, import_id)
    try:
        while await _add_next_page(context.resources, import_id, archive):
            pass
    except StepTaken:
        raise Obsolete("the import was cancelled, or another worker runs it") from None
    except (NotFound, Forbidden):
        error = message("You may no longer add todos to the list.")
    except Unavailable as away:
        raise Transient(away.detail) from None
    except DomainError as refused:
        error = refused.detail

    async def done(work: UnitOfWork) -> None:
        user_id = await work.connection.scalar(
            select(ImportRow.user_id).where(ImportRow.id == import_id)
        )
        if user_id is not None:
            await work.lock_streams([user_stream(UserId(user_id))])
            state = ImportState.FAILED if error else ImportState.DONE
            await end_import(work, import_id, state, error)
        await claims.finish(work, claim, "done")

    await save_with_retries(context.resources, done)


async def record_outcome(work: UnitOfWork, job: RunImport, outcome: Outcome) -> None:
    """Mark the import as failed once its job is given up."""
    if outcome.state == "dead":
        await fail_import(work, ImportId(job.import_id), "The import could not be completed.")


async def _add_next_page(resources: Resources, import_id: ImportId, archive: ArchiveFiles) -> bool:
    """Add a page, or leave it to the next call; return False after the last.

    Raise Obsolete when the import does not run, Unavailable when the storage does not answer.
    """
    async with resources.single_read() as read:
        found = await read.connection.execute(_IMPORT.where(ImportRow.id == import_id))
        row = found.one_or_none()
    if row is None:
        raise Obsolete("the import was cancelled, or its account is not active")
    if row.content is None:
        return False
    page = await asyncio.to_thread(_page_of, row.content)
    user_id = UserId(row.user_id)
    actor = Actor(
        user_id, row.name, SessionId(user_id), SiteRole(row.site_role), time_zone=row.time_zone
    )
    with suppress(Moved):
        async with archive.stored(actor, row, page) as files, resources.begin() as work:
            await add_page(work, actor, row, page, files)
    await failpoints.reach("import_page_saved")
    return True


def _page_of(content: bytes) -> ImportPage:
    stored: dict[str, Any] = orjson.loads(zlib.decompress(content))
    todos = [PageTodo(**todo) for todo in stored.pop("todos")]
    details: dict[str, Any] = {
        name: [PageDetail(**each) for each in stored.pop(name, ())]
        for name in ("comments", "occurrences", "files")
    }
    return ImportPage(**stored, todos=todos, **details)
