"""How much a site holds: exact while that is cheap, and otherwise an estimate that says so."""

from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Float,
    Integer,
    Select,
    case,
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
)

from shared.contract.administration import CountsShape
from shared.contract.shapes import AccountStatus
from shared.tables.accounts import UserRow
from shared.tables.lists import ListRow
from shared.tables.share_links import GUEST
from shared.tables.streams import EventRow
from shared.tables.todos import TodoRow

# Rows from which on Postgres's own estimate stands for a count, which takes 10 ms for as many.
ESTIMATED_FROM = 100_000
_COUNTED: dict[Literal["lists", "todos", "events"], type[ListRow | TodoRow | EventRow]] = {
    "lists": ListRow,
    "todos": TodoRow,
    "events": EventRow,
}
_PG_CLASS = table("pg_class", column("oid"), column("reltuples", Float))
_SQLITE_BYTES = "(SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size())"
_POSTGRES_BYTES = "pg_database_size(current_database())"


def counts_statement(*, is_sqlite: bool) -> Select[Any]:
    """Return a statement for one row: all counts, the size of the database, and its revision.

    Accounts are counted in one reading of their table. SQLite has no estimates, and counts.
    """
    is_account = UserRow.status != GUEST
    users = select(
        func.count().filter(is_account).label("users"),
        func.count().filter(UserRow.status == AccountStatus.ACTIVE).label("active_users"),
        func.count().filter(UserRow.mail_refused_at.is_not(None)).label("suppressed_addresses"),
    ).subquery("counted_users")
    revision = table("alembic_version", column("version_num"))
    columns: list[ColumnElement[Any]] = [
        select(func.max(revision.c.version_num)).scalar_subquery().label("revision"),
        literal_column(_SQLITE_BYTES if is_sqlite else _POSTGRES_BYTES, Integer).label("bytes"),
    ]
    for name, row in _COUNTED.items():
        count: ColumnElement[int] = select(func.count()).select_from(row).scalar_subquery()
        is_estimate: ColumnElement[bool] = literal(value=False, type_=Boolean)
        if not is_sqlite:
            # -1 before the first ANALYZE. Postgres runs the subquery only if the case needs it.
            is_table = _PG_CLASS.c.oid == literal_column(f"'{row.__tablename__}'::regclass")
            rows = select(_PG_CLASS.c.reltuples).where(is_table).scalar_subquery()
            is_estimate = rows >= ESTIMATED_FROM
            count = case((is_estimate, cast(rows, BigInteger)), else_=count)
        columns += [count.label(name), is_estimate.label(f"{name}_estimated")]
    return select(users, *columns)


def counts_shape(row: Any) -> CountsShape:
    return CountsShape(
        users=row.users,
        active_users=row.active_users,
        suppressed_addresses=row.suppressed_addresses,
        lists=row.lists,
        todos=row.todos,
        events=row.events,
        estimated=[name for name in _COUNTED if getattr(row, f"{name}_estimated")],
    )
