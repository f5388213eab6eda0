"""Read the labels of a list."""

from typing import Any

from sqlalchemy import Row, bindparam, select

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.shapes import Colour, LabelShape
from shared.ids import LabelId, ListId
from shared.tables.labels import LabelRow
from shared.unit_of_work import ReadTransaction

_LIST_ID = bindparam("list_id", type_=LabelRow.list_id.type)
_LABELS = gate.select_for_member(
    select(*LabelRow.__table__.c).where(LabelRow.list_id == _LIST_ID).subquery("label"), _LIST_ID
)


async def read_labels(
    read: ReadTransaction, actor: Actor, list_id: ListId
) -> tuple[LabelShape, ...]:
    """Return a list's labels in alphabetical order, in one statement.

    Raise NotFound when the actor is no member.
    """
    values = gate.reader(actor) | {"list_id": list_id}
    rows = (await read.connection.execute(_LABELS, values)).all()
    gate.authorize_rows(rows, Action.READ_LIST)
    labels = [row for row in rows if row.id is not None]
    # Sorted here: the two databases do not sort text alike.
    return tuple(_shape_of(row) for row in sorted(labels, key=lambda row: (row.name_key, row.id)))


async def read_labels_of(read: ReadTransaction, list_id: ListId) -> list[LabelShape]:
    """Return a list's labels for a caller who may read it."""
    rows = await read.connection.execute(
        select(*LabelRow.__table__.c).where(LabelRow.list_id == list_id)
    )
    return [_shape_of(row) for row in rows]


async def read_label(
    read: ReadTransaction, list_id: ListId, label_id: LabelId
) -> LabelShape | None:
    """Return the label; None when the list has no such label."""
    rows = await read.connection.execute(
        select(*LabelRow.__table__.c).where(LabelRow.list_id == list_id, LabelRow.id == label_id)
    )
    row = rows.one_or_none()
    return None if row is None else _shape_of(row)


def _shape_of(row: Row[*tuple[Any, ...]]) -> LabelShape:
    return LabelShape(id=row.id, list_id=row.list_id, name=row.name, colour=Colour(row.colour))
