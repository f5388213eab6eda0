"""Read attachments, each in one statement with the access check."""

from typing import Any

from sqlalchemy import Row, and_, bindparam, func, select, true

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.attachments.rules import IMPORTED_ARCHIVE
from shared.contract.details.attachments import AttachmentShape
from shared.contract.shapes import UserShape
from shared.ids import AttachmentId, TodoId, UserId
from shared.tables.accounts import UserRow
from shared.tables.details.attachments import AttachmentRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import ReadTransaction

_COLUMNS = (
    *(column for column in AttachmentRow.__table__.c if column.name != "delete_at"),
    UserRow.name.label("uploader_name"),
    UserRow.avatar_url,
)
_ATTACHMENTS = select(*_COLUMNS).outerjoin(UserRow, UserRow.id == AttachmentRow.uploader_id)
_IS_READY = AttachmentRow.state == "ready"
_OF_TODO = _ATTACHMENTS.where(_IS_READY, AttachmentRow.todo_id == gate.TODO_ID).subquery("found")
_OF_TODO_FOR_MEMBER = gate.select_for_member_of_todo(_OF_TODO).order_by(_OF_TODO.c.id)

_ONE = (
    _ATTACHMENTS.add_columns(TodoRow.list_id)
    .join(TodoRow, and_(TodoRow.id == AttachmentRow.todo_id, TodoRow.deleted_at.is_(None)))
    .where(_IS_READY, AttachmentRow.id == bindparam("attachment_id", type_=AttachmentRow.id.type))
    .cte("found")
)
_MEMBER = gate.select_membership(select(_ONE.c.list_id).scalar_subquery()).subquery("member")
_ONE_FOR_MEMBER = select(
    _ONE, _MEMBER.c.role.label("my_role"), _MEMBER.c.in_trash.label("list_in_trash")
).join(_MEMBER, true())
_BY_ID = _ATTACHMENTS.where(
    AttachmentRow.id == bindparam("attachment_id", type_=AttachmentRow.id.type)
)


def shape_of(row: Row[*tuple[Any, ...]]) -> AttachmentShape:
    uploader = None
    if row.uploader_id is not None:
        uploader = UserShape(id=row.uploader_id, name=row.uploader_name, avatar_url=row.avatar_url)
    names = AttachmentShape.model_fields.keys() - {"uploader"}
    return AttachmentShape(uploader=uploader, **{name: getattr(row, name) for name in names})


async def read_attachments(
    read: ReadTransaction, actor: Actor, todo_id: TodoId
) -> list[AttachmentShape]:
    """Return the attachments of a todo, oldest first. Raise NotFound."""
    values = gate.reader(actor) | {"todo_id": todo_id}
    rows = (await read.connection.execute(_OF_TODO_FOR_MEMBER, values)).all()
    gate.authorize_rows(rows, Action.READ_LIST)
    return [shape_of(row) for row in rows if row.id is not None]


async def read_attachment(
    read: ReadTransaction, actor: Actor, attachment_id: AttachmentId
) -> AttachmentShape:
    """Return an attachment that the actor may read. Raise NotFound, also while its todo is in the trash."""
    values = gate.reader(actor) | {"attachment_id": attachment_id}
    rows = (await read.connection.execute(_ONE_FOR_MEMBER, values)).all()
    gate.authorize_rows(rows, Action.READ_LIST)
    return shape_of(rows[0])


async def find_attachment(
    read: ReadTransaction, attachment_id: AttachmentId
) -> Row[*tuple[Any, ...]] | None:
    """Return the row of `shape_of`, in any state. Authorizes nothing."""
    found = await read.connection.execute(_BY_ID, {"attachment_id": attachment_id})
    return found.one_or_none()


async def read_used_bytes(read: ReadTransaction, user_id: UserId) -> int:
    """Return the size of all that is stored for the account, and of its uploads under way.

    Also of removed files and those of deleted todos, until the clean-up has deleted their bytes: who attaches
    and removes in a loop fills the storage too. Archives to import have limits of their own.
    """
    used = select(func.coalesce(func.sum(AttachmentRow.size_bytes), 0)).where(
        AttachmentRow.uploader_id == user_id, AttachmentRow.media_type != IMPORTED_ARCHIVE
    )
    return int(await read.connection.scalar(used) or 0)
