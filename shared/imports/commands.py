"""Upload a file, choose how it is read, start the import, cancel it.

uploading ─→ previewing ─worker→ ready ─start→ running ─worker→ done
                 ↑  └──────────────┤ ↘ failed: the file may be read in another way
                 └────options──────┘
any of them before done ─cancel→ cancelled
"""

import zlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.events import ImportChanged
from shared.contract.interop.imports import ImportKind, ImportShape, ImportState
from shared.contract.jobs import PreviewImport, RunImport
from shared.errors import Conflict, NotFound, TooLarge
from shared.ids import ImportId, ListId, new_id, user_stream
from shared.imports import stored_archives
from shared.imports.queries import EMPTY_REPORT, find_import
from shared.languages.choice import language_of_account
from shared.languages.texts import message, translator
from shared.tables.accounts import UserRow
from shared.tables.interop.import_chunks import ImportChunkRow
from shared.tables.interop.imports import ImportRow
from shared.unit_of_work import UnitOfWork

# A week, as exports: a user looks at the preview today and starts it on another day.
RETENTION = timedelta(days=7)
# A file that nobody can import is kept for trying it as another kind.
FAILED_RETENTION = timedelta(days=1)
# A preview that was left open, one that runs, and one to try again. Each may store a whole file.
MAX_UNFINISHED = 3
# 200,000 todos with all fields in our JSON; a backup of another program has a tenth of it.
MAX_FILE_BYTES = 128 * 1024 * 1024
# A row that a worker reads whole.
CHUNK_BYTES = 256 * 1024
COMPRESSION_LEVEL = 3
FILE, PAGE = "file", "page"

_UNFINISHED: Any = ImportRow.finished_at.is_(None)


async def begin_upload(
    work: UnitOfWork, actor: Actor, file_name: str, kind: ImportKind | None, list_id: ListId | None
) -> ImportId:
    """Begin an import without its file. Raise Conflict `too_many_imports`, NotFound or Forbidden."""
    if actor.is_guest:
        raise gate.account_required()
    stream = user_stream(actor.user_id)
    if list_id is not None:
        await gate.authorize_write(work, actor, list_id, Action.CREATE_TODO, also_lock=[stream])
    else:
        await work.lock_streams([stream])
    # Their files would stay for a day, whatever the limit: only the last may be read in another way.
    failed = await work.connection.scalars(
        delete(ImportRow)
        .where(ImportRow.user_id == actor.user_id, ImportRow.state == ImportState.FAILED.value)
        .returning(ImportRow.id)
    )
    await stored_archives.release(work, *map(ImportId, failed))
    unfinished = await work.connection.scalar(
        select(func.count())
        .select_from(ImportRow)
        .where(ImportRow.user_id == actor.user_id, _UNFINISHED, ImportRow.expires_at > work.now)
    )
    if (unfinished or 0) >= MAX_UNFINISHED:
        raise Conflict(
            message(
                "You have {limit} imports that are not finished: start or cancel one.",
                limit=MAX_UNFINISHED,
            ),
            code="too_many_imports",
        )
    import_id = ImportId(new_id())
    await work.connection.execute(
        insert(ImportRow).values(
            id=import_id,
            user_id=actor.user_id,
            file_name=file_name,
            kind=kind.value if kind else None,
            state=ImportState.UPLOADING.value,
            list_id=list_id,
            options={},
            report=dict(EMPTY_REPORT),
            created_at=work.now,
            # An upload takes minutes; one that broke off without an end is deleted.
            expires_at=work.now + FAILED_RETENTION,
        )
    )
    return import_id


async def append_to_file(
    work: UnitOfWork, import_id: ImportId, first: int, size: int, chunks: Sequence[bytes]
) -> None:
    """Store compressed parts of the file, of `size` bytes together. Raise TooLarge, or Conflict."""
    row = await work.connection.execute(
        update(ImportRow)
        .where(ImportRow.id == import_id, ImportRow.state == ImportState.UPLOADING.value)
        .values(size_bytes=ImportRow.size_bytes + size)
        .returning(ImportRow.size_bytes)
    )
    stored = row.one_or_none()
    if stored is None:
        raise cancelled()
    if stored.size_bytes > MAX_FILE_BYTES:
        raise file_too_large(MAX_FILE_BYTES)
    await work.connection.execute(
        insert(ImportChunkRow),
        [
            {"import_id": import_id, "part": FILE, "number": number, "content": content}
            for number, content in enumerate(chunks, first)
        ],
    )


async def begin_archive(work: UnitOfWork, actor: Actor, import_id: ImportId, limit: int) -> None:
    """Let an archive of at most `limit` bytes go to the storage. Raise Conflict `too_many_imports`."""
    await work.lock_streams([user_stream(actor.user_id)])
    await stored_archives.begin(work, actor, import_id, limit)


async def finish_archive(work: UnitOfWork, import_id: ImportId, size: int) -> None:
    """Note that an archive has arrived in the storage. Raise Conflict if it was cancelled meanwhile."""
    updated = await work.connection.execute(
        update(ImportRow)
        .where(ImportRow.id == import_id, ImportRow.state == ImportState.UPLOADING.value)
        .values(size_bytes=size)
    )
    if updated.rowcount != 1:
        raise cancelled()
    await stored_archives.finish(work, import_id, size, work.now + FAILED_RETENTION)


def cancelled() -> Conflict:
    return Conflict("The import was cancelled.", code="import_state")


def file_too_large(max_bytes: int) -> TooLarge:
    return TooLarge(
        message("A file may have at most {limit} MiB.", limit=max_bytes // 1024 // 1024)
    )


def compress(content: bytes) -> list[bytes]:
    """Return the content in compressed parts of at most CHUNK_BYTES."""
    return [
        zlib.compress(content[begin : begin + CHUNK_BYTES], COMPRESSION_LEVEL)
        for begin in range(0, len(content), CHUNK_BYTES)
    ]


async def discard_upload(work: UnitOfWork, import_id: ImportId) -> None:
    """Delete an import whose file did not arrive."""
    await stored_archives.release(work, import_id)
    await work.connection.execute(delete(ImportRow).where(ImportRow.id == import_id))


async def finish_upload(work: UnitOfWork, actor: Actor, import_id: ImportId) -> ImportShape:
    """Queue the preview of a file that has arrived."""
    await _lock(work, actor, import_id, ImportState.UPLOADING)
    return await _queue_preview(work, actor, import_id, {})


async def change_options(
    work: UnitOfWork,
    actor: Actor,
    import_id: ImportId,
    *,
    kind: ImportKind | None,
    list_id: ListId | None,
    columns: Mapping[str, str],
) -> ImportShape:
    """Read the file in another way: queue another preview. Raise Conflict `import_state`."""
    if list_id is not None:
        await gate.authorize_write(work, actor, list_id, Action.CREATE_TODO)
    states = ImportState.PREVIEWING, ImportState.READY, ImportState.FAILED
    await _lock(work, actor, import_id, *states)
    values = {
        "kind": kind.value if kind else None,
        "list_id": list_id,
        "options": {"columns": dict(columns)},
    }
    return await _queue_preview(work, actor, import_id, values)


async def _queue_preview(
    work: UnitOfWork, actor: Actor, import_id: ImportId, values: dict[str, Any]
) -> ImportShape:
    row = await work.connection.execute(
        update(ImportRow)
        .where(ImportRow.id == import_id)
        .values(
            **values,
            state=ImportState.PREVIEWING.value,
            attempt=ImportRow.attempt + 1,
            error="",
            todos_total=0,
            todos_done=0,
            todos_created=0,
            todos_skipped=0,
            todos_failed=0,
            files_total=0,
            files_done=0,
            report=dict(EMPTY_REPORT),
            finished_at=None,
            expires_at=work.now + RETENTION,
        )
        .returning(ImportRow.attempt)
    )
    await stored_archives.keep(work, import_id, work.now + RETENTION)
    job = PreviewImport(import_id=import_id, attempt=row.scalar_one())
    work.add_job(job, fairness_key=actor.user_id)
    return await record_change(work, import_id)


async def start_import(work: UnitOfWork, actor: Actor, import_id: ImportId) -> ImportShape:
    """Queue the import of what the preview shows. Raise Conflict `import_state`."""
    await _lock(work, actor, import_id, ImportState.READY)
    await work.connection.execute(
        update(ImportRow)
        .where(ImportRow.id == import_id)
        .values(state=ImportState.RUNNING.value, expires_at=work.now + RETENTION)
    )
    await stored_archives.keep(work, import_id, work.now + RETENTION)
    job = RunImport(import_id=import_id)
    work.add_job(job, fairness_key=actor.user_id)
    return await record_change(work, import_id)


async def cancel_import(work: UnitOfWork, actor: Actor, import_id: ImportId) -> ImportShape:
    """Stop the import where it is. What it has created stays. Raise Conflict `import_state`."""
    states = set(ImportState) - {ImportState.DONE, ImportState.CANCELLED}
    await _lock(work, actor, import_id, *states)
    await end_import(work, import_id, ImportState.CANCELLED)
    return (await find_import(work, import_id))[1]


async def end_import(
    work: UnitOfWork, import_id: ImportId, state: ImportState, error: str = ""
) -> None:
    """End the import, unless it has ended. The caller has locked the user's stream.

    `error` is a sentence, which is kept in the language of the account.
    """
    spoken = await _spoken(work, import_id, error) if error else ""
    kept = FAILED_RETENTION if state is ImportState.FAILED else RETENTION
    if state is ImportState.FAILED:
        await stored_archives.keep(work, import_id, work.now + kept)
    else:
        await stored_archives.release(work, import_id)
    await work.connection.execute(
        update(ImportRow)
        .where(ImportRow.id == import_id, _UNFINISHED)
        .values(state=state.value, error=spoken, finished_at=work.now, expires_at=work.now + kept)
    )
    await record_change(work, import_id)


async def _spoken(work: UnitOfWork, import_id: ImportId, sentence: str) -> str:
    of_user = (
        select(UserRow.language, UserRow.locale)
        .join(ImportRow, ImportRow.user_id == UserRow.id)
        .where(ImportRow.id == import_id)
    )
    row = (await work.connection.execute(of_user)).one_or_none()
    return sentence if row is None else translator(language_of_account(*row)).of(sentence)


async def fail_import(work: UnitOfWork, import_id: ImportId, error: str) -> None:
    """End the import with a sentence that says why, unless it has ended or is gone."""
    try:
        user_id, shape = await find_import(work, import_id)
    except NotFound:
        return
    if shape.finished_at is None:
        await work.lock_streams([user_stream(user_id)])
        await end_import(work, import_id, ImportState.FAILED, error)


async def record_change(work: UnitOfWork, import_id: ImportId) -> ImportShape:
    """Tell the user's clients how far the import is. The caller has locked the user's stream."""
    user_id, shape = await find_import(work, import_id)
    work.record(user_stream(user_id), ImportChanged(file_import=shape), None)
    return shape


async def _lock(work: UnitOfWork, actor: Actor, import_id: ImportId, *states: ImportState) -> None:
    """Lock the user's stream. Raise NotFound, or Conflict `import_state` unless it is in one of `states`."""
    await work.lock_streams([user_stream(actor.user_id)])
    user_id, shape = await find_import(work, import_id)
    if user_id != actor.user_id or shape.expires_at <= work.now:
        raise NotFound
    if shape.state not in states:
        raise Conflict(_STATES[shape.state], code="import_state")


_STATES = {
    ImportState.UPLOADING: message("The file is still being uploaded."),
    ImportState.PREVIEWING: message("The file is still being read."),
    ImportState.READY: message("The import is ready, and has not begun."),
    ImportState.RUNNING: message("The import is running."),
    ImportState.DONE: message("The import is done."),
    ImportState.FAILED: message("The import failed."),
    ImportState.CANCELLED: message("The import was cancelled."),
}
