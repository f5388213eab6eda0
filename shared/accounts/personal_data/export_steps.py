"""Write an export, a step at a time. A step is one page of the document, saved with the position after it.

A worker may die at any moment: the next one reads the position and goes on. If the first is only slow,
and writes its step after all, `step` has changed meanwhile, and its page is refused. So the document
holds each page once.
"""

import asyncio
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from shared import failpoints
from shared.accounts.personal_data.document import (
    Page,
    Position,
    count_rows,
    read_page,
    write_head,
)
from shared.accounts.personal_data.exports import record_change
from shared.errors import NotFound, TooLarge
from shared.ids import ExportId, UserId, user_stream
from shared.resources import Resources
from shared.tables.personal_data import DataExportChunkRow, DataExportRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# A row that every API node reads whole, and sends before it reads the next.
CHUNK_BYTES = 256 * 1024
# JSON shrinks to a fifth at this level; the next ones take twice the time for a tenth.
COMPRESSION_LEVEL = 3
# Clients are told when the progress passes a twentieth: each event is a row of the user's stream.
PROGRESS_STEPS = 20

_STEP = (
    select(
        DataExportRow.user_id,
        DataExportRow.position,
        DataExportRow.step,
        DataExportRow.chunk_count,
        DataExportRow.size_bytes,
        DataExportRow.rows_done,
        DataExportRow.rows_total,
    )
)  # fmt: skip


async def write_step(resources: Resources, export_id: ExportId) -> bool:
    """Write the next page of an export; return False once the document is complete.

    Raise NotFound if the export or its account was deleted, TooLarge, or StepTaken.
    """
    async with resources.begin_read() as read:
        row = await _read_step(read, export_id)
        position = Position() if row.position is None else _position_of(row.position)
        if position.is_end:
            return False
        user_id = UserId(row.user_id)
        total = row.rows_total if row.step else await count_rows(read, user_id)
        page = await read_page(read, user_id, position)
    text = page.text
    if not row.step:
        text = write_head(user_id, resources.settings.web.public_url, read.now) + text
    if row.size_bytes + len(text) > resources.settings.accounts.data_export_max_bytes:
        raise TooLarge("The data of the account are larger than an export may be.")
    # In a thread: 1 MiB takes 15 ms.
    chunks = await asyncio.to_thread(_compress, text)
    async with resources.begin() as work:
        await _save(work, export_id, row, _Written(page, len(text), chunks, total))
    await failpoints.reach("export_page_saved")
    return not page.end.is_end


class StepTaken(Exception):
    """Another worker wrote this step of the export; nothing was written."""


@dataclass(frozen=True)
class _Written:
    """A page with what is stored of it, and the number of rows that the whole export has."""

    page: Page
    size: int
    chunks: Sequence[bytes]
    total: int


async def _read_step(read: ReadTransaction, export_id: ExportId) -> Any:
    found = await read.connection.execute(
        _STEP.where(DataExportRow.id == export_id, DataExportRow.finished_at.is_(None))
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound
    return row


async def _save(work: UnitOfWork, export_id: ExportId, row: Any, written: _Written) -> None:
    """Store the page and the position after it. Raise StepTaken."""
    user_id = UserId(row.user_id)
    rows_done = row.rows_done + written.page.rows
    is_news = not row.step or (
        rows_done * PROGRESS_STEPS // max(1, written.total)
        != row.rows_done * PROGRESS_STEPS // max(1, written.total)
    )
    if is_news:
        await work.lock_streams([user_stream(user_id)])
    end = written.page.end
    saved = await work.connection.execute(
        update(DataExportRow)
        .where(
            DataExportRow.id == export_id,
            DataExportRow.step == row.step,
            DataExportRow.finished_at.is_(None),
        )
        .values(
            state="running",
            position={"section": end.section, "after": end.after and list(end.after)},
            step=row.step + 1,
            chunk_count=row.chunk_count + len(written.chunks),
            size_bytes=row.size_bytes + written.size,
            rows_done=rows_done,
            rows_total=written.total,
        )
    )
    if saved.rowcount != 1:
        raise StepTaken
    for number, content in enumerate(written.chunks, row.chunk_count):
        await work.connection.execute(
            insert(DataExportChunkRow).values(export_id=export_id, number=number, content=content)
        )
    if is_news:
        await record_change(work, user_id, export_id)


def _position_of(stored: dict[str, Any]) -> Position:
    after = stored["after"]
    return Position(stored["section"], None if after is None else tuple(after))


def _compress(text: bytes) -> list[bytes]:
    return [
        zlib.compress(text[begin : begin + CHUNK_BYTES], COMPRESSION_LEVEL)
        for begin in range(0, len(text), CHUNK_BYTES)
    ]
