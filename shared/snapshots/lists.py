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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam, literal_column

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.input.strict_json import MAX_SAFE_INTEGER
from shared.errors import Invalid
from shared.ids import ListId, is_id
from shared.snapshots.events import cannot_resume
from shared.snapshots.list_statements import snapshot_page
from shared.tables.lists import ListRow
from shared.unit_of_work import ReadTransaction

# About half a megabyte of typical todos, which a phone still parses without a delay.
TODOS_PER_PAGE = 500
# Lists in one answer, and todos of each: a megabyte of typical todos. A list with more of them is
# continued on its own.
LISTS_PER_PAGE = 20
TODOS_PER_LIST = 100


@dataclass(frozen=True)
class Cursor:
    """The end of a page: the first page's position and count, and rank and id of the last todo.

    The count is of that position, and counting again would read the whole list for each page.
    """

    epoch: str
    seq: int
    open_count: int
    rank: str
    todo_id: str

    def encode(self) -> str:
        fields = orjson.dumps([self.epoch, self.seq, self.open_count, self.rank, self.todo_id])
        return urlsafe_b64encode(fields).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """Return the cursor that `encode` wrote as `text`. Raise Invalid for other text."""
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            match orjson.loads(urlsafe_b64decode(padded)):
                case [str(epoch), int(seq), int(count), str(rank), str(todo_id)] if is_id(todo_id):
                    # NUL is the one character of well-formed text that Postgres refuses.
                    if "\0" not in rank and 0 <= seq <= MAX_SAFE_INTEGER and 0 <= count < 2**31:
                        return cls(epoch, seq, count, rank, todo_id)
        except (UnicodeEncodeError, Base64Error, orjson.JSONDecodeError):
            pass
        raise Invalid.field("cursor", "cursor", "This is not a cursor of ours.")


async def list_snapshot(
    read: ReadTransaction,
    actor: Actor,
    list_id: ListId,
    cursor: str | None,
    *,
    limit: int = TODOS_PER_PAGE,
    max_bytes: int,
) -> bytes | None:
    """Return a page of a list as JSON, without a cursor the first one, in one statement.

    Return None if that many todos are larger than `max_bytes`. Raise NotFound; Invalid for a
    malformed cursor; Conflict `reset` when the events after the cursor's position are not stored.
    """
    after = Cursor.decode(cursor) if cursor is not None else None
    values = gate.reader(actor) | {"list_0": list_id, "max_bytes": max_bytes}
    if after is not None:
        values |= {
            "rank": after.rank,
            "todo_id": after.todo_id,
            "epoch": after.epoch,
            "seq": after.seq,
            "open_count": after.open_count,
        }
    is_sqlite = read.connection.is_sqlite
    statement = snapshot_page(1, limit, is_first=after is None, is_sqlite=is_sqlite)
    lists, todos = _split(await read.connection.execute(statement, values))
    found = lists.get(list_id)
    role, in_trash = (found.role, bool(found.in_trash)) if found else (None, False)
    gate.authorize_row(role, in_trash, Action.READ_LIST)
    assert found is not None
    if after is not None and (
        after.epoch != found.epoch or not found.floor <= after.seq <= found.head
    ):
        raise cannot_resume()
    return _encode(found, todos.get(list_id, []), limit, after)


async def list_snapshots(
    read: ReadTransaction,
    actor: Actor,
    list_ids: Sequence[ListId],
    *,
    limit: int = TODOS_PER_LIST,
    max_bytes: int,
) -> list[bytes] | None:
    """Return the first pages of at most LISTS_PER_PAGE lists as JSON, in one statement.

    Leave out lists that the actor may not read. Return None if they are larger than `max_bytes`.
    """
    # One statement for any number of lists: the places that are left hold no list.
    size = 1 if len(list_ids) == 1 else LISTS_PER_PAGE
    values: dict[str, Any] = {f"list_{number}": "" for number in range(size)}
    values |= {f"list_{number}": list_id for number, list_id in enumerate(list_ids)}
    values |= gate.reader(actor) | {"max_bytes": max_bytes}
    is_sqlite = read.connection.is_sqlite
    statement = snapshot_page(size, limit, is_first=True, is_sqlite=is_sqlite)
    lists, todos = _split(await read.connection.execute(statement, values))
    encoded = []
    for list_id in list_ids:
        found = lists.get(list_id)
        if found is None or not gate.may_read(found.role, bool(found.in_trash)):
            continue
        page = _encode(found, todos.get(list_id, []), limit, None)
        if page is None:
            return None
        encoded.append(page)
    return encoded


_LISTS_IN_USE = (
    gate.readable_lists()
    .where(ListRow.archived_at.is_(None), ListRow.id > bindparam("after"))
    .order_by(ListRow.id)
    .limit(literal_column(str(LISTS_PER_PAGE + 1)))
)


async def read_lists_in_use(read: ReadTransaction, actor: Actor, after: str) -> list[ListId]:
    """Return LISTS_PER_PAGE lists and one more, if there are so many, with ids above `after`.

    They are the actor's lists that are neither archived nor in the trash, in the order of their ids.
    """
    values = gate.reader(actor) | {"after": after}
    return [ListId(row[0]) for row in await read.connection.execute(_LISTS_IN_USE, values)]


def _split(rows: Iterable[Any]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Return the row of each list, and the rows of the todos of each list, in order."""
    lists: dict[str, Any] = {}
    todos: dict[str, list[Any]] = {}
    for row in rows:
        if row.todo_id is None:
            lists[row.list_id] = row
        else:
            todos.setdefault(row.list_id, []).append(row)
    return lists, todos


def _encode(found: Any, todos: list[Any], limit: int, after: Cursor | None) -> bytes | None:
    """Return a ListSnapshot as JSON; None if its todos were too large to be read."""
    if todos and todos[0].text is None:
        return None
    following = None
    if len(todos) > limit:
        last = todos[limit - 1]
        epoch, seq = (found.epoch, found.head) if after is None else (after.epoch, after.seq)
        following = Cursor(epoch, seq, found.open_count, last.rank, last.todo_id).encode()
    texts = ",".join([row.text for row in todos[:limit]])
    return (
        f'{found.text[:-1]},"todos":[{texts}],"next_cursor":'.encode()
        + orjson.dumps(following)
        + b"}"
    )
