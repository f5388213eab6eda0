"""Names of lists, labels and members: for callers that show todos as text, and that are told names."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, exists, select

from shared.access import gate
from shared.actor import Actor
from shared.contract.shapes import Role
from shared.ids import ListId
from shared.languages.texts import Translator
from shared.tables.accounts import UserRow
from shared.tables.labels import LabelRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.unit_of_work import ReadTransaction


@dataclass(frozen=True)
class NamedList:
    """A list outside the trash, as its member sees it."""

    id: ListId
    name: str
    role: Role
    is_inbox: bool
    is_archived: bool
    # Other members may write in it: what it says need not be the reader's words.
    has_other_writers: bool


@dataclass(frozen=True)
class Names:
    """The names that some todos refer to, by id. Of users only members of the todos' lists."""

    lists: dict[str, NamedList]
    labels: dict[str, str]
    users: dict[str, str]


def shown_name(t: Translator, name: str, *, is_inbox: bool) -> str:
    """Return the name of a list as its reader sees it: that of the Inbox is translated."""
    return t("Inbox") if is_inbox else name


_OTHER = MemberRow.__table__.alias("other")
_WRITERS = (Role.OWNER.value, Role.EDITOR.value, Role.COMMENTER.value)
_LISTS = (
    select(
        ListRow.id,
        ListRow.name,
        MemberRow.role,
        ListRow.inbox_of,
        ListRow.archived_at,
        exists()
        .where(
            and_(
                _OTHER.c.list_id == ListRow.id,
                _OTHER.c.user_id != MemberRow.user_id,
                _OTHER.c.role.in_(_WRITERS),
            )
        )
        .label("has_other_writers"),
    )
    .join(MemberRow, MemberRow.list_id == ListRow.id)
    .where(gate.IS_READER, ListRow.deleted_at.is_(None))
    .order_by(ListRow.id)
)
_LISTS_BY_ID = _LISTS.where(ListRow.id.in_(bindparam("list_ids", expanding=True)))
_LABELS = select(LabelRow.id, LabelRow.name).where(
    LabelRow.id.in_(bindparam("label_ids", expanding=True)),
    LabelRow.list_id.in_(bindparam("list_ids", expanding=True)),
)
_LABELS_OF_LISTS = select(LabelRow.list_id, LabelRow.name, LabelRow.name_key).where(
    LabelRow.list_id.in_(bindparam("list_ids", expanding=True))
)
_USERS = (
    select(UserRow.id, UserRow.name)
    .join(MemberRow, MemberRow.user_id == UserRow.id)
    .where(
        UserRow.id.in_(bindparam("user_ids", expanding=True)),
        MemberRow.list_id.in_(bindparam("list_ids", expanding=True)),
    )
    .distinct()
)


async def read_named_lists(read: ReadTransaction, actor: Actor) -> list[NamedList]:
    """Return all lists of the actor outside the trash, the Inbox first. An account has at most 1,000."""
    rows = await read.connection.execute(_LISTS, gate.reader(actor))
    return sorted(map(_named_list, rows), key=lambda each: not each.is_inbox)


async def read_names(
    read: ReadTransaction,
    actor: Actor,
    list_ids: Iterable[str],
    label_ids: Iterable[str],
    user_ids: Iterable[str],
) -> Names:
    """Return the names, in three statements. What the actor may not read is left out."""
    wanted = {"list_ids": sorted(set(list_ids))} | gate.reader(actor)
    lists = {
        row.id: _named_list(row) for row in await read.connection.execute(_LISTS_BY_ID, wanted)
    }
    # Of the lists that were found: those may be read.
    found = {"list_ids": sorted(lists)}
    labels = found | {"label_ids": sorted(set(label_ids))}
    users = found | {"user_ids": sorted(set(user_ids))}
    return Names(
        lists,
        {row.id: row.name for row in await read.connection.execute(_LABELS, labels)},
        {row.id: row.name for row in await read.connection.execute(_USERS, users)},
    )


async def read_ids_with_other_writers(
    read: ReadTransaction, actor: Actor, list_ids: Iterable[str]
) -> set[str]:
    """Return those of the lists in which other members may write."""
    wanted = {"list_ids": sorted(list_ids)} | gate.reader(actor)
    rows = await read.connection.execute(_LISTS_BY_ID, wanted)
    return {row.id for row in rows if row.has_other_writers}


async def read_label_names(read: ReadTransaction, list_ids: Iterable[str]) -> dict[str, list[str]]:
    """Return the names of the labels of each list in alphabetical order. The caller has read the lists."""
    rows = await read.connection.execute(_LABELS_OF_LISTS, {"list_ids": sorted(list_ids)})
    names: dict[str, list[str]] = {}
    # Sorted here: the two databases do not sort text alike.
    for row in sorted(rows, key=lambda row: str(row.name_key)):
        names.setdefault(row.list_id, []).append(row.name)
    return names


def _named_list(row: Any) -> NamedList:
    return NamedList(
        id=ListId(row.id),
        name=row.name,
        role=Role(row.role),
        is_inbox=row.inbox_of is not None,
        is_archived=row.archived_at is not None,
        has_other_writers=bool(row.has_other_writers),
    )
