"""Read what belongs to the todos of an export: reminders, files, comments, past occurrences.

Comments and occurrences come in batches of bounded size, in the order of their todos' ids.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, and_, bindparam, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.shapes import ReminderState
from shared.database.json_text import as_text, json_array, json_object, octets
from shared.ids import ListId
from shared.list_exports.reading import BATCH_BYTES, ExportedFile
from shared.reminders.rules import ReminderTrigger
from shared.tables.accounts import UserRow
from shared.tables.comments import CommentReactionRow, CommentRow, CommentVersionRow
from shared.tables.details.attachments import AttachmentRow
from shared.tables.reminders import ReminderRow
from shared.tables.todos import OccurrenceRow
from shared.unit_of_work import ReadTransaction

# Of todos whose details are read together.
IDS_PER_STATEMENT = 1_000
# Each occurrence has some 500 bytes, and one with 100 subtasks 12 kB.
OCCURRENCES_PER_BATCH = 100
COMMENTS_PER_BATCH = 200

_IDS: Any = bindparam("ids", expanding=True)
_AFTER_TODO: Any = bindparam("after_todo", type_=String)
_REMINDERS = (
    select(ReminderRow.todo_id, ReminderRow.at, ReminderRow.minutes_before)
    .where(
        ReminderRow.user_id == bindparam("reader"),
        ReminderRow.todo_id.in_(_IDS),
        ReminderRow.state != ReminderState.CANCELLED.value,
        or_(ReminderRow.at.is_(None), ReminderRow.at > bindparam("now", type_=ReminderRow.at.type)),
    )
    .order_by(ReminderRow.id)
)
_FILES = (
    select(
        AttachmentRow.id,
        AttachmentRow.todo_id,
        AttachmentRow.name,
        AttachmentRow.media_type,
        AttachmentRow.size_bytes,
    )
    .where(AttachmentRow.todo_id.in_(_IDS), AttachmentRow.state == "ready")
    .order_by(AttachmentRow.id)
)
_OCCURRENCES = (
    select(
        OccurrenceRow.todo_id,
        OccurrenceRow.number,
        OccurrenceRow.occurrence,
        OccurrenceRow.outcome,
        OccurrenceRow.ended_at,
        OccurrenceRow.before,
    )
    .where(
        OccurrenceRow.todo_id.in_(_IDS),
        tuple_(OccurrenceRow.todo_id, OccurrenceRow.number)
        > tuple_(_AFTER_TODO, bindparam("after_number", type_=OccurrenceRow.number.type)),
    )
    .order_by(OccurrenceRow.todo_id, OccurrenceRow.number)
    .limit(bindparam("limit", type_=OccurrenceRow.number.type))
)
_reacting = aliased(UserRow, name="reacting")
_REACTIONS = (
    select(
        json_array(
            json_object(
                {
                    "emoji": CommentReactionRow.emoji,
                    "id": CommentReactionRow.user_id,
                    "name": _reacting.name,
                    "at": CommentReactionRow.created_at,
                }
            ),
            CommentReactionRow.created_at,
        )
    )
    .join(_reacting, _reacting.id == CommentReactionRow.user_id)
    .where(CommentReactionRow.comment_id == CommentRow.id)
    .correlate(CommentRow)
    .scalar_subquery()
)
_VERSIONS = (
    select(
        json_array(
            json_object(
                {
                    "number": CommentVersionRow.number,
                    "body": CommentVersionRow.body,
                    "written_at": CommentVersionRow.written_at,
                }
            ),
            CommentVersionRow.number,
        )
    )
    .where(CommentVersionRow.comment_id == CommentRow.id)
    .correlate(CommentRow)
    .scalar_subquery()
)
_PAGE = (
    select(
        CommentRow.id,
        CommentRow.todo_id,
        CommentRow.author_id,
        CommentRow.body,
        CommentRow.created_at,
        CommentRow.edited_at,
        UserRow.name.label("author_name"),
        as_text(_REACTIONS).label("reactions"),
        as_text(_VERSIONS).label("versions"),
    )
    .outerjoin(UserRow, UserRow.id == CommentRow.author_id)
    .where(
        CommentRow.todo_id.in_(_IDS),
        or_(
            CommentRow.todo_id > _AFTER_TODO,
            and_(
                CommentRow.todo_id == _AFTER_TODO,
                CommentRow.id > bindparam("after_id", type_=String),
            ),
        ),
    )
    .order_by(CommentRow.todo_id, CommentRow.id)
    .limit(bindparam("limit", type_=OccurrenceRow.number.type))
    .subquery()
)
_SIZE = (
    octets(_PAGE.c.body)
    + func.coalesce(octets(_PAGE.c.reactions), 0)
    + func.coalesce(octets(_PAGE.c.versions), 0)
)
_BEFORE = func.sum(_SIZE).over(order_by=(_PAGE.c.todo_id, _PAGE.c.id)) - _SIZE
_SIZED = select(_PAGE, _SIZE.label("size"), _BEFORE.label("before")).subquery()
_COMMENTS = (
    select(_SIZED).where(_SIZED.c.before < BATCH_BYTES).order_by(_SIZED.c.todo_id, _SIZED.c.id)
)


@dataclass(frozen=True)
class Batch:
    """Rows, and after which one the next batch begins; None after the last."""

    rows: Sequence[Any]
    last: "Position | None"


@dataclass(frozen=True)
class Position:
    """A row in the order of a statement: its todo, and its id or number in that."""

    todo_id: str
    id: str = ""
    number: int = 0


BEGIN = Position("")
ReadBatch = Callable[
    [ReadTransaction, Actor, ListId, Sequence[str], Position], Coroutine[Any, Any, Batch]
]


async def read_reminders(
    read: ReadTransaction, actor: Actor, todo_ids: Sequence[str]
) -> Mapping[str, Sequence[ReminderTrigger]]:
    """Return the actor's own reminders of the todos, without those of instants that are past."""
    found: dict[str, list[ReminderTrigger]] = {}
    if actor.is_guest or not todo_ids:
        return found
    values = {"reader": actor.user_id, "ids": list(todo_ids), "now": read.now}
    for row in await read.connection.execute(_REMINDERS, values):
        found.setdefault(row.todo_id, []).append(ReminderTrigger(row.at, row.minutes_before))
    return found


async def read_files(
    read: ReadTransaction, todo_ids: Sequence[str]
) -> Mapping[str, Sequence[ExportedFile]]:
    """Return the attached files of todos that the caller may read, the oldest first."""
    found: dict[str, list[ExportedFile]] = {}
    for row in await read.connection.execute(_FILES, {"ids": list(todo_ids)}):
        file = ExportedFile(row.id, row.name, row.media_type, row.size_bytes)
        found.setdefault(row.todo_id, []).append(file)
    return found


async def read_comments(
    read: ReadTransaction,
    actor: Actor,
    list_id: ListId,
    todo_ids: Sequence[str],
    after: Position,
) -> Batch:
    """Return comments of these todos of the list, with reactions and earlier texts as JSON.

    Raise NotFound.
    """
    await gate.authorize_read(read, actor, list_id, Action.READ_COMMENTS)
    values = {"ids": list(todo_ids), "after_todo": after.todo_id, "after_id": after.id}
    found = await read.connection.execute(_COMMENTS, values | {"limit": COMMENTS_PER_BATCH})
    rows = found.all()
    if not rows:
        return Batch(rows, None)
    last = rows[-1]
    is_full = len(rows) == COMMENTS_PER_BATCH or last.before + last.size >= BATCH_BYTES
    return Batch(rows, Position(last.todo_id, id=last.id) if is_full else None)


async def read_occurrences(
    read: ReadTransaction,
    actor: Actor,
    list_id: ListId,
    todo_ids: Sequence[str],
    after: Position,
) -> Batch:
    """Return past occurrences of these todos of the list, in the order in which they ended.

    Raise NotFound.
    """
    await gate.authorize_read(read, actor, list_id, Action.READ_LIST)
    values = {"ids": list(todo_ids), "after_todo": after.todo_id, "after_number": after.number}
    found = await read.connection.execute(_OCCURRENCES, values | {"limit": OCCURRENCES_PER_BATCH})
    rows = found.all()
    is_full = len(rows) == OCCURRENCES_PER_BATCH
    last = Position(rows[-1].todo_id, number=rows[-1].number) if is_full else None
    return Batch(rows, last)
