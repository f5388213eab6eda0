"""Read a list for an export, in pages of bounded size: todos in the list's order, subtasks after theirs.

Every page authorizes anew. The pages are of different moments, as those of a snapshot are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, String, bindparam, literal_column, select, tuple_

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.shapes import MyListShape, TodoShape
from shared.database.json_text import octets
from shared.ids import ListId, TodoId
from shared.labels.queries import read_labels
from shared.languages.texts import Translator
from shared.lists.list_names import shown_name
from shared.lists.queries import read_list
from shared.members.queries import read_members
from shared.tables.lists import ListFolderRow, ListRow
from shared.tables.todos import TodoRow
from shared.todos.queries.shapes import read_todos
from shared.unit_of_work import ReadTransaction

# Todos at the top level whose trees are looked up at once: with 100 subtasks each, 10,000 ids.
TREES_PER_PAGE = 100
# Todos that are read at once: as many as a page of a list, or fewer when they or their files' names are long.
TODOS_PER_BATCH = 200
BATCH_BYTES = 1024 * 1024
# What the export says of an attached file, at most: a name of 200 characters, of up to four bytes each,
# its type and size, and its path in an archive.
FILE_BYTES = 1_200

_LIVE = TodoRow.list_id == bindparam("list_id", type_=String), TodoRow.deleted_at.is_(None)
_AFTER = tuple_(TodoRow.rank, TodoRow.id) > tuple_(
    bindparam("rank", type_=TodoRow.rank.type), bindparam("after_id", type_=String)
)
_ROOTS = (
    select(TodoRow.id, TodoRow.rank)
    .where(*_LIVE, TodoRow.parent_id.is_(None), _AFTER)
    .order_by(TodoRow.rank, TodoRow.id)
    .limit(literal_column(str(TREES_PER_PAGE)))
)
_SIZE = (
    octets(TodoRow.title)
    + octets(TodoRow.description)
    + octets(TodoRow.extra)
    + TodoRow.attachment_count * literal_column(str(FILE_BYTES))
)
# Without a condition on the list, which is tried below: SQLite would read the whole list for each page by
# an index of it, which takes 2 ms more of 10,000 todos.
_COLUMNS = select(
    TodoRow.id, TodoRow.parent_id, TodoRow.list_id, TodoRow.rank, _SIZE.label("size")
).where(TodoRow.deleted_at.is_(None))
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_TREES = _COLUMNS.where(TodoRow.id.in_(_IDS)).union_all(_COLUMNS.where(TodoRow.parent_id.in_(_IDS)))
_LISTS = gate.readable_lists().order_by(ListRow.id)


@dataclass(frozen=True)
class ExportedList:
    """A list with the names of its labels and members, by id, and of the folder of the caller.

    `name` is that of the list in the language of the caller, for formats that people read. `folder` is
    None for an API token of some lists: it reaches no folders.
    """

    shape: MyListShape
    name: str
    labels: Mapping[str, Any]
    members: Mapping[str, str]
    folder: str | None = None


@dataclass(frozen=True)
class ExportedFile:
    """An attached file. The document of an export says of it all but the id."""

    id: str
    name: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True)
class TreePage:
    """Ids of todos in the order of the export, in batches to read, and where the next page begins."""

    batches: list[list[TodoId]]
    last: tuple[str, str] | None


BEGIN = ("", "")


async def read_list_ids(read: ReadTransaction, actor: Actor) -> list[ListId]:
    """Return all lists that the actor may read, archived ones too, in the order of their creation."""
    rows = await read.connection.execute(_LISTS, gate.reader(actor))
    return [ListId(row[0]) for row in rows]


async def read_exported_list(
    read: ReadTransaction, actor: Actor, list_id: ListId, t: Translator
) -> ExportedList:
    """Return what an export says of the list besides its todos. Raise NotFound."""
    shape = await read_list(read, actor, list_id)
    labels = await read_labels(read, actor, list_id)
    members = await read_members(read, actor, list_id)
    folder = None
    if (folder_id := shape.placement.folder_id) is not None and not actor.is_restricted:
        of_folder = select(ListFolderRow.name).where(ListFolderRow.id == folder_id)
        folder = await read.connection.scalar(of_folder)
    return ExportedList(
        shape,
        shown_name(t, shape.name, is_inbox=shape.is_inbox),
        {label.id: label for label in labels},
        {member.user.id: member.user.name for member in members},
        folder,
    )


async def read_tree_page(
    read: ReadTransaction, actor: Actor, list_id: ListId, after: tuple[str, str]
) -> TreePage:
    """Return the page after the todo with this rank and id. Raise NotFound."""
    await gate.authorize_read(read, actor, list_id, Action.READ_LIST)
    values = {"list_id": list_id, "rank": after[0], "after_id": after[1]}
    roots = (await read.connection.execute(_ROOTS, values)).all()
    if not roots:
        return TreePage([], None)
    ids = [row.id for row in roots]
    found = await read.connection.execute(_TREES, {"ids": ids})
    of_list = [row for row in found if row.list_id == list_id]
    is_full = len(roots) == TREES_PER_PAGE
    last = (roots[-1].rank, roots[-1].id) if is_full else None
    return TreePage(_batches(_in_order(of_list, ids)), last)


async def read_batch(
    read: ReadTransaction, actor: Actor, list_id: ListId, ids: list[TodoId]
) -> list[TodoShape]:
    """Return these todos of the list, without those that are gone since. Raise NotFound."""
    await gate.authorize_read(read, actor, list_id, Action.READ_LIST)
    found = await read_todos(read, ids)
    todos = [found[todo_id] for todo_id in ids if todo_id in found]
    return [todo for todo in todos if todo.list_id == list_id and todo.deleted_at is None]


def _in_order(rows: Iterable[Any], roots: list[str]) -> list[Any]:
    """Return the rows in the order of `roots`, each followed by its subtasks in theirs."""
    by_id: dict[str, Any] = {}
    subtasks: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        if row.parent_id is None:
            by_id[row.id] = row
        else:
            subtasks[row.parent_id].append(row)
    ordered = []
    for root in roots:
        if root in by_id:
            ordered.append(by_id[root])
            ordered += sorted(subtasks[root], key=lambda row: (row.rank, row.id))
    return ordered


def _batches(rows: list[Any]) -> list[list[TodoId]]:
    batches: list[list[TodoId]] = []
    size = BATCH_BYTES
    for row in rows:
        if size + row.size > BATCH_BYTES or len(batches[-1]) == TODOS_PER_BATCH:
            batches.append([])
            size = 0
        batches[-1].append(TodoId(row.id))
        size += row.size
    return batches
