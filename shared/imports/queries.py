"""Read imports."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select

from shared.actor import Actor
from shared.contract.interop.imports import ImportDetail, ImportShape
from shared.errors import NotFound
from shared.ids import ImportId, UserId
from shared.tables.interop.imports import ImportRow
from shared.unit_of_work import ReadTransaction

_COLUMNS = [getattr(ImportRow, name) for name in ImportShape.model_fields]
EMPTY_REPORT: Final[Mapping[str, Any]] = {
    "lists": [], "sample": [], "problems": [], "problem_count": 0, "header": [],
}  # fmt: skip


async def find_import(read: ReadTransaction, import_id: ImportId) -> tuple[UserId, ImportShape]:
    """Return an import and whose it is. Raise NotFound."""
    rows = await read.connection.execute(
        select(ImportRow.user_id, *_COLUMNS).where(ImportRow.id == import_id)
    )
    row = rows.one_or_none()
    if row is None:
        raise NotFound
    values = row._asdict()
    return UserId(values.pop("user_id")), ImportShape(**values)


async def read_imports(read: ReadTransaction, actor: Actor) -> list[ImportShape]:
    """Return the actor's imports that were not deleted yet, newest first."""
    rows = await read.connection.execute(
        select(*_COLUMNS)
        .where(ImportRow.user_id == actor.user_id, ImportRow.expires_at > read.now)
        .order_by(ImportRow.id.desc())
    )
    return [ImportShape(**row._asdict()) for row in rows]


async def read_import(read: ReadTransaction, actor: Actor, import_id: ImportId) -> ImportDetail:
    """Return an import of the actor with its preview. Raise NotFound."""
    rows = await read.connection.execute(
        select(*_COLUMNS, ImportRow.report, ImportRow.options).where(
            ImportRow.id == import_id,
            ImportRow.user_id == actor.user_id,
            ImportRow.expires_at > read.now,
        )
    )
    row = rows.one_or_none()
    if row is None:
        raise NotFound
    values = row._asdict()
    report = values.pop("report")
    columns = values.pop("options").get("columns", {})
    return ImportDetail.model_validate(values | dict(EMPTY_REPORT) | report | {"columns": columns})
