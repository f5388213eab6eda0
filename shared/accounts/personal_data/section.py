"""A section of an export: the rows of one table that belong to an account, read a page at a time.

Postgres reads a whole table for `a = :user OR list_id IN (…)`, and for `list_id IN (…) ORDER BY id LIMIT 50`
it walks the primary key of all accounts until the page is full. So the keys of a section come from one
statement for each condition, along an index of its own, and the page's rows are read by these keys.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
    union,
)

from shared.database.column_types import Base, Key

# Rows of a section that are read at once. Of the largest, todos of 0.25 MB: 12 MB.
PAGE_ROWS = 50

# Not a parameter: Postgres would plan for a tenth of all keys, and read the whole table for them.
_LIMIT: ColumnElement[Any] = literal_column(str(PAGE_ROWS))

# The account that is exported, in the conditions of sections.
USER: ColumnElement[Any] = bindparam("user_id", type_=Key)


@dataclass(frozen=True)
class Section:
    """Rows of `table` that belong to the account, as objects with its `columns` and `computed` fields.

    A row belongs to it by any of the conditions:
    `own`         on a column that names the account; the keys of a page are read along its index
    `by_lists`    on the lists of the account; all keys are read for each page, so that no table is walked

    `key` is unique, and never changes: the rows are read in its order. `joined` is another table with
    the condition of its outer join, for computed fields.
    """

    name: str
    table: type[Base]
    columns: Sequence[str]
    own: Sequence[ColumnElement[bool]] = ()
    by_lists: Sequence[ColumnElement[bool]] = ()
    key: Sequence[str] = ("id",)
    computed: Mapping[str, Any] = field(default_factory=dict)
    joined: tuple[Any, ColumnElement[bool]] | None = None

    @property
    def fields(self) -> list[str]:
        return [*self.columns, *self.computed]

    def page(self, after: Sequence[Any] | None) -> Select[Any]:
        """Return the statement of the page after this key: the fields, and then the key."""
        keys = self._key_columns
        columns = [self.table.__table__.c[name] for name in self.columns]
        parts = [
            # As subqueries: SQLite takes no LIMIT inside a union.
            select(_after(self._keys(own), keys, after).order_by(*keys).limit(_LIMIT).subquery())
            for own in self.own
        ]
        found = (
            _union([*parts, *map(self._keys, self.by_lists)])
            .cte("keys")
            .prefix_with("MATERIALIZED", dialect="postgresql")
        )
        rest = _after(select(found), list(found.c), after)
        of_page = rest.order_by(*found.c).limit(_LIMIT).subquery("page")
        source: FromClause = of_page.join(
            self.table.__table__, and_(*(of_page.c[key.name] == key for key in keys))
        )
        if self.joined is not None:
            source = source.outerjoin(*self.joined)
        fields = [*columns, *self.computed.values(), *keys]
        return select(*fields).select_from(source).order_by(*of_page.c)

    def count(self) -> Select[Any]:
        keys = _union([self._keys(condition) for condition in (*self.own, *self.by_lists)])
        return select(func.count()).select_from(keys.subquery())

    @property
    def _key_columns(self) -> list[ColumnElement[Any]]:
        return [self.table.__table__.c[name] for name in self.key]

    def _keys(self, condition: ColumnElement[bool]) -> Select[Any]:
        return select(*self._key_columns).where(condition)


def _after(
    statement: Select[Any], keys: Sequence[ColumnElement[Any]], after: Sequence[Any] | None
) -> Select[Any]:
    if after is None:
        return statement
    return statement.where(tuple_(*keys) > tuple(after) if len(keys) > 1 else keys[0] > after[0])


def _union(parts: Sequence[Select[Any]]) -> Select[Any] | CompoundSelect[Any]:
    """Return the rows of all parts, each once."""
    return parts[0] if len(parts) == 1 else union(*parts)
