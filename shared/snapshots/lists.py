"""The snapshot of a list from one consistent read, page by page.

A client that holds a snapshot and applies the events after `stream` holds what a fresh snapshot
would say (the sync law).

A large list comes in pages of todos. A later page is read at a later moment, yet carries the
position of the first: that is where the client begins to apply events once it has all pages.
Between the pages
- a todo may be edited: its row is newer than the events still to be applied. Events carry complete
  todos with `version`, so the rule is: of two versions of a todo keep the higher;
- a todo may be moved past the place of the cursor, so that no page has it, or two have it: its
  event comes after the first page's position and brings it; of two copies keep the higher version;
- a todo may be purged, or leave the list: its event removes it, or it never was there.
So nothing is lost as long as the events after the first page can be had; when they cannot (trimmed,
or the history was rewound), the page is refused with `reset` and the client begins again.
Members and labels come with the first page only; what happens to them later, events say.
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

# About half a megabyte of usual todos: one answer that a phone still parses at once.
TODOS_A_PAGE = 500


@dataclass(frozen=True)
class Cursor:
    """The end of a page: the first page's position, and the place in the list reached since."""

    epoch: str
    seq: int
    rank: str
    todo_id: str

    def encode(self) -> str:
        fields = orjson.dumps([self.epoch, self.seq, self.rank, self.todo_id])
        return urlsafe_b64encode(fields).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """Returns the cursor that was encoded. Raises Invalid for anything else."""
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            match orjson.loads(urlsafe_b64decode(padded)):
                case [str(epoch), int(seq), str(rank), str(todo_id)] if is_id(todo_id):
                    # A NUL is the one character of well-formed text that Postgres cannot compare.
                    if "\0" not in rank and 0 <= seq < 2**63:
                        return cls(epoch, seq, rank, todo_id)
        except (UnicodeEncodeError, Base64Error, orjson.JSONDecodeError):
            pass
        raise Invalid.field("cursor", "cursor", "This is not a cursor of ours.")


async def list_snapshot(
    read: ReadTransaction, actor: Actor, list_id: ListId, cursor: str | None
) -> ListSnapshot:
    """Returns a page of a list; the first one without a cursor. Six statements, whatever its size.

    Raises Invalid for a strange cursor, Conflict `reset` for one that no event leads on from.
    """
    await gate.authorize_read(read, actor, list_id, Action.READ_LIST)
    mine = await read_my_list(read, actor.user_id, list_id)
    after = Cursor.decode(cursor) if cursor is not None else None
    stream = mine.stream if after is None else await _first_position(read, list_id, after)
    place = None if after is None else (after.rank, after.todo_id)
    todos = await read_list_todos(read, list_id, place, TODOS_A_PAGE + 1)
    return ListSnapshot(
        stream=stream,
        list=mine.model_copy(update={"stream": stream}),
        members=await list_members.read_members(read, list_id) if after is None else (),
        labels=await read_labels_of_list(read, list_id) if after is None else (),
        todos=tuple(todos[:TODOS_A_PAGE]),
        next_cursor=_next_cursor(stream, todos),
    )


async def _first_position(read: ReadTransaction, list_id: ListId, after: Cursor) -> Position:
    stream = list_stream(list_id)
    head = (await event_log.read_heads(read.connection, [stream]))[stream]
    if after.epoch != head.epoch or not head.floor <= after.seq <= head.seq:
        raise cannot_resume()
    return Position(list_id=stream, epoch=after.epoch, seq=after.seq)


def _next_cursor(stream: Position, todos: list[TodoShape]) -> str | None:
    if len(todos) <= TODOS_A_PAGE:
        return None
    last = todos[TODOS_A_PAGE - 1]
    return Cursor(stream.epoch, stream.seq, last.rank, last.id).encode()
