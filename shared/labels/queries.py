"""Reads of labels."""

from typing import Any

from sqlalchemy import Row, select

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.shapes import Colour, LabelShape
from shared.ids import LabelId, ListId
from shared.tables.labels import LabelRow
from shared.unit_of_work import ReadTransaction


async def read_labels(
    read: ReadTransaction, actor: Actor, list_id: ListId
) -> tuple[LabelShape, ...]:
    """Returns a list's labels to one of its members, in alphabetical order."""
    await gate.authorize_read(read, actor, list_id, Action.READ_LIST)
    return await labels(read, list_id)


async def labels(read: ReadTransaction, list_id: ListId) -> tuple[LabelShape, ...]:
    """Returns a list's labels, in alphabetical order."""
    rows = await read.connection.execute(
        select(*LabelRow.__table__.c).where(LabelRow.list_id == list_id)
    )
    # Sorted here, because the two databases do not sort text alike.
    return tuple(_shape(row) for row in sorted(rows, key=lambda row: (row.name_key, row.id)))


async def label(read: ReadTransaction, list_id: ListId, label_id: LabelId) -> LabelShape | None:
    """Returns the label if it is one of this list's."""
    rows = await read.connection.execute(
        select(*LabelRow.__table__.c).where(LabelRow.list_id == list_id, LabelRow.id == label_id)
    )
    row = rows.one_or_none()
    return None if row is None else _shape(row)


def _shape(row: Row[*tuple[Any, ...]]) -> LabelShape:
    return LabelShape(id=row.id, list_id=row.list_id, name=row.name, colour=Colour(row.colour))
