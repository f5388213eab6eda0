"""The snapshot of a list, page by page, each page from one consistent read.

A client that applies the events after `stream` to a snapshot has the state of a fresh snapshot (the
sync law).

A large list has several pages of todos. Every page carries the position of the first page: from
there the client applies events once it has all pages. Between the reads of two pages
- a todo may be edited: its row is newer than the events still to be applied. Events carry complete
  todos with `version`; of two versions of a todo the client keeps the higher one;
- a todo may be moved past the cursor, so that no page has it, or two pages have it: its event is
  after the first page's position and brings it; of two copies the client keeps the higher version;
- a todo may be purged, or moved to another list: its event removes it from the client's state.
So nothing is lost while the events after the first page are stored. When they are not (trimmed, or
the history was rewound), a page is refused with `reset` and the client begins again. Members and
labels come with the first page only; events carry their later changes.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass

import orjson

from shared import event_log
from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.shapes import ListSnapshot, Position, TodoShape
from shared.errors import Invalid
from shared.ids import ListId, is_id, list_stream
from shared.labels.queries import read_labels_of_list
from shared.lists import list_members
from shared.lists.queries import read_my_list
from shared.snapshots.events import cannot_resume
from shared.todos.queries.shapes import read_list_todos
from shared.unit_of_work import ReadTransaction

# About half a megabyte of typical todos, which a phone still parses without a delay.
TODOS_PER_PAGE = 500


@dataclass(frozen=True)
class Cursor:
    """The end of a page: the first page's position, and rank and id of the last todo."""

    epoch: str
    seq: int
    rank: str
    todo_id: str

    def encode(self) -> str:
        fields = orjson.dumps([self.epoch, self.seq, self.rank, self.todo_id])
        return urlsafe_b64encode(fields).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """Return the cursor that `encode` wrote as `text`. Raise Invalid for other text."""
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            match orjson.loads(urlsafe_b64decode(padded)):
                case [str(epoch), int(seq), str(rank), str(todo_id)] if is_id(todo_id):
                    # NUL is the one character of well-formed text that Postgres refuses.
                    if "\0" not in rank and 0 <= seq < 2**63:
                        return cls(epoch, seq, rank, todo_id)
        except (UnicodeEncodeError, Base64Error, orjson.JSONDecodeError):
            pass
        raise Invalid.field("cursor", "cursor", "This is not a cursor of ours.")


async def list_snapshot(
    read: ReadTransaction, actor: Actor, list_id: ListId, cursor: str | None
) -> ListSnapshot:
    """Return a page of a list; without a cursor the first one. Runs six statements for any size.

    Raise NotFound; Invalid for a malformed cursor; Conflict `reset` when the events after the
    cursor's position are not stored.
    """
    await gate.authorize_read(read, actor, list_id, Action.READ_LIST)
    mine = await read_my_list(read, actor.user_id, list_id)
    after = Cursor.decode(cursor) if cursor is not None else None
    stream = mine.stream if after is None else await _first_position(read, list_id, after)
    last_todo = None if after is None else (after.rank, after.todo_id)
    todos = await read_list_todos(read, list_id, last_todo, TODOS_PER_PAGE + 1)
    return ListSnapshot(
        stream=stream,
        list=mine.model_copy(update={"stream": stream}),
        members=await list_members.read_members(read, list_id) if after is None else (),
        labels=await read_labels_of_list(read, list_id) if after is None else (),
        todos=tuple(todos[:TODOS_PER_PAGE]),
        next_cursor=_next_cursor(stream, todos),
    )


async def _first_position(read: ReadTransaction, list_id: ListId, after: Cursor) -> Position:
    stream = list_stream(list_id)
    head = (await event_log.read_heads(read.connection, [stream]))[stream]
    if after.epoch != head.epoch or not head.floor <= after.seq <= head.seq:
        raise cannot_resume()
    return Position(list_id=stream, epoch=after.epoch, seq=after.seq)


def _next_cursor(stream: Position, todos: list[TodoShape]) -> str | None:
    if len(todos) <= TODOS_PER_PAGE:
        return None
    last = todos[TODOS_PER_PAGE - 1]
    return Cursor(stream.epoch, stream.seq, last.rank, last.id).encode()
