"""Exports of all data of an account: ask for one, read their states, read the bytes.

    queued ─worker→ running ─→ done     kept for seven days, or until a newer one is done
       └───────────────┴─────→ failed

The document is stored in the database, in compressed chunks: workers and API nodes share no disk.
`export_steps.py` writes it.
"""

import zlib
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import insert, select, update

from shared import audit
from shared.accounts.account import lock_own_account
from shared.actor import Actor
from shared.contract.events import DataExportChanged
from shared.contract.jobs import ExportData, SendExportReady
from shared.contract.personal_data import DataExportShape, DataExportState
from shared.errors import Conflict, NotFound, RateLimited
from shared.ids import ExportId, UserId, new_id, user_stream
from shared.languages.texts import message
from shared.tables.accounts import AuditRow, SessionRow
from shared.tables.personal_data import DataExportChunkRow, DataExportRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

RETENTION = timedelta(days=7)
# A user who lost the file, or changed something and wants it in, asks again; a script has no reason.
MAX_PER_DAY = 3
REQUESTED: Final = "data_export.requested"

_COLUMNS = [getattr(DataExportRow, name) for name in DataExportShape.model_fields]


async def request_export(work: UnitOfWork, actor: Actor) -> DataExportShape:
    """Queue an export of the actor's account. Raise Conflict `export_running`, or RateLimited."""
    account = await lock_own_account(work, actor)
    await _require_none_unfinished(work, account.id)
    await _check_rate(work, account.id)
    export = DataExportShape(
        id=new_id(),
        state=DataExportState.QUEUED,
        rows_done=0,
        rows_total=0,
        size_bytes=0,
        created_at=work.now,
        finished_at=None,
        # A job is retried for a day; what is left of it then is deleted with the rest.
        expires_at=work.now + RETENTION + timedelta(days=1),
    )
    values = export.model_dump() | {"user_id": account.id, "state": export.state.value}
    await work.connection.execute(insert(DataExportRow).values(values))
    work.record(user_stream(account.id), DataExportChanged(export=export), actor)
    await audit.record(work, actor, REQUESTED, user_id=account.id)
    work.add_job(ExportData(export_id=export.id), fairness_key=account.id)
    return export


async def _require_none_unfinished(work: UnitOfWork, user_id: UserId) -> None:
    """Raise Conflict `export_running`. An unfinished export that expired is marked as failed.

    The database allows one unfinished export, and the clean-up may not have deleted that one yet.
    """
    unfinished = await work.connection.execute(
        select(DataExportRow.id, DataExportRow.expires_at).where(
            DataExportRow.user_id == user_id, DataExportRow.finished_at.is_(None)
        )
    )
    for export_id, expires_at in unfinished.all():
        if expires_at > work.now:
            raise Conflict("An export of your data is being made already.", code="export_running")
        await _end(work, user_id, ExportId(export_id), DataExportState.FAILED)


async def _check_rate(work: UnitOfWork, user_id: UserId) -> None:
    # Counted in the audit, which outlives the exports: from any network, and without Redis.
    day = timedelta(days=1)
    requested = await work.connection.scalars(
        select(AuditRow.at)
        .where(
            AuditRow.user_id == user_id, AuditRow.action == REQUESTED, AuditRow.at > work.now - day
        )
        .order_by(AuditRow.at)
    )
    times = list(requested)
    if len(times) >= MAX_PER_DAY:
        wait = times[-MAX_PER_DAY] + day - work.now
        detail = message("Your data can be exported {limit} times in a day.", limit=MAX_PER_DAY)
        raise RateLimited(int(wait.total_seconds()) + 1, detail, code="too_many_exports")


async def read_exports(read: ReadTransaction, actor: Actor) -> list[DataExportShape]:
    """Return the actor's exports that were not deleted yet, newest first."""
    rows = await read.connection.execute(
        select(*_COLUMNS)
        .where(DataExportRow.user_id == actor.user_id, DataExportRow.expires_at > read.now)
        .order_by(DataExportRow.id.desc())
    )
    return [DataExportShape(**row._asdict()) for row in rows]


async def find_export(read: ReadTransaction, export_id: ExportId) -> tuple[UserId, DataExportShape]:
    """Return an export and whose it is. Raise NotFound."""
    rows = await read.connection.execute(
        select(DataExportRow.user_id, *_COLUMNS).where(DataExportRow.id == export_id)
    )
    row = rows.one_or_none()
    if row is None:
        raise NotFound
    values = row._asdict()
    return UserId(values.pop("user_id")), DataExportShape(**values)


async def begin_download(work: UnitOfWork, actor: Actor, export_id: ExportId) -> DataExportShape:
    """Return a finished export of the actor, and record its download in the audit. Raise NotFound."""
    found = [export for export in await read_exports(work, actor) if export.id == export_id]
    if not found or found[0].state is not DataExportState.DONE:
        raise NotFound
    await audit.record(work, actor, "data_export.downloaded", user_id=actor.user_id)
    return found[0]


async def read_chunk(
    read: ReadTransaction, actor: Actor, export_id: ExportId, number: int
) -> bytes | None:
    """Return a part of the document; None after the last, and once the actor's session has ended."""
    content: Any = await read.connection.scalar(
        select(DataExportChunkRow.content)
        .join(DataExportRow, DataExportRow.id == DataExportChunkRow.export_id)
        .join(SessionRow, SessionRow.user_id == DataExportRow.user_id)
        .where(
            DataExportChunkRow.export_id == export_id,
            DataExportChunkRow.number == number,
            DataExportRow.user_id == actor.user_id,
            SessionRow.id == actor.session_id,
            SessionRow.revoked_at.is_(None),
        )
    )
    return None if content is None else zlib.decompress(content)


async def finish_export(work: UnitOfWork, export_id: ExportId) -> None:
    """Mark the export as done, delete the account's older ones, and queue the mail that says so.

    The caller ends the job in the same transaction. Raise NotFound.
    """
    user_id, _ = await find_export(work, export_id)
    await work.lock_streams([user_stream(user_id)])
    await work.connection.execute(
        update(DataExportRow)
        .where(
            DataExportRow.user_id == user_id,
            DataExportRow.id != export_id,
            DataExportRow.expires_at > work.now,
        )
        .values(expires_at=work.now)
    )
    await _end(work, user_id, export_id, DataExportState.DONE)
    work.add_job(SendExportReady(export_id=export_id), dedupe_key=f"export_ready:{export_id}")


async def fail_export(work: UnitOfWork, export_id: ExportId) -> None:
    """Mark the export as failed, if it is not finished."""
    try:
        user_id, _ = await find_export(work, export_id)
    except NotFound:
        return
    await work.lock_streams([user_stream(user_id)])
    await _end(work, user_id, export_id, DataExportState.FAILED)


async def _end(
    work: UnitOfWork, user_id: UserId, export_id: ExportId, state: DataExportState
) -> None:
    await work.connection.execute(
        update(DataExportRow)
        .where(DataExportRow.id == export_id, DataExportRow.finished_at.is_(None))
        .values(state=state.value, finished_at=work.now, expires_at=work.now + RETENTION)
    )
    await record_change(work, user_id, export_id)


async def record_change(work: UnitOfWork, user_id: UserId, export_id: ExportId) -> None:
    """Tell the user's clients how far the export is. The caller has locked the user's stream."""
    if work.has_locked(user_stream(user_id)):
        _, export = await find_export(work, export_id)
        work.record(user_stream(user_id), DataExportChanged(export=export), None)
